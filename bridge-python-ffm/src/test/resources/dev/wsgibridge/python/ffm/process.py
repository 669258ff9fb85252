"""An application that shows what it is to share a process with the JVM: each path has its function below."""

import atexit
import logging
import os
import signal
import subprocess
import sys
import threading

LOCAL = threading.local()
RELEASED = threading.Event()
IMPORTED_BY_MAIN_THREAD = threading.current_thread() is threading.main_thread()


def application(environ, start_response):
    return globals()[environ["PATH_INFO"].strip("/")](environ, start_response)


def text(start_response, *values):
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return [" ".join(map(str, values)).encode("utf-8")]


def main_thread(environ, start_response):
    return text(start_response, IMPORTED_BY_MAIN_THREAD)


def counted(environ, start_response):
    """How often this thread was here."""
    LOCAL.count = getattr(LOCAL, "count", 0) + 1
    return text(start_response, LOCAL.count)


def native_modules(environ, start_response):
    import ctypes
    import decimal
    import sqlite3

    with sqlite3.connect(":memory:") as database:
        (two,) = database.execute("select 1 + 1").fetchone()
    return text(start_response, two, decimal.Decimal("0.1") * 3, ctypes.sizeof(ctypes.c_int32))


def executable(environ, start_response):
    return text(start_response, sys.executable)


def forks(environ, start_response):
    child = os.fork()
    if child == 0:
        os._exit(7)
    return text(start_response, os.WEXITSTATUS(os.waitpid(child, 0)[1]))


def subprocesses(environ, start_response):
    return text(start_response, subprocess.run(["sh", "-c", "exit 5"]).returncode)


def prints(environ, start_response):
    print("printed", "\u00e9\U0001f600")
    print("complained", file=sys.stderr)
    logging.getLogger("shop.cart").error("logged")
    return text(start_response, "done")


def handles_a_signal(environ, start_response):
    """Sends SIGUSR1 to this process; what its handler was called with."""
    called, handled = [], threading.Event()

    def handler(number, frame):
        called.append((int(number), frame, threading.current_thread() is threading.main_thread()))
        handled.set()

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        os.kill(os.getpid(), signal.SIGUSR1)
        handled.wait(60)
    finally:
        signal.signal(signal.SIGUSR1, before)
    return text(start_response, *called[0])


def leaves_a_file_at_exit(environ, start_response):
    path = environ["QUERY_STRING"]
    atexit.register(lambda: open(path, "w").close())
    return text(start_response, "registered")


class ClosingSlowly:
    """Its close() returns when another request has come."""

    def __init__(self, *blocks):
        self.blocks = blocks

    def __iter__(self):
        return iter(self.blocks)

    def close(self):
        RELEASED.wait(60)


def closes_slowly(environ, start_response):
    RELEASED.clear()
    headers = [("Content-Length", "5")] if environ["QUERY_STRING"] else []
    start_response("200 OK", headers)
    return ClosingSlowly(b"Hello")


def release(environ, start_response):
    RELEASED.set()
    return text(start_response, "released")


def echo(environ, start_response):
    def blocks():
        while True:
            block = environ["wsgi.input"].read(10000)
            if not block:
                return
            yield block

    start_response("200 OK", [])
    return blocks()


def reads_twice(environ, start_response):
    """The bytes of the request's body after an attempt that failed."""
    try:
        environ["wsgi.input"].read()
        return text(start_response, "nothing failed")
    except OSError as error:
        return text(start_response, type(error).__name__, error)
