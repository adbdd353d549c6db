"""`*` in an origin, as CORSConfig takes it: "any ending" is any domain that begins so."""

from litestar import Litestar, get
from litestar.config.cors import CORSConfig


@get("/api/data")
async def data() -> dict[str, str]:
    return {"method": "GET"}


cors_config = CORSConfig(allow_origins=["https://example.*"], allow_credentials=True)

app = Litestar(route_handlers=[data], cors_config=cors_config)
