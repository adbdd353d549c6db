"""Memory: the limit of the address space of this process and of all that it starts."""

from cors_harness.errors import HarnessError

# Measured: with 5 GB no browser starts; WebKit does with 7, Chromium and Firefox with 40.
FEWEST_MB = 5000
_MB = 1024**2


def address_space_limit() -> str:
    """What limits the address space of browsers, and how to lift it; empty: nothing does."""
    limit = _limit_mb()
    if limit is None:
        return ""
    return (
        f"found a limit of {limit} MB of address space for each process;"
        " browsers reserve far more than they use\n  lift it for this shell: ulimit -v unlimited"
    )


def check_enough_address_space() -> None:
    """Raises HarnessError where no browser can start, or this process may not get as far."""
    limit = _limit_mb()
    if limit is not None and limit < FEWEST_MB:
        raise HarnessError(address_space_limit())


def _limit_mb() -> int | None:
    """The limit; None: there is none, or it is not known."""
    try:
        import resource  # noqa: PLC0415 - not on every platform
    except ImportError:
        return None
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if limit == resource.RLIM_INFINITY else limit // _MB
