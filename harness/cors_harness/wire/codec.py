"""An exchange as JSON between the tap process and its parent; bytes are written as latin-1 text."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange, ResponsePart, begins_no_response
from cors_harness.model.route import Address, Backend, Refusal, Route
from cors_harness.processes.json_worker import JsonFields
from cors_harness.terms.headers import HeaderList, get, get_all
from cors_harness.terms.origin import Origin
from cors_harness.wire.framing import Message
from cors_harness.wire.http1_exchanges import OpenExchange

_NO_RESPONSE: JsonFields = {
    "head": "",
    "body": "",
    "bytes": 0,
    "complete": False,
    "broke_off": False,
}


def _message_to_json(message: Message) -> JsonFields:
    return {
        "head": message.head.decode("latin-1"),
        "body": message.body.decode("latin-1"),
        "bytes": message.body_bytes,
        "complete": message.complete,
        "broke_off": message.broke_off,
    }


def to_json(exchange: OpenExchange, start: float) -> JsonFields:
    """A begun exchange; `start` is the reading that its times count from, in seconds."""
    response = exchange.response
    return {
        "role": exchange.role,
        "origin": exchange.origin,
        "protocol": exchange.protocol,
        "t_ms": _ms(exchange.request.began, start),
        "end_ms": _ms(response.ended, start) if response and response.complete else None,
        "was_dropped": exchange.was_dropped,
        "request": _message_to_json(exchange.request),
        "response": _message_to_json(response) if response else None,
    }


def _ms(moment: float, start: float) -> float:
    return round((moment - start) * 1000, 3)


def _message_from_json(fields: Mapping[str, Any]) -> Message:
    message = Message(fields["head"].encode("latin-1"))
    message.body += fields["body"].encode("latin-1")
    message.body_bytes, message.complete = fields["bytes"], fields["complete"]
    message.broke_off = fields["broke_off"]
    return message


def _kind(method: bytes, headers: HeaderList) -> ExchangeKind:
    asks = get(headers, "Origin"), get(headers, "Access-Control-Request-Method")
    preflight = method == b"OPTIONS" and None not in asks
    return ExchangeKind.PREFLIGHT if preflight else ExchangeKind.REQUEST


def _addressed(headers: HeaderList) -> str:
    return "http://" + b"".join(get_all(headers, "Host")[:1]).decode("latin-1")


def from_json(fields: Mapping[str, Any]) -> Exchange:
    """The exchange that `to_json` wrote, its heads parsed."""
    request = _message_from_json(fields["request"])
    headers = tuple(request.headers)
    response = _message_from_json(fields["response"] or _NO_RESPONSE)
    garbage = response.head if response.status is None else b""
    return Exchange(
        kind=_kind(request.method, headers),
        role=fields["role"],
        origin=fields["origin"] or _addressed(headers),
        method=request.method.decode("latin-1"),
        target=request.target.decode("latin-1"),
        request_headers=headers,
        request_bytes=request.body_bytes,
        request_body=bytes(request.body),
        status=response.status,
        response_headers=tuple(response.headers),
        body_bytes=response.body_bytes + len(garbage),
        body=garbage + bytes(response.body),
        complete=response.complete,
        broke_off=ResponsePart.HEAD if fields["was_dropped"] else _broken_part(response),
        t_ms=fields["t_ms"],
        end_ms=fields["end_ms"],
        protocol=fields["protocol"],
    )


def _broken_part(response: Message) -> ResponsePart | None:
    if response.status is None and begins_no_response(response.head):
        return ResponsePart.HEAD  # a browser may be done with it before the server is
    if not response.broke_off:
        return None
    return ResponsePart.BODY if response.has_whole_head else ResponsePart.HEAD


def route_to_json(route: Route) -> JsonFields:
    """A route; the certificate and the key are written as paths."""
    return {
        "origin": asdict(route.origin),
        "certificate": str(route.certificate) if route.certificate else None,
        "key": str(route.key) if route.key else None,
        "default": asdict(route.default) if route.default else None,
        "by_key": {key: asdict(backend) for key, backend in route.by_key.items()},
    }


def route_from_json(fields: JsonFields) -> Route:
    """The route that `route_to_json` wrote."""
    return Route(
        origin=Origin(**fields["origin"]),
        certificate=Path(fields["certificate"]) if fields["certificate"] else None,
        key=Path(fields["key"]) if fields["key"] else None,
        default=_backend(fields["default"]) if fields["default"] else None,
        by_key={key: _backend(backend) for key, backend in fields["by_key"].items()},
    )


def _backend(fields: JsonFields) -> Backend:
    return Backend(
        address=address_from_json(fields["address"]),
        role=fields["role"],
        forwarded=fields["forwarded"],
    )


def address_to_json(address: Address) -> JsonFields:
    """An address."""
    return asdict(address)


def address_from_json(fields: JsonFields) -> Address:
    """The address that `address_to_json` wrote."""
    return Address(**fields)


def refusal_to_json(refusal: Refusal) -> JsonFields:
    """A refusal."""
    return asdict(refusal)


def refusal_from_json(fields: JsonFields) -> Refusal:
    """The refusal that `refusal_to_json` wrote."""
    return Refusal(**fields)
