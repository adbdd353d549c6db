"""A user's app that does what no app should: `misbehaving_app:app`."""

import os
import signal
import subprocess
import sys
import threading
import time

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

# What is printed after the output is closed goes into whichever socket has its descriptor by then.
PRINTED = {"many-lines": threading.Event(), "one-line": threading.Event()}

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["*"])


@app.get("/after/{name}")
async def after(name: str) -> str:
    return name


@app.get("/many-lines")
def many_lines() -> str:
    sys.stdout.write(1600 * (65535 * "x" + "\n"))  # 100 MB
    sys.stdout.flush()
    PRINTED["many-lines"].set()
    return "ok"


@app.get("/one-line")
def one_line() -> str:
    sys.stdout.write(100_000_000 * "y")
    sys.stdout.flush()
    PRINTED["one-line"].set()
    return "ok"


@app.get("/signals")
async def signals() -> str:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    return "ok"


@app.get("/closed-output")
def closed_output() -> str:
    for printed in PRINTED.values():
        printed.wait()
    os.close(1)
    os.close(2)
    return "ok"


@app.get("/closed-input")
def closed_input() -> str:
    os.close(0)
    return "ok"


@app.get("/fork")
def fork() -> str:
    if os.fork() == 0:
        time.sleep(3600)
    return "ok"


@app.get("/program")
def program() -> str:
    subprocess.Popen(["sleep", "3600"])  # noqa: S607 - whichever there is
    return "ok"


@app.get("/blocked")
async def blocked() -> str:
    time.sleep(1)  # noqa: ASYNC251 - that is the point
    return "ok"
