"""Remote: which values name a remote browser, and that nothing secret is shown."""

from typing import Any

import pytest

from cors_harness.model.remote import RemoteError, remote_of

SECRET = "s3cret-Key"  # noqa: S105 - no real one
WRONG = {
    "no browser": ("mac", "http://mac:4444", "'mac'"),
    "capitals": ("Safari", "http://mac:4444", "'Safari'"),
    "no scheme": ("safari", "mac:4444", "'mac:4444'"),
    "ws": ("safari", "ws://mac:4444", "'ws://mac:4444'"),
    "no host": ("safari", "http://", "'http://'"),
    "port too large": ("safari", "http://mac:70000", "'http://mac:70000'"),
    "port is no number": ("safari", "http://mac:http", "'http://mac:http'"),
    "a space": ("safari", "http://mac :4444", "'http://mac :4444'"),
    "control character": ("safari", "http://mac\x1b[2J:4444", r"'http://mac\x1b[2J:4444'"),
    "query": ("safari", f"http://mac:4444/?key={SECRET}", "'http://mac:4444/', with a query"),
    "login and no scheme": ("safari", f"me:{SECRET}@mac:4444", "'***'"),
    "login and a bad port": ("safari", f"http://me:{SECRET}@mac:x", "'http://***@mac:x'"),
}


@pytest.mark.parametrize(("name", "url", "found"), WRONG.values(), ids=WRONG)
def test_values_that_name_no_remote_browser_are_told(name: str, url: str, found: str) -> None:
    with pytest.raises(RemoteError) as refused:
        remote_of(name, url)
    assert refused.value.found.startswith(found)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "endpoint", "is_here"),
    [
        ("http://127.0.0.1:4444/", "http://127.0.0.1:4444", True),
        ("http://localhost:4444", "http://localhost:4444", True),
        ("http://[::1]:4444", "http://[::1]:4444", True),
        ("https://hub.example/wd/hub/", "https://hub.example/wd/hub", False),
    ],
)
def test_endpoint_is_kept_without_a_slash_at_its_end(
    url: str, endpoint: str, *, is_here: bool
) -> None:
    remote = remote_of("safari-mac", url)
    assert (remote.url, remote.is_on_this_machine) == (endpoint, is_here)


def test_credentials_are_taken_out_of_the_url_and_shown_nowhere() -> None:
    capabilities: dict[str, Any] = {"sauce:options": {"accessKey": "abc-DEF-1", "name": "run"}}
    remote = remote_of("edge", f"https://me%40work:{SECRET}@hub.example/wd/hub", capabilities)
    assert (remote.url, remote.user) == ("https://hub.example/wd/hub", "me@work")
    assert remote.password == SECRET
    assert SECRET not in repr(remote)
    assert "abc-DEF-1" not in repr(remote)
    said = f"no run for me@work with {SECRET} and abc-DEF-1"
    assert remote.without_secrets(said) == "no run for *** with *** and ***"
