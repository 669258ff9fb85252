"""What ChaosTest does to workers, asked for by PATH_INFO."""

import ctypes
import os
import time

KEPT = []


def application(environ, start_response):
    body = globals()[environ["PATH_INFO"].strip("/")]()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body]


def work():
    time.sleep(0.005)
    return b"%d" % os.getpid()


def spin():
    while True:
        pass


def stay_in_c():
    while True:  # Any signal ends it, and the one that asks for the stack is one.
        ctypes.PyDLL(None).pause()  # keeps the GIL


def leak():
    KEPT.append(bytearray(16 << 20))
    return b"%d" % os.getpid()
