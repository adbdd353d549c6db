"""JsonWorker: asked and answered beside others, refused, ended, and missed when it dies."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.wait_for_exit import ends

from cors_harness.errors import HarnessError, ServerFailed, ServerUnfit, UsageError
from cors_harness.processes.child_process import OUTPUT_TAIL, start_all, watch_all
from cors_harness.processes.json_worker import JsonWorker

DEADLINE_S = 30
Use = Callable[[JsonWorker], Awaitable[None]]
CHILD = """
import asyncio, os, sys
from cors_harness.errors import ServerUnfit, UsageError
from cors_harness.processes.json_worker import serve_commands

async def answer(command):
    match command["do"]:
        case "echo":
            return {"text": command["text"]}
        case "refuse":
            raise UsageError("two\\nlines")
        case "unfit":
            raise ServerUnfit("no views")
        case "write":
            os.write(2, command["text"].encode())
            return {}
        case "break off":
            os.write(1, b'{"id": 1, "te')
            os._exit(3)
        case "nest":
            os.write(1, b"\\n" + b"[" * 200_000 + b"\\n")
            return {"text": "on"}
        case "crash":
            raise RuntimeError("out of order")
        case "close stdout":
            os.close(1)
            await asyncio.Event().wait()

asyncio.run(serve_commands(answer))
"""
PIPES_CHILD = """
import os, subprocess, sys, threading
from cors_harness.processes.json_worker import CommandPipes

pipes = CommandPipes()
print("printed", flush=True)
assert sys.stdin.read() == ""
command = pipes.read()
pipes.answer(command, {"first": True})
pipes.follow(lambda command: pipes.answer(command, {"later": True}), lambda: os._exit(0))
threading.Event().wait()
"""
STUBBORN_CHILD = """
import signal
signal.pause()
"""
PARENT = """
import asyncio
from cors_harness.processes.json_worker import JsonWorker

async def main():
    worker = JsonWorker("the worker", "worker")
    await worker.start()
    await worker.ask({"do": "echo", "text": ""})
    print(worker.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def _modules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, text in (("worker", CHILD), ("pipes", PIPES_CHILD), ("stubborn", STUBBORN_CHILD)):
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)


def with_worker(use: Use, module: str = "worker") -> None:
    async def main() -> None:
        worker = JsonWorker("the worker", module)
        await worker.start()
        try:
            async with asyncio.timeout(DEADLINE_S):
                await use(worker)
        finally:
            await worker.stop()

    asyncio.run(main())


def test_lists_without_end_in_its_pipe_are_no_answer() -> None:
    async def use(worker: JsonWorker) -> None:
        assert (await worker.ask({"do": "nest"}))["text"] == "on"

    with_worker(use)


def test_answers_find_the_one_who_asked() -> None:
    async def use(worker: JsonWorker) -> None:
        asked = (worker.ask({"do": "echo", "text": str(number)}) for number in range(50))
        answers = await asyncio.gather(*asked)
        assert [answer["text"] for answer in answers] == [str(number) for number in range(50)]

    with_worker(use)


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        pytest.param("refuse", UsageError, "two\nlines", id="usage"),
        pytest.param("unfit", ServerUnfit, "no views", id="unfit"),
    ],
)
def test_error_of_the_child_is_raised_in_the_parent(
    name: str, error: type[HarnessError], text: str
) -> None:
    async def use(worker: JsonWorker) -> None:
        with pytest.raises(error) as caught:
            await worker.ask({"do": name})
        assert (type(caught.value), str(caught.value)) == (error, text)
        assert (await worker.ask({"do": "echo", "text": "on"}))["text"] == "on"

    with_worker(use)


@pytest.mark.parametrize(
    ("name", "status", "output"),
    [
        pytest.param("crash", 1, "out of order", id="traceback"),
        pytest.param("break off", 3, "it wrote nothing", id="answer that breaks off"),
    ],
)
def test_death_fails_all_who_wait_and_all_who_ask_later(
    name: str, status: int, output: str
) -> None:
    async def use(worker: JsonWorker) -> None:
        commands = ({"do": name}, {"do": "echo", "text": ""})
        asked = (worker.ask(command) for command in commands)
        failures = await asyncio.gather(*asked, return_exceptions=True)
        for failure in failures:
            assert isinstance(failure, ServerFailed)
            assert f"the worker ended with status {status}" in str(failure)
            assert output in str(failure)
        with pytest.raises(ServerFailed, match=f"ended with status {status}"):
            await worker.ask({"do": "echo", "text": ""})

    with_worker(use)


def test_worker_that_answers_no_more_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cors_harness.processes.json_worker.STOP_TIMEOUT_S", 0.2)

    async def use(worker: JsonWorker) -> None:
        with pytest.raises(ServerFailed, match="answers no more, but runs"):
            await worker.ask({"do": "close stdout"})

    with_worker(use)


def test_worker_that_hangs_at_its_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cors_harness.processes.json_worker.STOP_TIMEOUT_S", 0.2)
    pids: list[int] = []

    async def use(worker: JsonWorker) -> None:
        pids.append(worker.pid)

    with_worker(use, "stubborn")
    assert ends(pids[0])


def test_worker_that_was_ended_says_so() -> None:
    async def main() -> None:
        worker = JsonWorker("the worker", "worker")
        with pytest.raises(ServerFailed, match="not running"):
            await worker.ask({"do": "echo", "text": ""})
        await worker.stop()
        await worker.start()
        await worker.stop()
        await worker.stop()
        with pytest.raises(ServerFailed, match="not running"):
            await worker.ask({"do": "echo", "text": ""})

    asyncio.run(main())


def test_only_the_end_of_the_output_is_shown_and_nothing_for_the_terminal() -> None:
    async def use(worker: JsonWorker) -> None:
        await worker.ask({"do": "write", "text": "first" + "x" * OUTPUT_TAIL})
        await worker.ask({"do": "write", "text": "\x1b[31mlast\x07"})
        tail = worker.output_tail
        assert "first" not in tail
        assert tail.endswith("xlast")
        await worker.ask({"do": "write", "text": " and on"})  # not in the place of what was read
        assert worker.output_tail.endswith("xlast and on")

    with_worker(use)


def test_pipes_to_the_parent_are_out_of_the_way_of_other_code() -> None:
    async def use(worker: JsonWorker) -> None:
        assert (await worker.ask({}))["first"]
        assert (await worker.ask({}))["later"]
        assert worker.output_tail == "printed"

    with_worker(use, "pipes")


def test_watch_raises_for_the_first_that_dies_and_returns_when_they_are_ended() -> None:
    async def main() -> None:
        workers = [JsonWorker(name, "worker") for name in ("the one", "the other")]
        await start_all(worker.start() for worker in workers)
        os.kill(workers[1].pid, signal.SIGKILL)
        with pytest.raises(ServerFailed, match="the other ended with status -9"):
            await asyncio.wait_for(watch_all(workers), DEADLINE_S)
        watching = asyncio.create_task(watch_all(workers[:1]))
        await asyncio.sleep(0)
        await asyncio.gather(*(worker.stop() for worker in workers))
        await asyncio.wait_for(watching, DEADLINE_S)
        await watch_all(())

    asyncio.run(main())


def test_starts_come_to_an_end_before_the_failure_of_one_is_raised() -> None:
    ended: list[str] = []

    async def fail() -> str:
        raise ServerFailed("at once")

    async def start_late() -> str:
        await asyncio.sleep(0)
        ended.append("late")
        return "late"

    with pytest.raises(ServerFailed, match="at once"):
        asyncio.run(start_all(start() for start in (fail, start_late)))
    assert ended == ["late"]


def test_worker_ends_with_a_parent_that_is_killed() -> None:
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:  # noqa: S603 - our own text
        assert parent.stdout
        pid = int(parent.stdout.readline())
        parent.kill()
    assert ends(pid)


def test_interrupt_of_ours_does_not_reach_it() -> None:
    async def use(worker: JsonWorker) -> None:
        assert (os.getsid(worker.pid), os.getpgid(worker.pid)) == (worker.pid, worker.pid)

    with_worker(use)
