"""Scale: many open connections, many params and headers, large bodies. Cost must grow as the work does."""
import contextlib
import os
import re
import resource
import socket
import struct
import subprocess
import time

from . import servlets
from .load import Load, Request, answers, await_answer
from .machine import NotMeasured, free_port
from .measuring import Family, Row, Subject, until_steady

MB = 1 << 20
HELLO = Request("/", answers(b"Hello, World!\n"))
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
SPARE = 500  # files that a process has open besides its connections


# ---------------------------------------------------------------- clients, one request after the other


class Http:
    """A connection that is kept."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @staticmethod
    def request(size, block=b"x" * MB, headers=()):
        """What is to be sent: a list of blocks."""
        fields = "".join(f"{name}: {value}\r\n" for name, value in (*headers, ("Content-Length", size * MB)))
        return [f"POST / HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n".encode(), *[block] * size]

    def ask(self, blocks):
        """The answer's body."""
        for block in blocks:
            self.socket.sendall(block)
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.more(head)
        head, _, body = head.partition(b"\r\n\r\n")
        length = re.search(rb"^content-length: *(\d+)", head, re.I | re.M)
        if not head.startswith(b"HTTP/1.1 200 ") or not length:
            raise NotMeasured(f"it answers {head[:80]!r}")
        while len(body) < int(length[1]):
            body += self.more(body)
        return body

    def more(self, before):
        read = self.socket.recv(65536)
        if not read:
            raise NotMeasured(f"it ends the connection after {before[-80:]!r}")
        return read

    def close(self):
        self.socket.close()


class FastCgi:
    """FastCGI 1.0 on a Unix socket, by FCGI_KEEP_CONN on one connection."""

    BEGIN_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6
    CONTENT = 32768  # bytes in a record

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(str(path))

    @classmethod
    def record(cls, type, content=b""):
        return struct.pack(">BBHHBx", 1, type, 1, len(content), 0) + content

    @classmethod
    def stream(cls, type, content):
        """Its records, without the empty one that ends it."""
        return b"".join(cls.record(type, content[at:at + cls.CONTENT]) for at in range(0, len(content), cls.CONTENT))

    @classmethod
    def request(cls, size=0, params=()):
        def length(value):
            return bytes([len(value)]) if len(value) < 128 else struct.pack(">I", len(value) | 1 << 31)

        basic = (
            ("REQUEST_METHOD", "POST"), ("REQUEST_URI", "/"), ("SCRIPT_NAME", ""), ("QUERY_STRING", ""),
            ("SERVER_NAME", "localhost"), ("SERVER_PORT", "80"), ("SERVER_PROTOCOL", "HTTP/1.1"),
            ("CONTENT_LENGTH", str(size * MB)))
        pairs = b"".join(
            length(name) + length(value) + name.encode() + value.encode() for name, value in (*basic, *params))
        head = cls.record(cls.BEGIN_REQUEST, struct.pack(">HB5x", 1, 1)) + cls.stream(cls.PARAMS, pairs)
        return [
            head + cls.record(cls.PARAMS), *[cls.stream(cls.STDIN, b"x" * MB)] * size, cls.record(cls.STDIN)]

    def ask(self, blocks):
        for block in blocks:
            self.socket.sendall(block)
        data, out, at = b"", b"", 0
        while True:
            while len(data) - at >= 8:
                _, type, _, length, padding = struct.unpack_from(">BBHHB", data, at)
                if len(data) - at < 8 + length + padding:
                    break
                if type == self.STDOUT:
                    out += data[at + 8:at + 8 + length]
                at += 8 + length + padding
                if type == self.END_REQUEST:
                    head, _, body = out.partition(b"\r\n\r\n")
                    if b"Status: " in head and b"Status: 200" not in head:
                        raise NotMeasured(f"it answers {head[:80]!r}")
                    return body
            read = self.socket.recv(65536)
            if not read:
                raise NotMeasured(f"it ends the connection after {out[-80:]!r}")
            data += read

    def close(self):
        self.socket.close()


def repeated(bench, server, connect, blocks, right, unit=None):
    """One request after the other; `unit`: the name of a figure, and by how much of it CPU time is divided."""
    with contextlib.closing(connect()) as client:
        before, began, count = server.cpu(), time.monotonic(), 0
        while not count or time.monotonic() - began < bench.seconds:
            body = client.ask(blocks)
            count += 1
            if not right(body):
                raise NotMeasured(f"it answers {body[:80]!r}")
        seconds, used = time.monotonic() - began, server.cpu_since(before) / 1000
    figures = {"rate": count / seconds, "cpu_us": used / count}
    if unit and unit[1]:
        figures[unit[0]] = used / count / unit[1]
    return {**figures, **server.memory()}


def grown(bench, id, name, *load):
    """A subject of one request after the other, of ours."""
    def warm():
        if bench.quick:
            repeated(bench, *load)
        else:
            until_steady(lambda: repeated(bench, *load)["cpu_us"], 3, 8)

    return Subject(id, name, True, lambda: repeated(bench, *load), warm)


# ---------------------------------------------------------------- open connections


@contextlib.contextmanager
def open_connections(port, count):
    """So many, each of which has had an answer."""
    opened = []
    try:
        for _ in range(count):
            connection = socket.create_connection(("127.0.0.1", port), 60)
            opened.append(connection)
            connection.sendall(GET)
            if not connection.recv(4096).startswith(b"HTTP/1.1 200 "):
                raise NotMeasured(f"with {len(opened)} open connections it does not answer")
        yield
    except OSError as failure:
        raise NotMeasured(f"with {len(opened)} open connections: {failure}") from None
    finally:
        for connection in opened:
            connection.close()


def allow(count):
    """Raises the limit of open files, of children too, as far as it goes."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard != resource.RLIM_INFINITY and hard < count + SPARE:
        raise NotMeasured(f"a process may open {hard} files (ulimit -Hn), expected {count + SPARE}")


def under_load(bench, id, name, ours, server, port, count):
    """1 % of them, at least one, ask again and again."""
    active = max(1, count // 100)
    with open_connections(port, count - active):
        return Load(bench, id, name, server, port, HELLO, ours=ours, connections=active).run()


def collected(server):
    """Bytes in memory after a garbage collection: of the process, of the Java heap."""
    def jcmd(command):
        return subprocess.run(
            [f"{os.environ['JAVA_HOME']}/bin/jcmd", str(server.processes[0].pid), command], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=True).stdout

    jcmd("GC.run")
    used = re.findall(r"total \d+K, used (\d+)K", jcmd("GC.heap_info"))
    return server.memory()["rss_mb"] * MB, sum(map(int, used)) * 1024


def memory(bench, id, start, count):
    """By how much a fresh server has grown with so many open connections, for each."""
    with bench.stage():
        server, port = bench.server(f"memory-{id}"), free_port()
        start(server, port)
        await_answer(server, port, HELLO)
        Load(bench, id, id, server, port, HELLO, connections=100).run(1 if bench.quick else 3)
        rss, heap = collected(server)
        with open_connections(port, count):
            more_rss, more_heap = collected(server)
    return {"bytes_per_connection": (more_rss - rss) / count, "heap_bytes_per_connection": (more_heap - heap) / count}


# ---------------------------------------------------------------- all of it


def hellos(bench):
    """(id, name, whether ours, start(server, port))"""
    for checkout in bench.checkouts:
        yield f"java{checkout.suffix}", checkout.name("WSGI Bridge, Java"), True, (
            lambda server, port, checkout=checkout: server.start(
                checkout.run, "dev.wsgibridge.examples.Hello", "--bind", f"http://127.0.0.1:{port}"))


def connections(bench):
    title = "Open connections, 1 % of them active"
    counts = (10, 100, 1000) if bench.quick else (10, 100, 1000, 10000)
    with bench.stage():
        started = []
        for id, name, ours, start in hellos(bench):
            server, port = bench.server(f"scale-{id}"), free_port()
            start(server, port)
            await_answer(server, port, HELLO)
            Load(bench, id, name, server, port, HELLO).warm()
            started.append((id, name, ours, server, port))
        for count in counts:
            try:
                allow(count)
            except NotMeasured as reason:
                bench.leave_out(f"{title}: {count:,}", reason)
                continue
            yield Row(f"connections-{count}", title, [
                Subject(id, name, ours, lambda id=id, name=name, ours=ours, server=server, port=port:
                        under_load(bench, id, name, ours, server, port, count))
                for id, name, ours, server, port in started],
                request="connections", amount=count, amounts="open connections")
    for count in (1000,) if bench.quick else (1000, 10000):
        with contextlib.suppress(NotMeasured):  # as above
            allow(count)
            yield Row(f"memory-{count}", "Memory of open connections that wait", [
                Subject(id, name, ours, lambda id=id, start=start: memory(bench, id, start, count))
                for id, name, ours, start in hellos(bench)],
                request="memory", amount=count, amounts="open connections", rounds=min(bench.rounds, 3))


def work(bench):
    """Params, headers, bodies."""
    with bench.stage():
        places = []
        for checkout in bench.checkouts:
            server, port = bench.server(f"scale-count{checkout.suffix}"), free_port()
            path, classes = bench.work / f"count{checkout.suffix}.s", bench.work / f"count{checkout.suffix}.classes"
            server.prepare(
                f"{os.environ['JAVA_HOME']}/bin/javac", "-d", classes, "-cp", checkout.classpath(),
                servlets.JAVA / "Count.java")
            server.start(checkout.run, "--classpath", classes, "Count", "--bind", f"http://127.0.0.1:{port}", "--bind",
                         f"fcgi+unix://{path}")
            await_answer(server, port, Request("/", answers(b"0")))
            places.append((checkout, server, lambda port=port: Http(port), lambda path=path: FastCgi(path)))

        def ladder(request, title, amounts, unit, steps, subjects):
            for amount in steps:
                yield Row(f"{request}-{amount}", title, [
                    grown(bench, f"{id}{checkout.suffix}", checkout.name(name), server, connect, blocks,
                          answers(str(sent).encode()), (unit, amount))
                    for checkout, server, http, fastcgi in places
                    for id, name, connect, blocks, sent in subjects(http, fastcgi, amount)],
                    request=request, amount=amount, amounts=amounts)

        def fields(count, form):
            return [(form.format(number), f"value {number}") for number in range(count)]

        yield from ladder(
            "params", "FastCGI params", "params", "us_per_param", (10, 1000) if bench.quick else (10, 100, 1000, 5000),
            lambda http, fastcgi, count: [
                ("fcgi", "WSGI Bridge, FastCGI", fastcgi, FastCgi.request(params=fields(count, "HTTP_X_HEADER_{}")), 0)])
        # Heads of requests may have 16 KB.
        yield from ladder(
            "headers", "Headers by HTTP", "headers", "us_per_header", (500,) if bench.quick else (10, 100, 500),
            lambda http, fastcgi, count: [
                ("http", "WSGI Bridge, HTTP", http, Http.request(0, headers=fields(count, "X-Header-{}")), 0)])
        yield from ladder(
            "body", "Bodies that are read", "MB", "us_per_mb", (1, 10) if bench.quick else (0, 1, 10, 100),
            lambda http, fastcgi, size: [
                ("http", "WSGI Bridge, HTTP", http, Http.request(size), size * MB),
                ("fcgi", "WSGI Bridge, FastCGI", fastcgi, FastCgi.request(size), size * MB)])


def rows(bench):
    yield from connections(bench)
    yield from work(bench)


FAMILY = Family(
    "scale", "5. Scale",
    "Of the open connections, each of which has had an answer, 1 % ask again and again; the others wait. Memory is that of a "
    "fresh server: RSS with the connections less that without them, each after a full garbage collection (`jcmd PID GC.run`). "
    "Params, headers and bodies: one request after the other on one connection to a Java application that reads all of the "
    "environ and of the body; the cost of one more must not grow with their number.",
    rows)
