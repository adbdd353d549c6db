"""Routes and refusals as JSON between the recorder and the tap process."""

from dataclasses import asdict
from pathlib import Path

from cors_harness.model.route import Address, Backend, Refusal, Route
from cors_harness.terms.origin import Origin
from cors_harness.wire.codec import Json


def route_to_json(route: Route) -> Json:
    """A route; the certificate and the key travel as paths."""
    return {
        "origin": asdict(route.origin),
        "certificate": str(route.certificate) if route.certificate else None,
        "key": str(route.key) if route.key else None,
        "default": asdict(route.default) if route.default else None,
        "by_key": {key: asdict(backend) for key, backend in route.by_key.items()},
    }


def route_from_json(fields: Json) -> Route:
    """The route that `route_to_json` wrote."""
    return Route(
        origin=Origin(**fields["origin"]),
        certificate=Path(fields["certificate"]) if fields["certificate"] else None,
        key=Path(fields["key"]) if fields["key"] else None,
        default=_backend(fields["default"]) if fields["default"] else None,
        by_key={key: _backend(backend) for key, backend in fields["by_key"].items()},
    )


def _backend(fields: Json) -> Backend:
    return Backend(address=address_from_json(fields["address"]), at=fields["at"])


def address_to_json(address: Address) -> Json:
    """An address."""
    return asdict(address)


def address_from_json(fields: Json) -> Address:
    """The address that `address_to_json` wrote."""
    return Address(**fields)


def refusal_to_json(refusal: Refusal) -> Json:
    """A refusal."""
    return asdict(refusal)


def refusal_from_json(fields: Json) -> Refusal:
    """The refusal that `refusal_to_json` wrote."""
    return Refusal(**fields)
