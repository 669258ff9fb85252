"""The tour's Python half. TourInJava is its twin, word for word where the languages allow."""

import hashlib
import itertools
import json
import os
import platform
import time
from pathlib import Path
from urllib.parse import parse_qs

PAGE = Path(__file__).with_name("tour.html").read_bytes()
ANSWERS = itertools.count(1)
LINES = 12
SECONDS = 0.25


def application(environ, start_response):
    route = ROUTES.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
    if route is None:
        start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
        return [b"Not here: the tour is one page, at /\n"]
    return route(environ, start_response)


def page(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [PAGE]


def who(environ, start_response):
    """Who answers, where, and what a request looks like to them."""
    answer = {
        "language": "Python",
        "runtime": "%s %s" % (platform.python_implementation(), platform.python_version()),
        "process": os.getpid(),
        "answers": next(ANSWERS),
        "environ": {key: repr(environ[key]) for key in sorted(environ)},
    }
    start_response("200 OK", [("Content-Type", "application/json"), ("Cache-Control", "no-store")])
    return [json.dumps(answer).encode()]


def greet(environ, start_response):
    """A form."""
    size = min(int(environ.get("CONTENT_LENGTH") or 0), 10_000)
    form = parse_qs(environ["wsgi.input"].read(size).decode("utf-8", "replace"))
    name = form.get("name", ["stranger"])[0]
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return ["Hello, {}! Python got {} bytes of form.\n".format(name, size).encode()]


def stream(environ, start_response):
    """A generator: each line is sent before the next is made."""
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    for line in range(1, LINES + 1):
        yield "Python: line {} of {}\n".format(line, LINES).encode()
        time.sleep(SECONDS)


def upload(environ, start_response):
    """A file of any size, read block by block."""
    digest = hashlib.sha256()
    size = 0
    began = time.perf_counter()
    while block := environ["wsgi.input"].read(65536):
        digest.update(block)
        size += len(block)
    took = time.perf_counter() - began
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return [
        "Python read {:,} bytes in {:.0f} ms\nSHA-256 {}\n".format(
            size, took * 1000, digest.hexdigest()
        ).encode()
    ]


ROUTES = {
    ("GET", "/"): page,
    ("GET", "/who"): who,
    ("POST", "/greet"): greet,
    ("GET", "/stream"): stream,
    ("POST", "/upload"): upload,
}
