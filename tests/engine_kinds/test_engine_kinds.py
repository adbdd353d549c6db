"""The table of engines: each fact is there, and all together are what the harness needs."""

import subprocess
import sys
from collections.abc import Sequence

import pytest

from cors_harness.engine_kinds.kind import CaStore, EngineKind, StartSettings, WireEvidence
from cors_harness.engine_kinds.table import ENGINE_NAMES, engine_kinds
from cors_harness.terms.reasons import ReasonCode

KINDS = engine_kinds().values()


def test_engines_are_listed_in_one_order() -> None:
    assert tuple(engine_kinds()) == ENGINE_NAMES == ("chromium", "firefox", "webkit")


@pytest.mark.parametrize("kind", KINDS, ids=ENGINE_NAMES)
def test_console_patterns_compile_and_stand_in_order_of_precedence(kind: EngineKind) -> None:
    """What gives no reason comes last, or it would hide words that do."""
    silent = [row.code is ReasonCode.UNKNOWN for row in kind.console_patterns]
    assert silent == sorted(silent)
    for row in kind.console_patterns:
        assert row.pattern.pattern == row.text
        assert row.code is not ReasonCode.UNKNOWN or row.evidence is WireEvidence.ANYTHING


@pytest.mark.parametrize("kind", KINDS, ids=ENGINE_NAMES)
def test_no_console_pattern_stands_twice(kind: EngineKind) -> None:
    texts = [row.text for row in kind.console_patterns]
    assert len(texts) == len(set(texts))


def test_names_alone_load_no_tables() -> None:
    code = """
import sys
from cors_harness.engine_kinds import table
from cors_harness.engines import found
sys.exit("cors_harness.engine_kinds.kind" in sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - this interpreter


def test_patterns_are_compiled_only_when_something_is_judged() -> None:
    code = """
import re, sys
compiled = set()
compile_ = re.compile
re.compile = lambda text, *flags: compiled.add(text) or compile_(text, *flags)
from cors_harness.engine_kinds.table import engine_kinds
texts = {row.text for kind in engine_kinds().values() for row in kind.console_patterns}
sys.exit(bool(compiled & texts) or not texts)
"""
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - this interpreter


def test_channel_is_a_build_of_one_engine_only() -> None:
    channels = [channel for kind in KINDS for channel in kind.playwright.channels]
    assert len(channels) == len(set(channels))


@pytest.mark.parametrize(
    ("name", "headed", "builds"),
    [
        ("chromium", False, ("chromium-headless-shell", "chromium")),
        ("chromium", True, ("chromium",)),
        ("firefox", True, ("firefox",)),
        ("webkit", False, ("webkit",)),
    ],
)
def test_builds_without_a_window_are_none_where_it_is_seen(
    name: str, headed: bool, builds: tuple[str, ...]
) -> None:
    assert engine_kinds()[name].playwright.names(headed=headed) == builds


CA_STORES = {
    "chromium on Linux": ("chromium", "linux", CaStore.HOME),
    "chromium on macOS": ("chromium", "darwin", CaStore.SYSTEM),
    "firefox on Windows": ("firefox", "win32", CaStore.PROFILE),
    "webkit on Linux": ("webkit", "linux", CaStore.SYSTEM),
}


@pytest.mark.parametrize(("name", "platform", "store"), CA_STORES.values(), ids=CA_STORES)
def test_ca_store_depends_on_the_platform(name: str, platform: str, store: CaStore) -> None:
    assert engine_kinds()[name].ca_store(platform) is store


def settings(name: str, ports: Sequence[int], *, headed: bool = False) -> StartSettings:
    return engine_kinds()[name].start_settings(ports, headed=headed)


def test_ports_that_count_as_public_are_named_to_the_engines_that_have_address_spaces() -> None:
    public = "--ip-address-space-overrides=127.0.0.1:1=public,127.0.0.1:2=public"
    assert settings("chromium", (1, 2)).args[-1] == public
    override = "network.lna.address_space.public.override"
    assert settings("firefox", (1, 2)).prefs[override] == "127.0.0.1:1,127.0.0.1:2"
    assert settings("webkit", (1, 2)) == StartSettings()


def test_no_public_port_changes_nothing() -> None:
    for kind in KINDS:
        assert kind.start_settings((), headed=False) == kind.settings


def test_someone_who_sees_the_window_has_time_to_answer() -> None:
    timeout = "network.lna.prompt.timeout"
    assert settings("firefox", (1,)).prefs[timeout] == 1
    assert timeout not in settings("firefox", (1,), headed=True).prefs


def test_chromium_gets_one_list_of_features() -> None:
    """It heeds the last one only."""
    starts = [arg.partition("=")[0] for arg in settings("chromium", (1,)).args]
    assert starts.count("--disable-features") == 1
