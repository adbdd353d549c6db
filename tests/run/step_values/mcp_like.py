"""A server as those of the Model Context Protocol: the first response's session id comes back."""

import secrets
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException, Response
from fastapi.middleware.cors import CORSMiddleware


def create_app(path: str, *, exposed: bool) -> FastAPI:
    """At `path`. Whether page code may read the session id is what such servers forget."""
    app, sessions = FastAPI(), set[str]()
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["https://app.example.com"],
        allow_methods=["POST", "DELETE"],
        allow_headers=["Content-Type", "Mcp-Session-Id"],
        expose_headers=["Mcp-Session-Id"] if exposed else [],
    )

    @app.post(path)
    def mcp(
        message: dict[str, object],
        response: Response,
        mcp_session_id: Annotated[str | None, Header()] = None,
    ) -> dict[str, object]:
        if message.get("method") == "initialize":
            session = secrets.token_hex(16)
            sessions.add(session)
            response.headers["Mcp-Session-Id"] = session
            return {"id": message["id"], "result": {"protocolVersion": "2025-06-18"}}
        if mcp_session_id is None:
            raise HTTPException(400, "no session")
        if mcp_session_id not in sessions:
            raise HTTPException(404, "no such session")
        return {"id": message["id"], "result": {"tools": []}}

    return app


app, hidden = create_app("/mcp", exposed=True), create_app("/hidden", exposed=False)
