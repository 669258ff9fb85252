"""One application with many habits: the first part of the path names the function below that serves the request."""

import io
import os
import shutil
import sys
import tempfile
import threading
import time
from wsgiref.validate import validator

CLOSED = []
LEFT = {}
KEPT = threading.local()
MEETING = threading.Barrier(2, timeout=240)
TEXT = [("Content-Type", "text/plain; charset=utf-8")]


def application(environ, start_response):
    return globals()[environ["PATH_INFO"].strip("/").split("/")[0]](environ, start_response)


def text(start_response, *values):
    start_response("200 OK", TEXT)
    return ["\n".join(map(str, values)).encode("utf-8")]


# --- environ


def environ_types(environ, start_response):
    wrong = [
        f"{key!r}: {value!r}"
        for key, value in environ.items()
        if type(key) is not str or ("." not in key and type(value) is not str)
    ]
    return text(start_response, type(environ) is dict, wrong)


def environ_values(environ, start_response):
    return text(start_response, *(repr(environ.get(key)) for key in environ["QUERY_STRING"].split(",")))


# --- wsgi.input and wsgi.errors


def input_methods(environ, start_response):
    stream = environ["wsgi.input"]
    seen = [
        stream.read(0),
        stream.read(3),
        stream.readline(2),
        stream.readline(),
        stream.readlines(4),
        next(iter(stream)),
        list(stream),
        stream.read(),
        stream.read(5),
        stream.readline(),
        stream.readlines(),
    ]
    return text(start_response, *map(repr, seen))


def input_echo(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return [body]


def input_failure(environ, start_response):
    try:
        environ["wsgi.input"].read()
    except OSError as error:
        return text(start_response, "OSError", error.strerror)
    return text(start_response, "read")


def input_failure_ignored(environ, start_response):
    environ["wsgi.input"].read()
    return text(start_response, "read")


def errors(environ, start_response):
    stream = environ["wsgi.errors"]
    stream.write("one\n")
    stream.writelines(["t", "wo\n"])
    print("three", file=stream)
    stream.write("end")
    stream.flush()
    return text(start_response, "written")


# --- what is left of a request when it is over


def leave_behind(environ, start_response):
    write = start_response("200 OK", TEXT)
    LEFT.update(environ, write=write, start_response=start_response)
    write(b"left")
    return []


def outcome(use, *arguments):
    try:
        return repr(use(*arguments))
    except Exception as error:
        return f"{type(error).__name__}: {getattr(error, 'strerror', None) or error}"


def use_what_is_left(environ, start_response):
    """In another request, whose body and response it must not touch."""
    seen = [
        outcome(LEFT["wsgi.input"].read, 4),
        outcome(LEFT["write"], b"stray"),
        outcome(LEFT["start_response"], "500 Stray", []),
        outcome(LEFT["wsgi.errors"].write, "stray\n"),
    ]
    return text(start_response, *seen, environ["wsgi.input"].read())


def race(environ, start_response):
    """Threads use what is left of this request for as long as others are served."""
    LEFT.update(environ, write=start_response("200 OK", TEXT), raced=threading.Event(), racers=[])

    def run(use, *arguments):
        while not LEFT["raced"].wait(0.001):
            outcome(use, *arguments)

    for use in (
        (LEFT["wsgi.input"].read, 5),
        (LEFT["write"], b"stray" * 2000),
        (LEFT["wsgi.errors"].write, "stray\n"),
    ):
        thread = threading.Thread(target=run, args=use, daemon=True)
        thread.start()
        LEFT["racers"].append(thread)
    return [b"racing"]


def end_race(environ, start_response):
    LEFT["raced"].set()
    for thread in LEFT["racers"]:
        thread.join()
    return text(start_response, "over")


def errors_beside_a_body(environ, start_response):
    """A thread writes to wsgi.errors while its own request's body is sent, and in pieces."""
    stop = threading.Event()

    def run():
        while not stop.wait(0.001):
            print("beside", "it", file=environ["wsgi.errors"])

    class Blocks:
        def __iter__(self):
            thread.start()
            print("begun", end="", file=environ["wsgi.errors"])
            for _ in range(20):
                yield b"\0" * 150_000
            print(", ended", file=environ["wsgi.errors"])

        def close(self):
            stop.set()
            thread.join()

    thread = threading.Thread(target=run)
    start_response("200 OK", TEXT)
    return Blocks()


def input_in_close(environ, start_response):
    """Reads the request's body when its response is whole."""

    class Blocks:
        def __iter__(self):
            return iter([b"answered"])

        def close(self):
            LEFT["read in close"] = outcome(lambda: len(environ["wsgi.input"].read()))

    start_response("200 OK", [*TEXT, ("Content-Length", "8")])
    return Blocks()


def read_in_close(environ, start_response):
    return text(start_response, LEFT.pop("read in close"))


# --- start_response and write


def late_start(environ, start_response):
    start_response("200 OK", TEXT)
    yield b"late"


def no_start(environ, start_response):
    return [b"never started"]


def started_twice(environ, start_response):
    start_response("200 OK", TEXT)
    start_response("204 No Content", TEXT)
    return []


def head_replaced(environ, start_response):
    start_response("200 OK", TEXT)
    try:
        raise ValueError("before anything was sent")
    except ValueError:
        start_response("503 Service Unavailable", TEXT, sys.exc_info())
    return [b"sorry"]


def same_exception_again(environ, start_response):
    write = start_response("200 OK", TEXT)
    write(b"sent ")
    try:
        raise ValueError("after it was sent")
    except ValueError as error:
        mine = error
        try:
            start_response("500 Oops", TEXT, sys.exc_info())
        except ValueError as raised:
            return [str(raised is mine).encode()]
    return [b"not raised"]


def bad_heads(environ, start_response):
    told = []
    for status, headers in [
        ("200", TEXT),
        ("200 OK\r\nX: y", TEXT),
        (b"200 OK", TEXT),
        ("200 OK", tuple(TEXT)),
        ("200 OK", [("X", 1)]),
        ("200 OK", [("X", "a\nb")]),
        ("200 OK", [("X", "\u20ac")]),
        ("200 OK", [("X Y", "z")]),
        ("200 OK", [("Connection", "close")]),
    ]:
        try:
            start_response(status, headers)
            told.append("accepted")
        except (AssertionError, TypeError, ValueError) as error:
            told.append(str(error))
    return text(start_response, *told)


def write(environ, start_response):
    write = start_response("200 OK", TEXT)
    write(b"first ")
    write(b"")
    write(b"second ")
    return [b"third"]


# --- bodies


def no_blocks(environ, start_response):
    start_response("200 OK", TEXT)
    return iter(())


def str_block(environ, start_response):
    start_response("200 OK", TEXT)
    return ["text"]


class bytes_block(bytes):
    """The class is the habit: a block of a type that is derived from bytes."""

    def __new__(cls, environ, start_response):
        start_response("200 OK", TEXT)
        return [super().__new__(cls, b"derived")]


def all_bytes(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/octet-stream"), ("X-Latin", "caf\u00e9")])
    return [bytes(range(256))]


def one_by_one(environ, start_response):
    """Asks the client for a go-ahead between its blocks."""
    start_response("200 OK", TEXT)
    for block in (b"one", b"two", b"three"):
        yield block
        assert environ["wsgi.input"].readline() == b"had " + block + b"\n"


def large(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return [b"%07d\n" % number * 100 for number in range(1000)]


# --- close


class Closing:
    def __init__(self, name, blocks):
        self.name = name
        self.blocks = iter(blocks)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.blocks)

    def close(self):
        CLOSED.append(self.name)


def closing(environ, start_response):
    start_response("200 OK", TEXT)
    return Closing("closing", [b"a", b"b"])


def closing_failure(environ, start_response):
    start_response("200 OK", TEXT)

    def blocks():
        yield b"a"
        raise ValueError("mid-body")

    return Closing("closing_failure", blocks())


def closing_no_start(environ, start_response):
    return Closing("closing_no_start", [b"a"])


def closing_endless(environ, start_response):
    start_response("200 OK", TEXT)

    def blocks():
        while True:
            yield b"more"

    return Closing("closing_endless", blocks())


def closed(environ, start_response):
    name = environ["QUERY_STRING"]
    return text(start_response, CLOSED.count(name))


# --- files


def file_from_position(environ, start_response):
    file = tempfile.TemporaryFile()
    file.write(b"0123456789" * 1000)
    file.seek(5)
    start_response("200 OK", TEXT)
    return environ["wsgi.file_wrapper"](file)


def file_by_name(environ, start_response):
    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(b"0123456789" * 1000)
    start_response("200 OK", TEXT)
    wrapped = open(file.name, "rb")
    wrapped.seek(9990)

    class File:
        read = wrapped.read

        def close(self):
            wrapped.close()
            os.remove(file.name)
            CLOSED.append("file_by_name")

    return environ["wsgi.file_wrapper"](File())


def file_in_memory(environ, start_response):
    start_response("200 OK", TEXT)
    return environ["wsgi.file_wrapper"](io.BytesIO(b"in memory"), 4)


def file_swapped(environ, start_response):
    """A file whose name is another's at any time: what was opened is told by a header."""
    folder = LEFT.get("folder")
    if folder is None:
        folder = LEFT["folder"] = tempfile.mkdtemp()
        for name in "AB":
            with open(os.path.join(folder, name), "wb") as file:
                file.write(name.encode() * 1000)
        os.symlink("A", os.path.join(folder, "file"))
        LEFT["swapping"] = True

        def swap():
            while LEFT["swapping"]:
                time.sleep(0)  # lets others run
                for name in "BA":
                    os.symlink(name, os.path.join(folder, "new"))
                    os.replace(os.path.join(folder, "new"), os.path.join(folder, "file"))

        LEFT["swapper"] = threading.Thread(target=swap, daemon=True)
        LEFT["swapper"].start()
    file = open(os.path.join(folder, "file"), "rb")
    first = file.read(1).decode()
    start_response("200 OK", [*TEXT, ("X-Opened", first)])
    return environ["wsgi.file_wrapper"](file)


def end_swapping(environ, start_response):
    LEFT["swapping"] = False
    LEFT["swapper"].join()
    shutil.rmtree(LEFT["folder"])
    return text(start_response, "over")


# --- failures


def value_error(environ, start_response):
    raise ValueError("secret")


def system_exit(environ, start_response):
    sys.exit("leaving")


def keyboard_interrupt(environ, start_response):
    raise KeyboardInterrupt


def too_deep(environ, start_response):
    return too_deep(environ, start_response)


# --- the rest


def _validated(environ, start_response):
    stream = environ["wsgi.input"]
    body = stream.read(4) + b"".join(iter(lambda: stream.read(1000), b""))
    environ["wsgi.errors"].write("validated\n")
    start_response("200 OK", TEXT + [("Content-Length", str(len(body)))])
    return [body]


validated = validator(_validated)


def meeting(environ, start_response):
    MEETING.wait()
    return text(start_response, "met", environ["wsgi.multithread"])


def keep(environ, start_response):
    before = getattr(KEPT, "value", "new")
    KEPT.value = "kept"
    return text(start_response, before)
