"""ServerVersion.made_of: what lines of advice are written for."""

import pytest

from cors_harness.model.events import ServerVersion

ROWS = {
    "declared": (None, ("flask-cors", "flask"), {"flask-cors", "flask"}),
    "Quart imports Flask": (("Quart",), ("flask", "quart", "uvicorn"), {"quart", "uvicorn"}),
    "FastAPI is Starlette": (
        ("FastAPI",),
        ("fastapi", "starlette", "flask", "uvicorn"),
        {"fastapi", "starlette", "uvicorn"},
    ),
    "a library stays": (("Flask",), ("flask-cors", "django"), {"flask", "flask-cors"}),
    "no app that is known": ((), ("fastapi", "starlette", "uvicorn"), {"uvicorn"}),
    "both": (("FastAPI", "Flask"), ("quart",), {"fastapi", "starlette", "flask"}),
}


@pytest.mark.parametrize(("frameworks", "imported", "made_of"), ROWS.values(), ids=ROWS)
def test_frameworks_that_are_imported_only_do_not_count(
    frameworks: tuple[str, ...] | None, imported: tuple[str, ...], made_of: set[str]
) -> None:
    versions = tuple((name, "1") for name in imported)
    server = ServerVersion(name="app", versions=versions, frameworks=frameworks)
    assert set(server.made_of) == made_of
