"""`cors-harness run` on a server of the user's own, by command and by URL, in a real browser."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import trustme
from tests.cli.program import program
from tests.cli.user_project import command, scenarios, start, written

pytestmark = pytest.mark.browser

WEBKIT = ("--browser", "webkit")
CHROMIUM = ("--browser", "chromium")
JSON = ("run", "--json", *WEBKIT)
JOURNAL = ".cors-harness/last.journal.jsonl"
PAGE = ("--page-origin", "https://app.example.com")
# Werkzeug's own server, on a port that is bound already; in TLS where a certificate is named.
RUNS_ALREADY = """\
import socket, sys
from shop import app
from werkzeug.serving import make_server

fd, *files = sys.argv[1:]
server = make_server(
    "127.0.0.1", 0, app, threaded=True, fd=int(fd), ssl_context=tuple(files) or None
)
server.serve_forever()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {"shop.yaml": scenarios("where"), "runs_already.py": RUNS_ALREADY}
    return written(tmp_path, files)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        yield bound


def running(project: Path, listener: socket.socket, *files: str) -> "subprocess.Popen[bytes]":
    """The user's server, started by themselves."""
    return subprocess.Popen(  # noqa: S603 - this interpreter
        [sys.executable, "runs_already.py", str(listener.fileno()), *files],
        cwd=project,
        pass_fds=[listener.fileno()],
        stderr=subprocess.DEVNULL,
    )


def document(done: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0), done.stderr
    run_document: dict[str, Any] = json.loads(done.stdout)
    return run_document


def body(run_document: dict[str, Any]) -> dict[str, str]:
    (cell,) = run_document["cells"]
    answer: dict[str, str] = json.loads(cell["observation"]["body"])
    return answer


def journal(project: Path) -> Sequence[dict[str, Any]]:
    return [json.loads(line) for line in (project / JOURNAL).read_text().splitlines()]


def test_command_is_called_on_real_origins_and_keeps_its_folder(project: Path) -> None:
    origins = (*PAGE, "--server-origin", "https://api.example.org")
    text = f"DATABASE=postgres://me:s3cret@db/shop {command()}"
    by_command = ("shop.yaml", "--command", text, "--ready", "/where")
    run_document = document(program(project, *JSON, *by_command, *origins))
    answer = body(run_document)
    assert answer["cwd"] == str(project.resolve())
    assert (answer["host"], answer["url"].split("?")[0]) == (
        "api.example.org",
        "http://api.example.org/where",  # Flask trusts no X-Forwarded-Proto without ProxyFix
    )
    (server,) = run_document["servers"]
    assert server["versions"].keys() == {"werkzeug", "python"}
    assert "s3cret" not in json.dumps(run_document)
    assert "s3cret" not in (project / JOURNAL).read_text()


def test_url_is_passed_on_to(project: Path, listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    server = running(project, listener)
    try:
        run_document = document(
            program(project, *JSON, "shop.yaml", "--url", f"http://localhost:{port}")
        )
    finally:
        server.kill()
        server.wait()
    (cell,) = run_document["cells"]
    assert [each["status"] for each in cell["exchanges"]] == [200]
    assert body(run_document)["cwd"] == str(project.resolve())


def test_url_in_tls_is_its_own_real_origin(project: Path, listener: socket.socket) -> None:
    authority, port = trustme.CA(), listener.getsockname()[1]
    authority.cert_pem.write_to_path(project / "authority.pem")
    issued = authority.issue_cert("localhost")
    issued.private_key_pem.write_to_path(project / "key.pem")
    issued.cert_chain_pems[0].write_to_path(project / "chain.pem")
    server = running(project, listener, "chain.pem", "key.pem")
    try:
        url = f"https://localhost:{port}"
        trust = str(project / "authority.pem")
        argv = (*JSON, "shop.yaml", "--url", url, *PAGE)
        run_document = document(start(project, "cors_harness", *argv, SSL_CERT_FILE=trust))
    finally:
        server.kill()
        server.wait()
    assert body(run_document)["url"].startswith(f"{url}/where?")
    (exchange,) = run_document["cells"][0]["exchanges"]
    assert exchange["origin"] == url


def test_server_that_dies_in_the_middle_loses_no_record(project: Path) -> None:
    (project / "shop.yaml").write_text(scenarios("where", "hang", "die"))
    argv = ("run", "shop.yaml", *WEBKIT, "--command", command(), "--timeout", "60000")
    done = start(project, "cors_harness", *argv)
    assert (done.returncode, done.stdout.splitlines()[-1].partition(":")[0]) == (3, "3 cells")
    assert "ended with status 5 in the middle of the run; the last that it said:" in done.stderr
    assert "\nout of memory\n" in done.stderr
    verdicts = {each["scenario"]: each["verdict"]["status"] for each in journal(project)[1:]}
    assert verdicts.keys() == {"get-where", "get-hang", "get-die"}
    assert (verdicts["get-hang"], verdicts["get-die"]) == ("error", "error")


def test_server_by_url_that_goes_in_the_middle_loses_no_record_either(
    project: Path, listener: socket.socket
) -> None:
    (project / "shop.yaml").write_text(scenarios("where", "hang", "die"))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = running(project, listener)
    try:
        listener.close()  # from now on it listens as long as the server runs
        argv = ("run", "shop.yaml", *WEBKIT, "--url", url, "--timeout", "60000")
        done = start(project, "cors_harness", *argv)
    finally:
        server.kill()
        status = server.wait()
    assert (done.returncode, status) == (3, 5)
    assert f"{url} is not there any more: nobody listens on that port" in done.stderr
    assert len(journal(project)) == 1 + 3


# What a server does wrong in the middle of cells

RUDE = """\
import socket, sys, threading

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
OK = (b"HTTP/1.1 200 OK\\r\\nAccess-Control-Allow-Origin: *\\r\\n"
      b"Content-Length: 2\\r\\nConnection: close\\r\\n\\r\\n")
SAYS = {
    b"/hang": None,
    b"/garbage": b"SSH-2.0-OpenSSH\\r\\n",
    b"/early": b"",
    b"/cut": OK + b"1",
}

def serve(connection):
    path = connection.recv(65536).split(b" ")[1].split(b"?")[0]
    if (says := SAYS.get(path, OK + b"ok")) is None:
        threading.Event().wait()
    connection.sendall(says)
    connection.close()

while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""
NOTES = {
    "get-where": "",
    "get-hang": "no result after",
    "get-garbage": "got what is no HTTP",
    "get-early": "got no response",
    "get-cut": "got 200, cut off",
}


def test_cells_in_which_the_server_fails_are_errors_and_the_others_stand(project: Path) -> None:
    (project / "rude.py").write_text(RUDE)
    text = scenarios(*(name[4:] for name in NOTES))
    hang = text.replace("path: /hang}", "path: /hang, timeout_ms: 2000}")  # nobody else is late
    (project / "shop.yaml").write_text(hang)
    server = f"{sys.executable} rude.py {{port}}"
    # WebKit hands a page what was cut off.
    done = program(project, "run", "shop.yaml", *CHROMIUM, "--command", server)
    assert done.returncode == 3, done.stderr
    assert " -> none: what came is no HTTP\n            body, 17 bytes: SSH" in done.stdout
    assert re.findall(r"(?m)^error: .*$|\b\d+ error$", done.stdout)[1:] == ["1 error"]
    notes = {each["scenario"]: each["verdict"]["note"] for each in journal(project)[1:]}
    assert notes.keys() == NOTES.keys()
    assert {name: note for name, note in notes.items() if NOTES[name] not in note} == {}
    assert notes["get-where"] == ""


# With the project's settings


SETTINGS = """\
[tool.cors-harness]
command = '{command}'
ready = "/where"
scenarios = ["cors"]
browsers = ["webkit"]
page-origin = "https://app.example.com"
server-origin = "https://api.example.org"
"""


@pytest.fixture
def settled(project: Path) -> Path:
    settings = SETTINGS.format(command=command())
    return written(project, {"pyproject.toml": settings, "cors/shop.yaml": scenarios("where")})


def test_settings_are_all_that_a_run_needs(settled: Path) -> None:
    below = settled / "below"
    below.mkdir()
    answer = body(document(program(below, "run", "--json")))
    assert (answer["cwd"], answer["host"]) == (str(settled.resolve()), "api.example.org")


def test_settings_are_all_that_pytest_needs(settled: Path) -> None:
    (settled / "cors/shop.yaml").write_text(scenarios("where", "nowhere"))
    done = start(settled, "pytest")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed, 1 passed" in done.stdout
    rerun = "cors-harness run cors/shop.yaml --cell 'get-nowhere[app-webkit]'"
    assert rerun in done.stdout


def test_pytest_option_wins_over_settings(settled: Path) -> None:
    done = start(settled, "pytest", "--cors-url=http://localhost:1")
    assert done.returncode == 3
    assert "your server http://localhost:1 is not there" in done.stdout
