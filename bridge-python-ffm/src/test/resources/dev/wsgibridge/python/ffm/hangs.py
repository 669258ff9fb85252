"""An application whose calls hang, each path in its way."""

import itertools
import threading
import time

LOCKS = {}
CAUGHT = []
ENDED = []
COUNT = itertools.count(1)


def application(environ, start_response):
    return globals()[environ["PATH_INFO"].strip("/")](environ, start_response)


def text(start_response, *values):
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return [" ".join(map(str, values)).encode("utf-8")]


def computes(environ, start_response):
    try:
        while True:
            pass
    except Exception:
        CAUGHT.append("as an error of the application's")
    finally:
        ENDED.append(next(COUNT))


def waits_for_a_lock(environ, start_response):
    lock = LOCKS.setdefault(environ["QUERY_STRING"], threading.Lock())
    lock.acquire(blocking=False)
    try:
        lock.acquire()
    finally:
        lock.release()
        ENDED.append(next(COUNT))
    return text(start_response, "late")


def releases(environ, start_response):
    LOCKS[environ["QUERY_STRING"]].release()
    return text(start_response, "released")


def sleeps(environ, start_response):
    time.sleep(3)
    return text(start_response, "late")


def streams_and_hangs(environ, start_response):
    write = start_response("200 OK", [])
    write(b"begun")
    return sleeps(environ, start_response)


def ends_by_itself(environ, start_response):
    """Ends by itself, at about the time when it gets its exception."""
    end = time.monotonic() + float(environ["QUERY_STRING"])
    while time.monotonic() < end:
        sum(range(1000))
    return text(start_response, "ended")


def state(environ, start_response):
    return text(start_response, len(ENDED), *CAUGHT)


def thread(environ, start_response):
    return text(start_response, threading.current_thread().name, threading.active_count())
