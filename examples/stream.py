"""A body that takes its time: each line is sent as soon as it is made.

./run examples/stream.py
curl --no-buffer http://127.0.0.1:8080/
"""

import time

LINES = 10
SECONDS = 0.3


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    for line in range(1, LINES + 1):
        yield b"line %d of %d\n" % (line, LINES)
        time.sleep(SECONDS)
