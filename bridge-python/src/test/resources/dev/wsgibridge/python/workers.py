"""What an application does to its worker: PreforkTest asks for it by PATH_INFO."""

import ctypes
import os
import time

_kept = []
_served = 0


def application(environ, start_response):
    global _served
    _served += 1
    body = globals()[environ["PATH_INFO"].strip("/")](environ)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body] if isinstance(body, bytes) else body


def who(environ):
    return b"%d %d %d %d" % (os.getpid(), _served, environ["wsgi.multithread"], environ["wsgi.multiprocess"])


def echo(environ):
    return environ["wsgi.input"].read()


def die(environ):
    os.kill(os.getpid(), 9)


def die_half_way(environ):
    def blocks():
        yield b"the first half"
        os.kill(os.getpid(), 9)

    return blocks()


def crash(environ):
    ctypes.string_at(0)


def hang(environ):
    time.sleep(1000)


def hang_in_c(environ):
    ctypes.PyDLL(None).pause()  # keeps the GIL


def endless(environ):
    while True:
        time.sleep(0.01)
        yield b"x"


def wait(environ):
    """Until the file of that name is gone."""
    name = environ["QUERY_STRING"]
    with open(name, "w") as file:
        file.write(str(os.getpid()))
    while os.path.exists(name):
        time.sleep(0.01)
    return b"%d" % os.getpid()


def leak(environ):
    _kept.append(bytearray(64 << 20))
    return b"%d" % os.getpid()


def large(environ):
    return b"0123456789abcdef" * (3 << 16)

