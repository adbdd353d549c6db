"""`cors-harness new`: what it writes and where, what it asks, and when it writes nothing."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import pytest
from tests.cli.program import program
from tests.wait_for_exit import HANG_S

from cors_harness.loading.scenarios import load_scenarios

CALL = ("--call", "PUT /orders/1")
NEW = ("new", "orders.yaml", *CALL)
WRITTEN = """\
- id: put-orders-1
  title: "A page may PUT /orders/1"
  spec: https://fetch.spec.whatwg.org/#cors-preflight-fetch
  request: {method: PUT, path: /orders/1}
  expect: {outcome: allowed}
"""
NEXT = "cors-harness run orders.yaml --app module:app -k put-orders-1\n"
THERE = """\
# Orders, by hand.
  - {id: mine, title: a, spec: 'https://a.example/#b', request: {path: /a}, expect: {}}  # kept
  - id: put-orders-1
    title: b
    spec: https://a.example/#b
    request: {path: /a}
    expect: {}
    note: |
      the end
"""
CURL = """\
curl 'https://api.example.org/orders/1' -X 'PUT' -H 'Origin: https://app.example.com' \\
  -H 'Cookie: session=s3cret' -H 'X-Api-Key: s3cret' -H 'Accept: */*' --compressed \\
  -H 'Content-Type: application/json' --data-raw '{"password":"s3cret"}'
"""


def entry(url: str, method: str = "GET", *cookies: str) -> object:
    headers = [
        *({"name": "Cookie", "value": value} for value in cookies),
        {"name": "Origin", "value": "https://app.example.com"},
        {"name": "Authorization", "value": "Bearer s3cret"},
    ]
    return {"request": {"method": method, "url": url, "headers": headers}}


HAR = {
    "log": {
        "entries": [
            entry("https://api.example.org/orders/1", "PUT"),
            entry("https://api.example.org/orders/2", "PUT"),
            entry("https://api.example.org/me", "GET", "session=s3cret"),
            entry("https://api.example.org/me", "OPTIONS"),
        ]
    }
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.har").write_text(json.dumps(HAR))
    (tmp_path / "empty.har").write_text('{"log": {"version": "1.2", "entries": []}}')
    (tmp_path / "shop.py").write_text("app = None\n")
    (tmp_path / "mapping.yaml").write_text("a: b\n")
    (tmp_path / "flow.yaml").write_text(
        "[{id: c, title: a, spec: 'https://a.example/#b', request: {path: /a}, expect: {}}]\n"
    )
    return tmp_path


def test_scenario_is_written_and_shown_with_the_command_that_runs_it(folder: Path) -> None:
    done = program(folder, *NEW)
    assert (done.returncode, done.stderr) == (0, "")
    told = f"\norders.yaml: 1 scenario written\n\nnext:\n  {NEXT}"
    assert done.stdout == WRITTEN + told
    assert (folder / "orders.yaml").read_text() == WRITTEN


def test_file_is_named_for_the_scenario_where_none_is(folder: Path) -> None:
    assert program(folder, "new", *CALL).returncode == 0
    assert (folder / "scenarios" / "put-orders-1.yaml").read_text() == WRITTEN


def test_terminal_gets_the_scenario_and_nothing_else(folder: Path) -> None:
    before = sorted(folder.iterdir())
    done = program(folder, "new", "-", *CALL)
    assert (done.returncode, done.stdout, sorted(folder.iterdir())) == (0, WRITTEN, before)


def test_app_of_the_project_is_not_asked_for(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.cors-harness]\napp = "shop:app"\n')
    assert program(folder, *NEW).stdout.endswith("run orders.yaml -k put-orders-1\n")


def test_every_option_is_in_the_scenario(folder: Path) -> None:
    options = (
        *("--page-origin", "https://app.example.com", "--server-origin", "https://api.example.org"),
        *("--header", "X-Kind: a", "--json", '{"n": 1}', "--credentials", "--read", "ETag"),
        *("--read", "X-Total", "--expect", "allowed", "--server", "policy"),
        *("--id", "mine", "--title", "The shop may"),
    )
    assert program(folder, *NEW, *options).returncode == 0
    (scenario,) = load_scenarios([folder / "orders.yaml"])
    (step,) = scenario.steps
    assert (scenario.id, scenario.title) == ("mine", "The shop may")
    assert str(scenario.page.origin) == "https://app.example.com"
    assert [str(origin) for _, origin in scenario.origins] == ["https://api.example.org"]
    assert scenario.policy
    assert scenario.policy.allow_headers == ("X-Kind", "Content-Type")
    assert (step.call.body, step.call.credentials) == ('{"n": 1}', "include")
    assert [name for name, _ in step.expect.readable] == ["ETag", "X-Total"]


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_what_a_file_has_stays_as_it_is(folder: Path, end: str) -> None:
    there = THERE.replace("\n", end).encode()
    (folder / "orders.yaml").write_bytes(there)
    assert "1 scenario added to those that it has" in program(folder, *NEW).stdout
    text = (folder / "orders.yaml").read_bytes()
    assert text.startswith(there)
    assert text[len(there) :].startswith(f"{end}  - id: put-orders-1-v2{end}    title: ".encode())
    ids = [scenario.id for scenario in load_scenarios([folder / "orders.yaml"])]
    assert ids == ["mine", "put-orders-1", "put-orders-1-v2"]


@pytest.mark.parametrize("there", ["", "# Orders\n", WRITTEN.replace("-1", "-0").rstrip()])
def test_file_may_be_empty_or_lack_the_end_of_its_last_line(folder: Path, there: str) -> None:
    (folder / "orders.yaml").write_text(there)
    assert program(folder, *NEW).returncode == 0
    assert (folder / "orders.yaml").read_text().startswith(there)
    assert load_scenarios([folder / "orders.yaml"])[-1].id == "put-orders-1"


def test_id_is_new_in_the_whole_folder(folder: Path) -> None:
    (folder / "there.yaml").write_text(THERE)
    assert "- id: put-orders-1-v2\n" in program(folder, *NEW).stdout


def test_curl_command_is_turned_into_what_it_means(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO(CURL))
    done = program(folder, "new", "orders.yaml", "--from-curl", "-")
    assert done.stderr.splitlines() == [
        "left out, as browsers set them by themselves: Accept",
        "left out, as no page has a say in it: --compressed",
        "Origin: the page is on https://app.example.com",
        "Cookie: the page sends cookies, by `credentials: include`",
        "stand-ins are in place of what may be secret: X-Api-Key, the body",
    ]
    (scenario,) = load_scenarios([folder / "orders.yaml"])
    call = scenario.steps[0].call
    assert (call.method, call.path, call.credentials) == ("PUT", "/orders/1", "include")
    assert dict(call.headers) == {"X-Api-Key": "token", "Content-Type": "application/json"}
    assert call.body == '{"password": "token"}'
    assert "s3cret" not in (folder / "orders.yaml").read_text() + done.stdout + done.stderr


def test_option_goes_before_what_a_curl_command_has(folder: Path) -> None:
    said = ("--header", "x-api-key: mine", "--no-credentials", "--page-origin", "https://b.example")
    done = program(folder, "new", "orders.yaml", "--from-curl", CURL, *said)
    assert "what may be secret stands in the file as it is: x-api-key" in done.stderr
    (scenario,) = load_scenarios([folder / "orders.yaml"])
    call = scenario.steps[0].call
    assert (str(scenario.page.origin), call.credentials) == ("https://b.example", None)
    assert dict(call.headers) == {"x-api-key": "mine", "Content-Type": "application/json"}


def test_har_file_becomes_a_scenario_for_each_call(folder: Path) -> None:
    done = program(folder, "new", "orders.yaml", "--from-har", "app.har")
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "Origin: the page is on https://app.example.com",
        "stand-ins are in place of what may be secret: Authorization",
        "GET /me: Cookie: the page sends cookies, by `credentials: include`",
    ]
    assert done.stdout.endswith("\n  cors-harness run orders.yaml --app module:app\n")
    scenarios = load_scenarios([folder / "orders.yaml"])
    assert [scenario.id for scenario in scenarios] == ["put-orders-id", "get-me-credentials"]
    assert "s3cret" not in (folder / "orders.yaml").read_text()


def test_file_of_several_calls_is_named_for_the_har_file(folder: Path) -> None:
    assert program(folder, "new", "--from-har", "app.har").returncode == 0
    assert len(load_scenarios([folder / "scenarios" / "app.yaml"])) == 2


# id -> (options, what may be secret)
TYPED: dict[str, tuple[tuple[str, ...], str]] = {
    "a token in the query": (("--call", "/a?access_token=b"), "access_token in the query"),
    "a header": ((*CALL, "--header", "Authorization: Bearer b"), "Authorization"),
    "a password": ((*CALL, "--json", '{"password": "b"}'), "the body"),
    "nothing": ((*CALL, "--header", "X-Kind: a", "--json", '{"n": 1}'), ""),
}


@pytest.mark.parametrize(("options", "secret"), TYPED.values(), ids=TYPED)
def test_what_is_typed_stands_in_the_file_and_is_told_where_it_may_be_secret(
    folder: Path, options: Sequence[str], secret: str
) -> None:
    told = f"what may be secret stands in the file as it is: {secret}\n" if secret else ""
    assert program(folder, "new", "-", *options).stderr == told


@pytest.mark.parametrize(
    ("named", "paths"),
    [
        (["PUT /orders/2"], ["/orders/2"]),
        (["GET /me", "PUT /orders/1"], ["/me", "/orders/1"]),
        (["PUT https://api.example.org/orders/{number}"], ["/orders/1"]),
    ],
    ids=["one", "two", "by its route"],
)
def test_calls_of_a_har_file_are_picked(
    folder: Path, named: Sequence[str], paths: Sequence[str]
) -> None:
    options = [word for call in named for word in ("--call", call)]
    done = program(folder, "new", "orders.yaml", "--from-har", "app.har", *options)
    assert done.returncode == 0, done.stderr
    scenarios = load_scenarios([folder / "orders.yaml"])
    assert [scenario.steps[0].call.path for scenario in scenarios] == paths


def test_har_entry_that_is_none_is_left_out_and_told(folder: Path) -> None:
    url = "https://api.example.org/a"
    text = json.dumps({"log": {"entries": [{"request": {"method": 7, "url": url}}]}}, indent=0)
    (folder / "wrong.har").write_text(text)
    done = program(folder, "new", "--from-har", "wrong.har")
    assert done.returncode == 2
    assert done.stderr.splitlines()[:3] == [
        "left out of wrong.har: 1 that are no HAR entries",
        "wrong.har:6:11: log.entries[0].request.method: found 7; expected text",
        "cors-harness: error: --from-har: found no call in wrong.har; expected one that fetch() "
        "can make",
    ]


# id -> (options, parts of the message)
WRONG: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "nothing, and no terminal": ((), ["no terminal to ask on; expected --call, --from-curl or"]),
    "no call": (("--call", "PUT"), ["--call: found 'PUT'; expected a method and a path"]),
    "a method of no page": (
        ("--call", "TRACE /a"),
        ["--call: found the method 'TRACE', which no page can send"],
    ),
    "two calls": ((*CALL, *CALL), ["--call: found 2 calls; expected one, or --from-har"]),
    "a call and a command": (
        (*CALL, "--from-curl", CURL),
        ["--call and --from-curl: found two calls"],
    ),
    "a command and a HAR file": (
        ("--from-curl", CURL, "--from-har", "app.har"),
        ["not allowed with argument"],
    ),
    "an open quote": (
        ("--from-curl", "curl 'https://a.example"),
        ["--from-curl: found the quote ' in line 1, column 6, which is never closed", "on stdin"],
    ),
    "no host": (
        ("--from-curl", "curl /orders"),
        ["--from-curl: found the URL 'http:///orders'; expected http:// or https:// and a host"],
    ),
    "no such HAR file": (
        ("--from-har", "no.har"),
        ["--from-har: no.har cannot be read: No such file"],
    ),
    "no HAR file": (
        ("--from-har", "mapping.yaml"),
        ["--from-har: mapping.yaml:1:1: found ", "this is no HAR file, which is JSON with log"],
    ),
    "a HAR file without a call": (
        ("--from-har", "empty.har"),
        ["--from-har: found no call in empty.har; expected one that fetch() can make"],
    ),
    "a call that a HAR file lacks": (
        ("--from-har", "app.har", "--call", "GET /orders/1"),
        [
            "--call: found 'GET /orders/1', which is not in app.har; expected one of\n"
            "  PUT https://api.example.org/orders/1, from https://app.example.com\n"
            "  GET https://api.example.org/me, from"
        ],
    ),
    "one id for two calls": (
        ("--from-har", "app.har", "--id", "a"),
        ["--id, --title: found 2 calls; expected one to be named so"],
    ),
    "an id that is there": (
        (*CALL, "--id", "mine"),
        ["--id: found 'mine', which is in there.yaml already; expected one that is new, such as"],
    ),
    "no id": ((*CALL, "--id", "A b"), ["--id: found 'A b'; expected small letters a-z"]),
    "no title": ((*CALL, "--title", " "), ["--title: found nothing; expected a sentence"]),
    "no origin": (
        (*CALL, "--page-origin", "app.example.com"),
        ["--page-origin: found 'app.example.com'; expected http:// or https://"],
    ),
    "a page that is the server": (
        ("--call", "GET https://a.example/b", "--page-origin", "https://a.example"),
        ["found 'https://a.example', which is the page's own; expected another"],
    ),
    "mixed content": (
        ("--call", "GET http://a.example/b", "--page-origin", "https://b.example"),
        ["found 'http://a.example'; expected an https origin", "mixed content"],
    ),
    "a cookie as a header": (
        (*CALL, "--header", "Cookie: a=b"),
        ["--header: found Cookie, which no page can set; --credentials sends cookies"],
    ),
    "no header": ((*CALL, "--header", "X-A"), ["--header: found 'X-A'; expected 'Name: value'"]),
    "no JSON": ((*CALL, "--json", "{n}"), ["--json: found no JSON: "]),
    "a body for GET": (
        ("--call", "/a", "--data", "x"),
        ["found a body for GET; expected none, or another method"],
    ),
    "a header that no page can read": (
        (*CALL, "--read", "Set-Cookie"),
        ["--read: found Set-Cookie, which no page can read"],
    ),
    "a header to read, of a blocked call": (
        (*CALL, "--expect", "blocked", "--read", "ETag"),
        ["--read: found a header to be read beside --expect blocked"],
    ),
    "a placeholder that is not known": (
        (*CALL, "--header", "X-A: {steps.0.json.a}"),
        ["what is asked for makes no scenario; nothing is written\n  orders.yaml:"],
    ),
    "a file of another kind": (("shop.py", *CALL), ["found the file shop.py; expected one named"]),
    "a folder": ((".", *CALL), ["found the folder .; expected a file: orders.yaml"]),
    "a file without scenarios": (
        ("mapping.yaml", *CALL),
        ["mapping.yaml:1:1: file: found a mapping; expected a list of scenarios"],
    ),
    "a list in brackets": (
        ("flow.yaml", *CALL),
        ["makes no scenario; nothing is written\n  flow.yaml:"],
    ),
    "a place that cannot be": (("shop.py/x.yaml", *CALL), ["cannot be written"]),
}


@pytest.mark.parametrize(("options", "words"), WRONG.values(), ids=WRONG)
def test_mistake_is_told_and_nothing_is_written(
    folder: Path, options: Sequence[str], words: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO())
    (folder / "there.yaml").write_text(THERE)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    file = () if options and not options[0].startswith("-") else ("orders.yaml",)
    done = program(folder, "new", *file, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert [word for word in words if word not in done.stderr] == [], done.stderr
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


# Questions, on a terminal


class Session:
    """`cors-harness new` on a pseudo-terminal of its own."""

    def __init__(self, folder: Path, *argv: str) -> None:
        self._terminal, theirs = pty.openpty()
        command = [sys.executable, "-m", "cors_harness", "new", *argv]
        self.process = subprocess.Popen(  # noqa: S603 - this program
            command, cwd=folder, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs
        )
        os.close(theirs)
        self.said = ""

    def answer(self, question: str, text: str) -> None:
        """Waits for the question, and answers it."""
        self._read_until(question)
        os.write(self._terminal, f"{text}\n".encode())

    def interrupt(self, question: str) -> None:
        """Waits for the question, and gets Ctrl-C."""
        self._read_until(question)
        self.process.send_signal(signal.SIGINT)

    def end(self, question: str) -> None:
        """Waits for the question, and gets Ctrl-D."""
        self._read_until(question)
        os.write(self._terminal, b"\x04")

    def result(self) -> tuple[int, str]:
        """The exit status, and what stdout got."""
        stdout, _ = self.process.communicate(timeout=HANG_S)
        os.close(self._terminal)
        return self.process.returncode, stdout.decode()

    def _read_until(self, question: str) -> None:
        """Reads on until the question is asked; its process ends, and so does reading."""
        while question not in self.said:
            self.said += os.read(self._terminal, 4096).decode()
        self.said = self.said.partition(question)[2]


@pytest.mark.programs
def test_questions_are_asked_until_they_are_answered(folder: Path) -> None:
    (folder / "there.yaml").write_text(THERE)
    session = Session(folder, "orders.yaml", "--title", "The shop may")
    session.answer("What does the page call? PUT /orders/1, or a method and a URL: ", "PUT")
    session.answer("'PUT'; expected a method", "PUT https://api.example.org/orders/1")
    session.answer(" [a page of the harness]: ", "https://app.example.com/")
    session.answer("did you mean 'https://app.example.com'?", "https://app.example.com")
    session.answer("With cookies? yes or no [no]: ", "yes")
    session.answer("'Name: value'; nothing ends them: ", "X-Kind: a")
    session.answer("Another, or nothing: ", "")
    session.answer("The body, JSON or text [none]: ", '{"n": 1}')
    session.answer("allowed or blocked [allowed]: ", "")
    session.answer("must the page be able to read? [none]: ", "ETag, X-Total")
    session.answer("policy: the reference servers [app]: ", "")
    session.answer("Its id [put-orders-1-credentials]: ", "mine")
    session.answer("--id: found 'mine', which is there already", "change")
    status, stdout = session.result()
    assert (status, "Its title" in session.said) == (0, False)
    assert stdout.startswith('- id: change\n  title: "The shop may"\n')
    (scenario,) = load_scenarios([folder / "orders.yaml"])
    (step,) = scenario.steps
    assert str(dict(scenario.origins)["server"]) == "https://api.example.org"
    assert (step.call.credentials, step.call.body) == ("include", '{"n": 1}')
    assert [name for name, _ in step.expect.readable] == ["ETag", "X-Total"]


@pytest.mark.programs
def test_calls_of_a_har_file_are_asked_for(folder: Path) -> None:
    session = Session(folder, "orders.yaml", "--from-har", "app.har")
    session.answer("Which of them? numbers, or all [all]: ", "3")
    session.answer("found '3'; expected numbers from 1 to 2, or all", "2")
    assert session.result()[0] == 0
    assert [one.id for one in load_scenarios([folder / "orders.yaml"])] == ["get-me-credentials"]


@pytest.mark.programs
@pytest.mark.parametrize(("how", "status"), [("interrupt", 130), ("end", 2)])
def test_who_ends_the_questions_gets_no_file(folder: Path, how: str, status: int) -> None:
    session = Session(folder)
    session.answer("What does the page call?", "/orders")
    getattr(session, how)("[a page of the harness]: ")
    assert session.result() == (status, "")
    assert not (folder / "scenarios").exists()
