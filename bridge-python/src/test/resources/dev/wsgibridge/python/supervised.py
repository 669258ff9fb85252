"""What SupervisionTest asks a worker to do, by PATH_INFO."""

import __main__
import os
import struct
import time


def application(environ, start_response):
    body = globals()[environ["PATH_INFO"].strip("/")](environ)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body]


def pid(environ):
    return b"%d" % os.getpid()


def wait(environ):
    """Until the file of that name is gone."""
    name = environ["QUERY_STRING"]
    with open(name, "w") as file:
        file.write(str(os.getpid()))
    while os.path.exists(name):
        time.sleep(0.01)
    return b"%d" % os.getpid()


def say(environ):
    """Sends a frame to the bridge beside the requests: TYPE-CONTENTS, in hexadecimal digits."""
    kind, contents = (bytes.fromhex(part) for part in environ["QUERY_STRING"].split("-"))
    __main__._control.socket.sendall(struct.pack("!cII", kind, len(contents), 0) + contents)
    return b"said"
