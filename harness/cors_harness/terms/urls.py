"""parse_server_url(): the URL of a server that runs already, as people type it, as an origin."""

from urllib.parse import urlsplit

from cors_harness.terms.origin import DEFAULT_PORTS, Origin, parse_origin

EXAMPLE = "http://127.0.0.1:8000"
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - found in what people type


def parse_server_url(text: str) -> Origin:
    """The origin of the server at `text`, such as `HTTP://localhost:8000/`.

    Raises:
        ValueError: it has credentials, a path or a query, or is no URL of http or https. The text
            says what was found and expected, and holds no secret.
    """
    if "@" in text:
        raise ValueError(
            f"found credentials in it, which are not shown; expected a URL without: {EXAMPLE}\n"
            "  a scenario may send them as a header: Authorization"
        )
    parts = urlsplit(text.strip())
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"found {_shown(text)}; expected http:// or https://, such as {EXAMPLE}")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        start = f"{parts.scheme}://{parts.netloc}"
        raise ValueError(
            f"found {_shown(text)}, with more than host and port; expected {start}\n"
            "  paths are named by the scenarios: request: {path: …}"
        )
    if parts.hostname in EVERY_ADDRESS:
        raise ValueError(f"found {_shown(text)}, where servers listen; expected {EXAMPLE}")
    try:
        return _origin(parts.scheme, parts.hostname, parts.port)
    except ValueError as error:
        raise ValueError(f"found {_shown(text)}; {error}") from error


def _origin(scheme: str, hostname: str, port: int | None) -> Origin:
    host = f"[{hostname}]" if ":" in hostname else hostname
    default = port in {None, DEFAULT_PORTS[scheme]}
    return parse_origin(f"{scheme}://{host}" + ("" if default else f":{port}"))


def _shown(text: str) -> str:
    """`text` without its query, which may hold a token."""
    return repr(text.partition("?")[0].partition("#")[0])
