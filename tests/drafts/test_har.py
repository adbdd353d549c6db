"""Calls out of HAR files: which ones, and nothing in them that is secret."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from cors_harness.drafts.har import calls_of_har, of_each_operation, requests_of_har
from cors_harness.drafts.operation import Operation
from cors_harness.text.json_values import JsonError

SERVER = "https://api.example.org"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2VjcmV0"


def entry(
    url: str,
    method: str = "GET",
    headers: Sequence[tuple[str, str]] = (),
    body: tuple[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    request = {
        "method": method,
        "url": url,
        "headers": [{"name": name, "value": value} for name, value in headers],
        **({"postData": {"mimeType": body[0], "text": body[1]}} if body else {}),
    }
    return {"request": request, "response": {"status": 200}, **more}


def har(*entries: Any) -> bytes:
    return json.dumps({"log": {"version": "1.2", "entries": entries}}).encode()


def operations(*entries: Any) -> list[Operation]:
    return [call.operation for call in calls_of_har(har(*entries), {SERVER}).calls]


def test_calls_of_the_server_are_taken_once_each() -> None:
    found = operations(
        entry(f"{SERVER}/orders?page=2"),
        entry(f"{SERVER}:443/orders?page=3"),
        entry(f"{SERVER}/orders/17/parts"),
        entry(f"{SERVER}/orders/18/parts"),
        entry(f"{SERVER}/orders", "POST", body=("application/json", '{"n": 1}')),
        entry("https://cdn.example/x.json"),
    )
    assert [f"{each.method} {each.path} {each.template}" for each in found] == [
        "GET /orders?page=2 /orders",
        "GET /orders/17/parts /orders/{id}/parts",
        "POST /orders /orders",
    ]
    assert (found[2].body, found[2].content_type) == ('{"n": 1}', "application/json")


def test_call_that_was_answered_goes_before_one_that_was_not() -> None:
    refused = entry(f"{SERVER}/orders/1") | {"response": {"status": 404}}
    (found,) = operations(refused, entry(f"{SERVER}/orders/2"))
    assert found.path == "/orders/2"


# id -> (entry, why it is left out)
LEFT_OUT: dict[str, tuple[dict[str, Any], str]] = {
    "a preflight": (entry(f"{SERVER}/a", "OPTIONS"), "preflight or the like"),
    "a page": (entry(f"{SERVER}/", _resourceType="document"), "page, script or image"),
    "an image": (
        entry(f"{SERVER}/a.png") | {"response": {"content": {"mimeType": "image/png"}}},
        "page, script or image",
    ),
    "a WebSocket": (entry("wss://api.example.org/a"), "WebSocket"),
    "a stream": (entry(f"{SERVER}/a", _resourceType="eventsource"), "stream of events"),
}


@pytest.mark.parametrize(("recorded", "why"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_is_no_call_by_fetch_is_left_out(recorded: dict[str, Any], why: str) -> None:
    found = calls_of_har(har(recorded), {SERVER})
    assert (found.calls, dict(found.left_out)) == ((), {why: 1})


def test_calls_to_other_origins_are_counted() -> None:
    elsewhere = [entry("http://api.example.org/a"), entry("https://b.example/"), entry("data:,a")]
    found = calls_of_har(har(*elsewhere), {SERVER})
    assert dict(found.elsewhere) == {"http://api.example.org": 1, "https://b.example": 1, "?": 1}
    assert found.wrong is None


NO_ENTRIES: dict[str, tuple[Any, str]] = {
    "a number": (7, "log.entries[1]: found 7; expected an object"),
    "nothing in it": ({}, "log.entries[1].request: found nothing; expected an object"),
    "a method that is none": (
        entry(f"{SERVER}/b", 7),  # type: ignore[arg-type]
        "log.entries[1].request.method: found 7; expected text",
    ),
    "headers that are none": (
        {"request": {"method": "GET", "url": f"{SERVER}/b", "headers": {"A": "b"}}},
        "log.entries[1].request.headers: found an object; expected a list or null",
    ),
}


@pytest.mark.parametrize(("wrong", "message"), NO_ENTRIES.values(), ids=NO_ENTRIES)
def test_what_is_no_entry_is_left_out_and_told(wrong: Any, message: str) -> None:
    found = calls_of_har(har(entry(f"{SERVER}/a"), wrong, wrong), {SERVER})
    assert [call.operation.path for call in found.calls] == ["/a"]
    assert dict(found.left_out) == {"that are no HAR entries": 2}
    assert str(found.wrong).endswith(f": {message}")


def test_what_is_wrong_is_told_with_line_and_column() -> None:
    wrong = {"request": {"method": "GET", "url": f"{SERVER}/b", "headers": [{"name": 7}]}}
    text = json.dumps(json.loads(har(entry(f"{SERVER}/a"), wrong)), indent=1)
    found = calls_of_har(text.encode(), {SERVER}).wrong
    assert found
    line = text.splitlines()[found.line - 1]
    assert line[found.column - 1 :] == "7"
    assert line.strip() == '"name": 7'
    with pytest.raises(
        JsonError, match=r"^line 2, column 14: log\.entries: found 7; expected a list$"
    ):
        calls_of_har(b'{"log":\n {"entries": 7}}', {SERVER})


def test_half_a_surrogate_pair_in_a_response_is_passed_over() -> None:
    recorded = entry(f"{SERVER}/a") | {"response": {"status": 200, "content": {"text": "\ud800"}}}
    assert [each.path for each in operations(recorded)] == ["/a"]


SECRETS = ("hunter2", JWT, "s3cret", "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB")


def test_nothing_secret_is_taken_over() -> None:
    found = operations(
        entry(
            f"{SERVER}/reset/{JWT}?access_token=s3cret&next={JWT}&api_key=s3cret",
            "POST",
            [
                ("Cookie", "session=s3cret"),
                ("Authorization", "Basic s3cret"),
                ("X-CSRFToken", "s3cret"),
                ("X-Api-Key", "s3cret"),
                ("X-Trace", JWT),
                (":authority", "api.example.org"),
                ("Sec-Fetch-Mode", "cors"),
                ("User-Agent", "Mozilla/5.0"),
                ("X-Requested-With", "XMLHttpRequest"),
            ],
            (
                "application/json",
                json.dumps(
                    {
                        "user": {"name": "a", "password": "hunter2", "pin": 1234, "author": "b"},
                        "tokens": ["s3cret"],
                        "note": f"see {JWT}",
                        "blob": SECRETS[3],
                        "n": 7,
                    }
                ),
            ),
        ),
        entry(
            f"{SERVER}/login",
            "POST",
            body=("application/x-www-form-urlencoded", "user=a&password=hunter2"),
        ),
        entry(f"{SERVER}/beacon", "POST", body=("text/plain", f'{{"session": "s3cret"}} {JWT}')),
        entry(f"{SERVER}/beacon2", "POST", body=("text/plain", '{"session": "s3cret"}')),
        entry(f"{SERVER}/upload", "POST", body=("multipart/form-data; boundary=x", "s3cret")),
    )
    text = repr([each for each in found if each.template != "/beacon"])
    assert [secret for secret in SECRETS if secret in text] == []
    assert JWT not in repr(found)
    call = found[0]
    assert call.path == "/reset/token?access_token=token&next=token&api_key=token"
    assert dict(call.headers) == {
        "X-CSRFToken": "token",
        "X-Api-Key": "token",
        "X-Trace": "token",
        "X-Requested-With": "XMLHttpRequest",
    }
    assert call.authorized
    assert json.loads(call.body or "") == {
        "user": {"name": "a", "password": "token", "pin": 0, "author": "b"},
        "tokens": ["token"],
        "note": "see token",
        "blob": "token",
        "n": 7,
    }
    assert found[1].body == "user=a&password=token"
    assert found[4].body is None


def test_long_bodies_and_bodies_that_are_no_json_are_made_small() -> None:
    long = json.dumps({"a": "b c " * 2_000})
    found = operations(
        entry(f"{SERVER}/a", "POST", body=("application/json", long)),
        entry(f"{SERVER}/b", "POST", body=("application/json", "{no json")),
        entry(f"{SERVER}/c", "POST", body=("what is this", "grüße {from}")),
    )
    assert [each.body for each in found] == ["{}", "{}", "gr??e ?from?"]
    assert found[2].content_type == "text/plain"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"log": {}}', "[" * 100_000, "<har>"])
def test_other_file_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        calls_of_har(text.encode(), {SERVER})


def test_calls_of_all_servers_are_known_with_their_pages() -> None:
    origin = [("Origin", "https://app.example.com")]
    refused = entry(f"{SERVER}/orders/1", headers=origin) | {"response": {"status": 404}}
    found = requests_of_har(
        har(
            refused,
            entry(f"{SERVER}/orders/2", headers=[*origin, ("Cookie", "session=s3cret")]),
            entry(f"{SERVER}/orders/2", headers=origin),
            entry("http://localhost:8000/a?token=s3cret"),
            entry(f"{SERVER}/a.png", _resourceType="image"),
            entry("data:,a"),
        )
    ).calls
    assert [
        (str(each.server), each.operation.path, each.page, each.credentials) for each in found
    ] == [
        (SERVER, "/orders/2", "https://app.example.com", True),
        ("http://localhost:8000", "/a?token=token", "", False),
        (SERVER, "/orders/1", "https://app.example.com", False),
    ]
    assert [each.operation.path for each in of_each_operation(found)] == [
        "/orders/2",
        "/a?token=token",
    ]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"log": {"version": "1.2"}}', "[" * 100_000])
def test_other_files_are_no_har_files(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        requests_of_har(text.encode())


def test_half_a_surrogate_pair_of_a_request_is_replaced() -> None:
    form = ("application/x-www-form-urlencoded", "a=\ud800")
    (found,) = operations(entry(f"{SERVER}/a?x=\ud800", "POST", body=form))
    assert (found.path, found.body) == ("/a?x=%3F", "a=%3F")
