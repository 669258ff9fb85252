"""Tiny applications with one habit each: the language in which the contract is written.

The first segment of PATH_INFO names the fixture, the second one the request ("id"), and the query
string has its parameters. Fixtures.java holds the same ones; a change belongs in both. Plain CPython 3.9 or newer, or GraalPy.

    application   the fixtures as they are
    validated     each one that keeps PEP 3333's rules inside wsgiref.validate's validator
"""

import hashlib
import io
import logging
import os
import sys
import tempfile
import threading
import time
import warnings
from urllib.parse import quote
from wsgiref.validate import WSGIWarning, validator

PATIENCE = 20  # seconds that a fixture waits for the test before it gives up

TEXT = ("Content-Type", "text/plain; charset=utf-8")


# ---------------------------------------------------------------- what the test can ask about


class Ledger:
    """What happened to the request that the test named ``id``: gates, closes, blocks asked for."""

    def __init__(self):
        self.lock = threading.Condition()
        self.counts = {}

    def add(self, id, what):
        with self.lock:
            self.counts[id, what] = self.counts.get((id, what), 0) + 1
            self.lock.notify_all()

    def count(self, id, what):
        with self.lock:
            return self.counts.get((id, what), 0)

    def wait(self, id, what, count):
        """Until it happened ``count`` times; False when patience ended first."""
        with self.lock:
            return self.lock.wait_for(
                lambda: self.counts.get((id, what), 0) >= count, PATIENCE
            )


class SharedLedger:
    """The same in files: a line is what happened once. Other processes see it, the test among them."""

    def __init__(self, folder):
        self.folder = folder

    def file(self, id):
        return os.path.join(self.folder, id or "nobody")

    def add(self, id, what):
        with open(self.file(id), "a") as lines:
            lines.write(what + "\n")

    def count(self, id, what):
        try:
            with open(self.file(id)) as lines:
                return lines.read().split("\n").count(what)
        except FileNotFoundError:
            return 0

    def wait(self, id, what, count):
        patience = time.monotonic() + PATIENCE
        while self.count(id, what) < count:
            if time.monotonic() > patience:
                return False
            time.sleep(0.002)
        return True


FOLDER = os.environ.get("FIXTURES_LEDGER")
LEDGER = SharedLedger(FOLDER) if FOLDER else Ledger()


class Counted:
    """A body whose close() is counted. Its iterator is another object, which has a close() too."""

    class Blocks:
        def __init__(self, id, blocks):
            self.id = id
            self.blocks = iter(blocks)

        def __iter__(self):
            return self

        def __next__(self):
            block = next(self.blocks)
            LEDGER.add(self.id, "block")
            return block

        def close(self):
            LEDGER.add(self.id, "iterator-closed")

    def __init__(self, id, blocks):
        self.id = id
        self.blocks = blocks

    def __iter__(self):
        return Counted.Blocks(self.id, self.blocks)

    def close(self):
        LEDGER.add(self.id, "closed")


class OwnIterator:
    """A body that is its own iterator, and begins anew in each __iter__, as many hand-written ones do."""

    def __init__(self, id, blocks):
        self.id = id
        self.blocks = blocks

    def __iter__(self):
        LEDGER.add(self.id, "begun")
        self.left = list(self.blocks)
        return self

    def __next__(self):
        if not self.left:
            raise StopIteration
        LEDGER.add(self.id, "block")
        return self.left.pop(0)

    def close(self):
        LEDGER.add(self.id, "closed")


def parameters(environ):
    pairs = (p.partition("=") for p in environ["QUERY_STRING"].split("&"))
    given = {name: value for name, _, value in pairs}
    segments = environ["PATH_INFO"].split("/")
    given["id"] = segments[2] if len(segments) > 2 else ""
    return given


# ---------------------------------------------------------------- the request


def environ_echo(environ, start_response):
    """One line a key: name, type and value, percent-encoded; the mapping's own type first.

    Of the server's own objects the type is enough.
    """
    lines = ["environ\t%s\t" % type(environ).__name__]
    for key, value in environ.items():
        text = value if type(value) is str else ""
        if type(value) in (bool, tuple):
            text = repr(value)
        lines.append(
            "%s\t%s\t%s"
            % (
                quote(key, safe=""),
                type(value).__name__,
                quote(text, safe="", encoding="latin-1", errors="strict"),
            )
        )
    start_response("200 OK", [TEXT])
    return ["\n".join(lines).encode("ascii")]


def mutate(environ, start_response):
    environ["fixture.left"] = "behind"
    environ["HTTP_X_LEFT"] = "behind"
    environ["SCRIPT_NAME"] = "/elsewhere"
    environ.pop("PATH_INFO")
    start_response("200 OK", [TEXT])
    return [b"mutated"]


def upload(environ, start_response):
    digest, count = hashlib.sha256(), 0
    while True:
        block = environ["wsgi.input"].read(65536)
        if not block:
            break
        digest.update(block)
        count += len(block)
    start_response("200 OK", [TEXT])
    return [b"%d %s" % (count, digest.hexdigest().encode("ascii"))]


def input_by(environ, start_response):
    """Reads the input in one way, joins the pieces with a bar, and looks once more behind the end."""
    stream = environ["wsgi.input"]
    by = parameters(environ)["by"]
    if by == "read":
        pieces = [stream.read()]
    elif by == "read(-1)":
        pieces = [stream.read(-1)]
    elif by == "read(4)":
        pieces = list(iter(lambda: stream.read(4), b""))
    elif by == "read(0)":
        pieces = [stream.read(0), stream.read(1000000)]
    elif by == "read(1000000)":
        pieces = [stream.read(1000000)]
    elif by == "readline":
        pieces = list(iter(stream.readline, b""))
    elif by == "readline(2)":
        pieces = list(iter(lambda: stream.readline(2), b""))
    elif by == "readline(1000000)":
        pieces = list(iter(lambda: stream.readline(1000000), b""))
    elif by == "readlines":
        pieces = stream.readlines()
    elif by == "readlines(1)":
        pieces = [line for lines in iter(lambda: stream.readlines(1), []) for line in lines]
    elif by == "iteration":
        pieces = list(stream)
    else:
        raise KeyError(by)
    types = {type(piece) for piece in pieces}
    behind = stream.read(1)
    assert types <= {bytes}, types
    start_response("200 OK", [TEXT])
    return [b"|".join(pieces + [b"end" if behind == b"" else b"more"])]


def errors(environ, start_response):
    mark = parameters(environ)["id"]
    log = environ["wsgi.errors"]
    log.write("written %s\n" % mark)
    log.writelines(["lines %s, " % mark, "caf\u00e9 %s\n" % mark])
    print("printed %s" % mark, file=log)
    log.flush()
    start_response("200 OK", [TEXT])
    return [b"logged"]


def prints(environ, start_response):
    """What an application prints and logs in its language's own ways."""
    mark = parameters(environ)["id"]
    print("stdout %s" % mark)
    print("stderr %s" % mark, file=sys.stderr)
    logging.getLogger("fixtures").warning("logging %s", mark)
    start_response("200 OK", [TEXT])
    return [b"printed"]


def session(environ, start_response):
    """Counts in the HttpSession that the servlets around us use too."""
    shared = environ["dev.wsgibridge.servlet.request"].getSession()
    count = int(shared.getAttribute("count") or "0") + 1
    shared.setAttribute("count", str(count))
    start_response("200 OK", [TEXT])
    return [b"count %d" % count]


# ---------------------------------------------------------------- the head


def hello(environ, start_response):
    start_response("200 OK", [TEXT])
    return [b"Hello"]


def late(environ, start_response):
    class Late:
        def __iter__(self):
            start_response("201 Created", [TEXT, ("X-Late", "yes")])
            yield b"late"
            yield b" but in time"

    return Late()


def no_start(environ, start_response):
    return [b"a body without a head"]


def no_start_empty(environ, start_response):
    return []


def twice(environ, start_response):
    start_response("200 OK", [TEXT, ("X-Head", "first")])
    try:
        start_response("200 OK", [TEXT, ("X-Head", "second")])
    except Exception as refused:
        return [b"refused: ", str(refused).encode("utf-8")]
    return [b"accepted"]


def exc_info_before(environ, start_response):
    start_response("200 OK", [TEXT, ("X-Head", "first"), ("Content-Length", "1000")])
    try:
        raise ValueError("before the head")
    except ValueError:
        start_response("503 Replaced", [TEXT, ("X-Head", "second")], sys.exc_info())
    return [b"replaced"]


def exc_info_after_empty(environ, start_response):
    # Nothing of it counts any more, nor that it has no body.
    start_response("204 No Content", [("X-Head", "first")])
    yield b""
    try:
        raise ValueError("after an empty block")
    except ValueError:
        start_response("503 Replaced", [TEXT, ("X-Head", "second")], sys.exc_info())
    yield b"replaced"


def exc_info_after(environ, start_response):
    start_response("200 OK", [TEXT])
    yield b"first"
    failure = ValueError("after the head")
    try:
        raise failure
    except ValueError:
        try:
            start_response("500 Too Late", [TEXT], sys.exc_info())
        except BaseException as again:
            same = "same" if again is failure else "another"
            print(same, "failure", parameters(environ)["id"], file=environ["wsgi.errors"])
            raise
    yield b"never"


HEADS = {
    "status-bare": ("200", [TEXT]),
    "status-short": ("20 OK", [TEXT]),
    "status-letters": ("OK 200", [TEXT]),
    "status-empty": ("", [TEXT]),
    "status-cr": ("200 OK\rX: y", [TEXT]),
    "status-lf": ("200 OK\nX: y", [TEXT]),
    "status-nul": ("200 O\0K", [TEXT]),
    "status-wide": ("200 \u20ac", [TEXT]),
    "name-lf": ("200 OK", [TEXT, ("X-A\nX-B", "1")]),
    "name-colon": ("200 OK", [TEXT, ("X-A:", "1")]),
    "name-space": ("200 OK", [TEXT, ("X A", "1")]),
    "name-empty": ("200 OK", [TEXT, ("", "1")]),
    "name-wide": ("200 OK", [TEXT, ("X-\u20ac", "1")]),
    "value-crlf": ("200 OK", [TEXT, ("X-A", "1\r\nX-B: 2")]),
    "value-cr": ("200 OK", [TEXT, ("X-A", "1\r2")]),
    "value-lf": ("200 OK", [TEXT, ("X-A", "1\n2")]),
    "value-nul": ("200 OK", [TEXT, ("X-A", "1\x002")]),
    "value-del": ("200 OK", [TEXT, ("X-A", "1\x7f2")]),
    "value-wide": ("200 OK", [TEXT, ("X-A", "\u20ac")]),
    "hop-connection": ("200 OK", [TEXT, ("Connection", "close")]),
    "hop-keep-alive": ("200 OK", [TEXT, ("Keep-Alive", "timeout=5")]),
    "hop-proxy-authenticate": ("200 OK", [TEXT, ("Proxy-Authenticate", "Basic")]),
    "hop-proxy-authorization": ("200 OK", [TEXT, ("Proxy-Authorization", "x")]),
    "hop-te": ("200 OK", [TEXT, ("TE", "trailers")]),
    "hop-trailer": ("200 OK", [TEXT, ("Trailer", "X-A")]),
    "hop-transfer-encoding": ("200 OK", [TEXT, ("transfer-encoding", "chunked")]),
    "hop-upgrade": ("200 OK", [TEXT, ("Upgrade", "websocket")]),
    "length-letters": ("200 OK", [TEXT, ("Content-Length", "ten")]),
    "length-negative": ("200 OK", [TEXT, ("Content-Length", "-1")]),
}


def bad_head(environ, start_response):
    status, headers = HEADS[parameters(environ)["head"]]
    try:
        start_response(status, headers)
    except Exception as refused:
        start_response("200 OK", [TEXT, ("X-Refused", "yes")])
        return [b"refused: ", str(refused).encode("utf-8")]
    return [b"accepted"]


def headers_out(environ, start_response):
    start_response(
        "200 OK",
        [
            TEXT,
            ("Set-Cookie", "a=1; Path=/"),
            ("Set-Cookie", "b=2; Path=/"),
            ("X-Twice", "one"),
            ("X-Twice", "two"),
            ("X-Latin", "caf\u00e9"),
            ("X-Utf8", "\u20ac".encode("utf-8").decode("latin-1")),
            ("X-Tab", "a b"),
            ("X-Empty", ""),
        ],
    )
    return [b"headers"]


def status(environ, start_response):
    """A status of which HTTP says that no body follows, and yet a body, with its length."""
    given = parameters(environ)
    headers = [("X-Status", given["code"]), ("Content-Length", "5")]
    if given["code"] not in ("204", "304"):
        headers.append(TEXT)
    start_response("%s Status" % given["code"], headers)
    return Counted(given["id"], [b"12345"])


# ---------------------------------------------------------------- the body


def write(environ, start_response):
    writer = start_response("200 OK", [TEXT])
    writer(b"one ")
    writer(b"")
    writer(b"two ")
    return [b"three"]


def write_only(environ, start_response):
    writer = start_response("200 OK", [TEXT])
    writer(b"all")
    return []


def write_gated(environ, start_response):
    id = parameters(environ)["id"]
    writer = start_response("200 OK", [TEXT])
    writer(b"first;")
    if not LEDGER.wait(id, "open", 1):
        raise TimeoutError("the first block did not arrive while write() had returned")
    writer(b"second;")
    return []


def empty(environ, start_response):
    start_response("202 Accepted", [TEXT, ("X-Empty", "yes")])
    return Counted(parameters(environ)["id"], [])


def empty_blocks(environ, start_response):
    start_response("200 OK", [TEXT])
    return [b"", b"", b"after ", b"", b"empty", b""]


def one_length(environ, start_response):
    start_response("200 OK", [TEXT, ("Content-Length", "10")])
    return [b"01234", b"56789"]


def own_iterator(environ, start_response):
    """The first block of one is the last one, too: Content-Length says so."""
    given = parameters(environ)
    blocks = [b"block %d;" % n for n in range(int(given["blocks"]))]
    start_response("200 OK", [TEXT, ("Content-Length", str(8 * len(blocks)))])
    return OwnIterator(given["id"], blocks)


def length_short(environ, start_response):
    start_response("200 OK", [TEXT, ("Content-Length", "20")])
    return Counted(parameters(environ)["id"], [b"0123456789"])


def length_long(environ, start_response):
    start_response("200 OK", [TEXT, ("Content-Length", "5")])
    return [b"0123456789"]


def length_endless(environ, start_response):
    """More and more than Content-Length allows."""

    def blocks():
        while True:
            yield b"012"

    start_response("200 OK", [TEXT, ("Content-Length", "5")])
    return Counted(parameters(environ)["id"], blocks())


def text_block(environ, start_response):
    start_response("200 OK", [TEXT])
    return ["text, not bytes"]


def text_block_second(environ, start_response):
    start_response("200 OK", [TEXT])
    yield b"bytes"
    yield "text, not bytes"


def nothing(environ, start_response):
    start_response("200 OK", [TEXT])
    return None


def big(environ, start_response):
    size = int(parameters(environ)["size"])
    start_response("200 OK", [TEXT])
    return (pattern(min(65536, size - at), at) for at in range(0, size, 65536))


def stream(environ, start_response):
    """Each block waits until the test has seen the one before it, and opened the gate for it."""
    given = parameters(environ)
    id, count = given["id"], int(given["blocks"])

    def blocks():
        for n in range(count):
            if not LEDGER.wait(id, "open", n):
                raise TimeoutError("block %d did not arrive before block %d was asked for" % (n - 1, n))
            yield b"block %d;" % n

    start_response("200 OK", [TEXT])
    return Counted(id, blocks())


def endless(environ, start_response):
    def blocks():
        while True:
            yield pattern(65536, 0)

    start_response("200 OK", [TEXT])
    return Counted(parameters(environ)["id"], blocks())


def write_endless(environ, start_response):
    """As much as the client takes, by write(); what ends it is told to the test."""
    id = parameters(environ)["id"]
    writer = start_response("200 OK", [TEXT])
    try:
        while True:
            writer(pattern(65536, 0))
    finally:
        LEDGER.add(id, "closed")


def meet(environ, start_response):
    """Two requests that wait for each other."""
    id = parameters(environ)["id"]
    LEDGER.add(id, "here")
    met = LEDGER.wait(id, "here", 2)
    start_response("200 OK", [TEXT])
    return [b"met" if met else b"alone"]


def read_after_head(environ, start_response):
    """Sends the head before it reads: too late for 100 Continue."""
    writer = start_response("200 OK", [TEXT])
    writer(b"head;")
    return [environ["wsgi.input"].read(1000000)]


def counted(environ, start_response):
    """A body whose close() is counted, and which ends in one of several ways."""
    given = parameters(environ)
    id, how = given["id"], given["how"]

    def blocks():
        if how == "fails-first":
            raise ValueError("before the first block")
        yield b"first "
        if how == "fails-later":
            raise ValueError("after the first block")
        if how == "exits-later":
            raise SystemExit(3)
        yield b"last"

    if how != "no-head":
        start_response("200 OK", [TEXT])
    return Counted(id, blocks())


def close_fails(environ, start_response):
    class Body(list):
        def close(self):
            raise ValueError("close() failed on purpose")

    start_response("200 OK", [TEXT, ("Content-Length", "5")])
    return Body([b"whole"])


# ---------------------------------------------------------------- files


def pattern(size, start):
    """Bytes that tell where they come from: 251 is prime, so no block boundary repeats."""
    at = start % 251
    return (PATTERN * ((at + size) // 251 + 1))[at : at + size]


PATTERN = bytes(range(251))


class CountedFile(io.BufferedReader):
    """A real file, which is deleted and counted when it is closed."""

    def __init__(self, id, size):
        descriptor, self.path = tempfile.mkstemp()
        self.id = id
        with open(descriptor, "wb") as out:
            for at in range(0, size, 65536):
                out.write(pattern(min(65536, size - at), at))
        super().__init__(io.FileIO(self.path))

    def close(self):
        if not self.closed:
            LEDGER.add(self.id, "closed")
            os.unlink(self.path)
        super().close()


class CountedBytes(io.BytesIO):
    def __init__(self, id, content):
        super().__init__(content)
        self.id = id

    def close(self):
        if not self.closed:
            LEDGER.add(self.id, "closed")
        super().close()


class ReadOnlyObject:
    """The least that PEP 3333 asks of a file-like object, and the close() that it may have."""

    def __init__(self, id, content):
        self.stream = io.BytesIO(content)
        self.id = id

    def read(self, size):
        return self.stream.read(size)

    def close(self):
        LEDGER.add(self.id, "closed")


def file(environ, start_response):
    given = parameters(environ)
    id, kind = given["id"], given["kind"]
    size = int(given.get("size", "1000"))
    headers = [TEXT]
    if "length" in given:
        headers.append(("Content-Length", given["length"]))
    if kind == "bytes":
        stream = CountedBytes(id, pattern(size, 0))
    elif kind == "object":
        stream = ReadOnlyObject(id, pattern(size, 0))
    else:
        stream = CountedFile(id, size)
    stream.read(int(given.get("skip", "0")))
    writer = start_response("200 OK", headers)
    if "write" in given:
        writer(given["write"].encode("ascii"))
    return environ["wsgi.file_wrapper"](stream, 8192)


def file_by_path(environ, start_response):
    """Java's names a path; here the file is opened by its name, as everywhere in Python."""
    given = parameters(environ)
    length = given.get("length", given["size"])
    start_response("200 OK", [TEXT, ("Content-Length", length)])
    return environ["wsgi.file_wrapper"](CountedFile(given["id"], int(given["size"])), 8192)


# ---------------------------------------------------------------- failures


def secret(environ):
    return ValueError("secret %s of the application" % parameters(environ)["id"])


def fail(environ, start_response):
    raise secret(environ)


def fail_started(environ, start_response):
    start_response("200 OK", [TEXT])
    raise secret(environ)


def fail_mid(environ, start_response):
    start_response("200 OK", [TEXT])
    yield b"first"
    raise secret(environ)


def fail_mid_length(environ, start_response):
    start_response("200 OK", [TEXT, ("Content-Length", "100")])
    yield b"first"
    raise secret(environ)


def fail_written(environ, start_response):
    start_response("200 OK", [TEXT])(b"first")
    raise secret(environ)


def fatal(environ, start_response):
    """What would end a process elsewhere."""
    kind = parameters(environ)["kind"]
    if kind == "exit":
        raise SystemExit(3)
    if kind == "sys.exit":
        sys.exit("the application has had enough")
    if kind == "interrupt":
        raise KeyboardInterrupt()
    if kind == "recursion":
        return fatal(environ, start_response)
    raise KeyError(kind)


# ---------------------------------------------------------------- the test's questions


def open_gate(environ, start_response):
    LEDGER.add(parameters(environ)["id"], "open")
    start_response("200 OK", [TEXT])
    return [b"open"]


def closed(environ, start_response):
    """How often it was closed, as soon as it was at all; how many blocks were asked for, and how often they began."""
    id = parameters(environ)["id"]
    LEDGER.wait(id, "closed", 1)
    start_response("200 OK", [TEXT])
    return [
        b"closed %d, iterator %d, blocks %d, begun %d"
        % (
            LEDGER.count(id, "closed"),
            LEDGER.count(id, "iterator-closed"),
            LEDGER.count(id, "block"),
            LEDGER.count(id, "begun"),
        )
    ]


FIXTURES = {
    "": environ_echo,
    "bad-head": bad_head,
    "big": big,
    "close-fails": close_fails,
    "closed": closed,
    "counted": counted,
    "empty": empty,
    "empty-blocks": empty_blocks,
    "endless": endless,
    "environ": environ_echo,
    "errors": errors,
    "exc-info-after": exc_info_after,
    "exc-info-after-empty": exc_info_after_empty,
    "exc-info-before": exc_info_before,
    "fail": fail,
    "fail-mid": fail_mid,
    "fail-mid-length": fail_mid_length,
    "fail-started": fail_started,
    "fail-written": fail_written,
    "fatal": fatal,
    "file": file,
    "file-by-path": file_by_path,
    "headers": headers_out,
    "hello": hello,
    "input": input_by,
    "late": late,
    "length": one_length,
    "length-endless": length_endless,
    "length-long": length_long,
    "length-short": length_short,
    "meet": meet,
    "mutate": mutate,
    "no-start": no_start,
    "no-start-empty": no_start_empty,
    "nothing": nothing,
    "open": open_gate,
    "own-iterator": own_iterator,
    "prints": prints,
    "read-after-head": read_after_head,
    "session": session,
    "status": status,
    "stream": stream,
    "text-block": text_block,
    "text-block-second": text_block_second,
    "twice": twice,
    "upload": upload,
    "write": write,
    "write-endless": write_endless,
    "write-gated": write_gated,
    "write-only": write_only,
}


def fixture(environ):
    """Empty for the path of the application itself."""
    return environ["PATH_INFO"].partition("/")[2].partition("/")[0]


def application(environ, start_response):
    return FIXTURES[fixture(environ)](environ, start_response)


# ---------------------------------------------------------------- wsgiref's validator

# These break a rule on purpose.
UNLAWFUL = {
    "bad-head",
    "no-start",
    "no-start-empty",
    "nothing",
    "text-block",
    "text-block-second",
    "twice",
}

warnings.simplefilter("error", WSGIWarning)

VALIDATED = {name: validator(FIXTURES[name]) for name in FIXTURES}


def lawful(environ):
    """The validator is stricter than PEP 3333 on methods, and on read() without a size."""
    return (
        fixture(environ) not in UNLAWFUL
        and environ["QUERY_STRING"] != "by=read"
        and environ["REQUEST_METHOD"] != "PROPFIND"
    )


def validated(environ, start_response):
    applications = VALIDATED if lawful(environ) else FIXTURES
    return applications[fixture(environ)](environ, start_response)
