"""What a program writes is taken as it comes, and nobody waits for anybody."""

import os
import threading
from pathlib import Path

from cors_harness.processes.output_pipe import PIECE, OutputPipe


def open_descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def test_all_that_is_written_is_taken_and_the_writer_never_waits_for_long() -> None:
    taken: list[bytes] = []
    pipe = OutputPipe(taken.append)
    program = os.dup(pipe.file)
    pipe.started()
    data = os.urandom(PIECE)
    for _ in range(40):  # a pipe holds one of them
        view = memoryview(data)
        while view:
            view = view[os.write(program, view) :]
    os.write(program, b"\x1b[1mlast\x07\n")
    assert pipe.tail().endswith("last")
    os.close(program)
    pipe.close()
    pipe.close()
    assert b"".join(taken) == data * 40 + b"\x1b[1mlast\x07\n"


def test_what_is_left_running_is_not_waited_for() -> None:
    taken: list[bytes] = []
    pipe = OutputPipe(taken.append)
    left_running = os.dup(pipe.file)
    pipe.started()
    os.write(left_running, b"before")
    pipe.close()
    assert taken == [b"before"]
    assert pipe.tail() == "before"
    os.close(left_running)


def test_program_that_could_not_be_started_leaves_no_descriptor_and_no_thread() -> None:
    threads, descriptors = threading.active_count(), open_descriptors()
    pipe = OutputPipe(lambda _: None)
    pipe.close()
    assert threading.active_count() == threads
    assert open_descriptors() == descriptors
