"""The baseline file: the same bytes for the same facts, and every mistake with its place."""

import os
import random
import stat
import string
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from cors_harness.errors import BaselineError
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.baseline import Baseline, Entry, ExchangeFacts, StepFacts
from cors_harness.model.scenario import Outcome
from cors_harness.store.baseline_reading import read_baseline
from cors_harness.store.baseline_writing import DEFAULT_NAME, baseline_text, write_baseline
from cors_harness.terms.reasons import ReasonCode

PAGE = "https://app.example.com"
PREFLIGHT = ExchangeFacts(
    kind=ExchangeKind.PREFLIGHT,
    role="server",
    method="OPTIONS",
    target="/orders",
    request_headers=(("access-control-request-method", "PUT"),),
    status=200,
    response_headers=(("access-control-allow-origin", PAGE), ("access-control-max-age", "600")),
)
PUT = ExchangeFacts(
    kind=ExchangeKind.REQUEST,
    role="other",
    method="PUT",
    target="/orders?page=2",
    request_headers=(("origin", "null"),),
    with_credentials=True,
    status=None,
    response_headers=(),
)
READ = StepFacts(
    outcome=Outcome.ALLOWED, status=200, readable=("etag", "x-a"), wire=(PREFLIGHT, PUT)
)
SHUT = StepFacts(outcome=Outcome.BLOCKED, reason=ReasonCode.UNKNOWN, wire=(PREFLIGHT,))
ENTRY = Entry(
    scenario="orders.yaml::put",
    server="app",
    origin=PAGE,
    engines=(("chromium", (READ, SHUT)), ("firefox", (SHUT,)), ("webkit", (READ, SHUT))),
)
BASELINE = Baseline(
    harness="0.1.0",
    engines=(
        ("chromium", "Chromium 156.0.8078.108"),
        ("firefox", "Firefox 153.7.0"),
        ("webkit", "WebKitGTK 2.50.6, not Safari"),
    ),
    servers=(("app", (("flask-cors", "6.0.5"), ("flask", "3.1"))), ("verbatim", ())),
    entries=(ENTRY,),
)
TEXT = """\
# What browsers allow, as accepted with `cors-harness record`; one block for each scenario and
# server: what page code got, and what was on the wire. Commit it, and review it like code.
schema: 1
harness: 0.1.0
engines:
  chromium: Chromium 156.0.8078.108
  firefox: Firefox 153.7.0
  webkit: WebKitGTK 2.50.6, not Safari
servers:
  app:
    flask-cors: 6.0.5
    flask: '3.1'
  verbatim: {}
entries: 1

orders.yaml::put[app]:
  page: https://app.example.com
  chromium webkit:
  - outcome: allowed 200
    reads: etag, x-a
    wire:
    - preflight: OPTIONS /orders
      access-control-request-method: PUT
      status: 200
      access-control-allow-origin: https://app.example.com
      access-control-max-age: 600
    - request: PUT /orders?page=2
      at: other
      origin: 'null'
      credentials: sent
      status: none
  - outcome: blocked unknown
    wire:
    - preflight: OPTIONS /orders
      access-control-request-method: PUT
      status: 200
      access-control-allow-origin: https://app.example.com
      access-control-max-age: 600
  firefox:
  - outcome: blocked unknown
    wire:
    - preflight: OPTIONS /orders
      access-control-request-method: PUT
      status: 200
      access-control-allow-origin: https://app.example.com
      access-control-max-age: 600

end: of the baseline
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / DEFAULT_NAME


def read(path: Path, text: str | bytes) -> Baseline:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_baseline(path)


def problems(path: Path, text: str | bytes) -> list[str]:
    """What reading says, a line for each problem, the file's own name left out."""
    with pytest.raises(BaselineError) as caught:
        read(path, text)
    assert caught.value.exit_status == 2
    return [str(each).removeprefix(f"{path}:") for each in caught.value.problems]


# Writing


def test_the_text_has_a_block_for_each_entry_and_engines_that_agree_share_it() -> None:
    assert baseline_text(BASELINE) == TEXT


def test_what_is_written_is_read_and_gives_the_same_bytes(path: Path) -> None:
    write_baseline(path, BASELINE)
    assert read_baseline(path) == BASELINE
    write_baseline(path, read_baseline(path))
    assert path.read_text("utf-8") == TEXT


def test_the_order_of_the_entries_is_that_of_the_file() -> None:
    other = replace(ENTRY, scenario="a.yaml::first")
    one, turned = (replace(BASELINE, entries=each) for each in ((ENTRY, other), (other, ENTRY)))
    assert baseline_text(one) == baseline_text(turned)


def test_a_folder_of_scenarios_does_not_take_it_for_scenarios() -> None:
    assert Path(DEFAULT_NAME).suffix not in {".yaml", ".yml"}


def test_nothing_but_the_file_is_left_and_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / DEFAULT_NAME
    write_baseline(path, BASELINE)
    write_baseline(path, BASELINE)
    assert [each.name for each in path.parent.iterdir()] == [DEFAULT_NAME]


def test_a_baseline_that_cannot_be_written_whole_leaves_the_old_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_baseline(path, BASELINE)

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_baseline(path, replace(BASELINE, harness="0.2.0"))
    assert read_baseline(path) == BASELINE
    assert [each.name for each in path.parent.iterdir()] == [DEFAULT_NAME]


def test_the_file_can_be_read_by_whoever_could_read_it(path: Path) -> None:
    write_baseline(path, BASELINE)
    path.chmod(0o640)
    write_baseline(path, BASELINE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_place_that_cannot_be_written_is_a_mistake_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / DEFAULT_NAME
    with pytest.raises(BaselineError) as caught:
        write_baseline(path, BASELINE)
    assert str(caught.value).startswith(f"{path}: cannot be written: ")
    assert "--out FILE" in str(caught.value)


# Values

NASTY = (
    *("null", "~", "no", "NO", "on", "y", "true", "*", "&a", "!tag", "%41", "@", "`", "-", "?"),
    *(
        "010",
        "0x1f",
        "1e3",
        "1_000",
        "3.10",
        "1:20",
        "2026-11-25",
        ".5",
        "+1",
        "-1",
        "600",
        "\u0661",
    ),
    *(
        " a",
        "a ",
        "a: b",
        "a:",
        ":a",
        "a #b",
        "#a",
        "a#b",
        "- a",
        "[a]",
        "{page}",
        "a, b",
        "'",
        '"',
    ),
    *("a'b", 'a"b', "a\\b", "\\n", "a\tb", "a\nb", "\r", "\x00", "\x7f", "\x85", "\xa0", "é", "ÿ"),
    *("\u2028", "\ufeff", "😀", "<<", "=", "---", "...", "<<<<<<< ours", "x" * 300, "", "{{page}}"),
    *(
        "session-{token}=…; HttpOnly; Path=/",
        "GET, PUT",
        "https://app.example.com, https://b.example",
        "end: of the baseline",
    ),
)


def of_value(value: str) -> Baseline:
    """`value` wherever text of somebody else's can stand."""
    exchange = replace(
        PREFLIGHT,
        target=value or "/",
        request_headers=(("access-control-request-headers", value), ("origin", value)),
        response_headers=(("vary", value), ("vary", ""), ("vary", value)),
    )
    step = replace(SHUT, wire=(exchange,))
    entry = replace(
        ENTRY,
        scenario=f"{value}.yaml::{value or 'a'}",
        origin=value,
        engines=(("webkit", (step,)),),
    )
    return replace(
        BASELINE,
        harness=value,
        engines=(("webkit", value),),
        servers=(("app", ((value, value),)),),
        entries=(entry,),
    )


@pytest.mark.parametrize("value", NASTY, ids=ascii)
def test_every_value_comes_back_as_the_text_that_it_was(path: Path, value: str) -> None:
    write_baseline(path, of_value(value))
    assert read_baseline(path) == of_value(value)


@pytest.mark.parametrize("seed", range(40))
def test_any_text_comes_back(path: Path, seed: int) -> None:
    chars = random.Random(seed)  # noqa: S311 - repeatable
    alphabet = string.printable + "".join(map(chr, range(0x80, 0x100))) + "…\u2028\ufeff😀"
    value = "".join(chars.choices(alphabet, k=chars.randrange(1, 30)))
    write_baseline(path, of_value(value))
    assert read_baseline(path) == of_value(value)


@pytest.mark.parametrize("value", [each for each in NASTY if each != "600"], ids=ascii)
def test_other_readers_of_yaml_take_it_for_text_too(value: str) -> None:
    found = yaml.safe_load(baseline_text(of_value(value)))
    assert found["harness"] == value
    assert found["engines"]["webkit"] == value


def test_a_name_that_is_no_text_is_refused(path: Path) -> None:
    with pytest.raises(BaselineError, match="cannot be written"):
        write_baseline(path, replace(BASELINE, harness="half a pair: \ud800"))


# Reading


def test_a_hand_edit_that_is_well_formed_counts(path: Path) -> None:
    text = TEXT.replace(
        "firefox:\n  - outcome: blocked unknown", 'firefox:\n  - "outcome": allowed 204'
    )
    ((_, (step,)),) = (each for each in read(path, text).entries[0].engines if each[0] == "firefox")
    assert (step.outcome, step.status, step.reason) == (Outcome.ALLOWED, 204, None)


def test_entries_that_a_merge_has_added_count(path: Path) -> None:
    added = "a.yaml::new[app]:\n  page: 'null'\n  webkit:\n  - outcome: opaque\n\n"
    assert (
        len(read(path, TEXT.replace("orders.yaml::put", f"{added}orders.yaml::put")).entries) == 2
    )


def test_windows_line_ends_and_a_byte_order_mark_are_read(path: Path) -> None:
    assert read(path, b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()) == BASELINE


def test_a_missing_baseline_says_how_to_make_one(path: Path) -> None:
    with pytest.raises(BaselineError) as caught:
        read_baseline(path)
    assert str(caught.value) == (
        f"{path}: there is no baseline\n  accept what browsers do now: cors-harness record"
    )


def test_a_folder_is_no_baseline(tmp_path: Path) -> None:
    with pytest.raises(BaselineError) as caught:
        read_baseline(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path}: cannot be read: Is a directory\n  ")


RECORD = "or accept what browsers do now: cors-harness record"
CONFLICT = """\
<<<<<<< ours
  - outcome: blocked unknown
=======
  - outcome: allowed 200
>>>>>>> theirs
"""
WHOLE_FILES = {
    "an empty file": (
        b"",
        [
            " file: found an empty file; expected a baseline of cors-harness\n"
            f"  get it back from version control, {RECORD}"
        ],
    ),
    "another file": (
        b"- id: orders\n",
        [
            " file: found a file without schema: NUMBER; expected a baseline of cors-harness\n"
            f"  get it back from version control, {RECORD}"
        ],
    ),
    "not UTF-8": (
        TEXT.replace("etag", "\xe9tag").encode("latin-1"),
        [
            "20:1: file: found the byte 0xe9; expected UTF-8\n"
            f"  get it back from version control, {RECORD}"
        ],
    ),
    "merge conflicts": (
        TEXT.replace("  - outcome: blocked unknown\n", CONFLICT).encode(),
        [
            f"{line}:1: file: found a merge conflict; expected none\n  resolve it, {RECORD}"
            for line in (32, 44)
        ],
    ),
    "cut off between two entries": (
        TEXT.replace("\nend: of the baseline", "").encode(),
        [
            "46:1: file: found '      access-control-max-age: 600' as the last line: the rest is "
            "cut off; expected 'end: of the baseline'\n"
            f"  get it back from version control, {RECORD}"
        ],
    ),
    "cut off in a quoted value": (
        TEXT[: TEXT.index("null'")].encode(),
        [
            '29:1: file: found "      origin: \'" as the last line: the rest is cut off;'
            " expected 'end: of the baseline'\n"
            f"  get it back from version control, {RECORD}"
        ],
    ),
    "a newer schema": (
        TEXT.replace("schema: 1", "schema: 2").encode(),
        ["3:1: schema: found 2; expected at most 1\n  update cors-harness to read it"],
    ),
    "an entry is lost": (
        TEXT.replace("entries: 1", "entries: 2").encode(),
        [
            "14:1: entries: found 2 entries, 1 in the file; expected all\n"
            "  correct the number if they were taken out on purpose; "
            f"get it back from version control, {RECORD}"
        ],
    ),
}


@pytest.mark.parametrize(("data", "said"), WHOLE_FILES.values(), ids=WHOLE_FILES)
def test_a_file_that_is_no_whole_baseline_says_why(
    path: Path, data: bytes, said: list[str]
) -> None:
    assert problems(path, data) == said


OUTCOMES = "allowed, blocked, opaque, opaque-redirect, failed, timeout or crashed"
EDITS = {
    "an unknown outcome": (
        ("outcome: allowed 200", "outcome: alowed 200"),
        f"19:1: outcome: found 'alowed'; expected {OUTCOMES}\n  did you mean 'allowed'?",
    ),
    "no outcome": (
        ("outcome: allowed 200\n    reads", "reads"),
        "19:1: outcome: found nothing; expected text",
    ),
    "an empty outcome": (
        ("outcome: allowed 200", "outcome:"),
        f"19:1: outcome: found ''; expected {OUTCOMES}",
    ),
    "an unknown key of a step": (
        ("    reads:", "    read:"),
        "20:1: step: found the key 'read'; expected outcome, reads or wire\n"
        "  did you mean 'reads'?",
    ),
    "an unknown engine": (
        ("  firefox:\n  -", "  firefux:\n  -"),
        "39:1: entry: found the key 'firefux'; expected page, chromium, firefox or webkit\n"
        "  did you mean 'firefox'?",
    ),
    "an engine in two blocks": (
        ("  firefox:\n  -", "  firefox webkit:\n  -"),
        "39:1: webkit: found the engine twice; expected it once in an entry",
    ),
    "an unknown engine with nothing": (
        ("  firefox:\n  -", "  firefux: []\n  firefox:\n  -"),
        "39:1: entry: found the key 'firefux'; expected page, chromium, firefox or webkit\n"
        "  did you mean 'firefox'?",
    ),
    "an entry without a server": (
        ("orders.yaml::put[app]:", "orders.yaml::put:"),
        "16:1: entry: found 'orders.yaml::put'; expected FILE::ID[SERVER]",
    ),
    "an unknown key of the file": (
        ("harness:", "harnes:"),
        "4:1: baseline: found the key 'harnes'; expected schema, harness, engines, servers, "
        "entries or end\n  did you mean 'harness'?",
    ),
    "text where a list is due": (
        ("    wire:\n    - preflight: OPTIONS /orders\n", "    wire: none\n    x:\n    - a: b\n"),
        "21:1: wire: found 'none'; expected a list",
    ),
    "a list where text is due": (
        ("reads: etag, x-a", "reads: [etag, x-a]"),
        "20:1: reads: found a list; expected text",
    ),
    "a mapping where text is due": (
        ("page: https://app.example.com", "page: {a: b}"),
        "17:1: page: found a mapping; expected text",
    ),
    "a status that is none": (
        ("status: none", "status: 2OO"),
        "31:1: status: found '2OO'; expected a status code, or none where no response came",
    ),
    "an unknown place": (
        ("at: other", "at: uther"),
        "28:1: at: found 'uther'; expected server, other, third, page or elsewhere\n"
        "  did you mean 'other'?",
    ),
    "credentials that are neither sent nor absent": (
        ("credentials: sent", "credentials: true"),
        "30:1: credentials: found 'true'; expected sent",
    ),
    "a request without a target": (
        ("request: PUT /orders?page=2", "request: PUT"),
        "27:1: request: found 'PUT'; expected a method and a target: GET /orders",
    ),
    "an exchange that is neither": (
        ("- request: PUT /orders?page=2\n      at", "- at"),
        "27:1: exchange: found neither; expected either preflight or request",
    ),
    "a key twice": (
        ("at: other", "at: other\n      at: third"),
        "29:7: at: found the key twice; expected it once\n  remove one of them",
    ),
    "no number of entries": (
        ("entries: 1", "entries: all"),
        "14:1: entries: found 'all'; expected how many entries there are",
    ),
    "an alias": (
        ("harness: 0.1.0", "harness: *a"),
        "4:10: YAML: found the alias '*a'; expected plain YAML",
    ),
    "a tag": (
        ("harness: 0.1.0", "harness: !a 0.1.0"),
        "4:10: YAML: found the tag '!a'; expected plain YAML",
    ),
    "a second document": (
        ("orders.yaml::put", "--- \norders.yaml::put"),
        "16:1: YAML: found a second YAML document; expected plain YAML",
    ),
    "lists without end": (
        ("harness: 0.1.0", f"harness: {'[' * 900}"),
        "4:16: YAML: found lists and mappings 8 deep; expected plain YAML",
    ),
}


@pytest.mark.parametrize(("edit", "said"), EDITS.values(), ids=EDITS)
def test_a_hand_edit_that_makes_no_sense_is_named_with_its_place(
    path: Path, edit: tuple[str, str], said: str
) -> None:
    before, after = edit
    assert before in TEXT
    assert said in problems(path, TEXT.replace(before, after, 1))


def test_a_header_with_a_slip_in_its_name_is_found(path: Path) -> None:
    (said,) = problems(path, TEXT.replace("access-control-max-age", "acess-control-max-age", 1))
    assert said.startswith("26:1: exchange: found the key 'acess-control-max-age'; expected ")
    assert said.endswith("did you mean 'access-control-max-age'?")


def test_yaml_that_is_broken_is_explained(path: Path) -> None:
    (said,) = problems(path, TEXT.replace("outcome: blocked", "outcome: blocked: a", 1))
    assert said.startswith("32:21: YAML: ")
    assert "expected valid YAML" in said


def test_an_entry_twice_is_named_at_the_second(path: Path) -> None:
    block = TEXT[TEXT.index("orders.yaml") : TEXT.index("end:")]
    said = problems(path, TEXT.replace("end:", f"{block}end:"))
    assert said == [
        "48:1: orders.yaml::put[app]: found the key twice; expected it once\n  remove one of them"
    ]


@pytest.mark.parametrize("role", ["third", "page", "elsewhere"])
def test_every_role_of_a_record_is_read(path: Path, role: str) -> None:
    text = TEXT.replace("at: other", f"at: {role}", 1)
    path.write_text(text)
    write_baseline(path, read_baseline(path))
    assert f"      at: {role}\n" in path.read_text()


def test_every_problem_is_told_in_one_pass(path: Path) -> None:
    text = TEXT
    for before, after in (
        ("allowed 200", "alowed 200"),
        ("at: other", "at: here"),
        ("firefox:\n", "ff:\n"),
    ):
        text = text.replace(before, after, 1)
    assert [said.partition(": ")[0] for said in problems(path, text)] == ["19:1", "28:1", "39:1"]
