"""One request, and whether its answer is right; many of them, by wrk."""
import contextlib
import dataclasses
import http.client
import json
import socket
import subprocess
import time
from collections.abc import Callable

from .machine import NotMeasured
from .measuring import Row, Subject, until_steady

WRK = {"/usr/bin/wrk": "wrk"}
FEW = 0.01  # connections that may break in a load, as a part of its requests

# What wrk is to send, and how it tells what came of it.
SCRIPT = """
wrk.method = "{method}"
{headers}
{body}
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('\\n{{"requests": %d, "us": %d, "p50": %d, "p99": %d, "p999": %d, "status": %d, "socket": %d}}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency:percentile(99.9),
    e.status, e.connect + e.read + e.write + e.timeout))
end
"""


@dataclasses.dataclass(frozen=True)
class Request:
    """What is asked, and what the answer has to be."""

    path: str
    right: Callable[[bytes], bool]
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: int = 0  # bytes to send

    def at(self, path):
        return dataclasses.replace(self, path=path)


def answers(text):
    """Of a body that has to be these bytes."""
    return lambda body: body == text


def ask(port, request, timeout=60):
    """Status and body of one answer."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)) as connection:
        connection.request(request.method, request.path, b"x" * request.body or None, dict(request.headers))
        response = connection.getresponse()
        return response.status, response.read()


def await_answer(server, port, request, seconds=60):
    """Waits until the server answers, and looks whether it does so rightly. 502 and 503 are for what still starts."""
    deadline = time.monotonic() + seconds
    while True:
        server.check()
        try:
            status, body = ask(port, request, seconds)
        except (OSError, http.client.HTTPException) as failure:
            status, body = 503, repr(failure).encode()
        if status == 200 and request.right(body):
            return
        if status not in (502, 503) or time.monotonic() > deadline:
            raise NotMeasured(f"asked for {request.path} it answers {status}: {body[:80]!r}")
        time.sleep(0.01)


def await_port(server, port):
    """Waits until something listens there."""
    while True:
        server.check()
        with socket.socket() as connection:
            if not connection.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.01)


def await_end(port, request):
    """Raises NotMeasured unless the server ends a connection when it is asked to."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(f"GET {request.path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        connection.settimeout(2)
        try:
            while connection.recv(65536):
                pass
        except TimeoutError:
            raise NotMeasured("it goes on with a connection that it was asked to close") from None


@dataclasses.dataclass(frozen=True)
class Load:
    """Requests to one server, on so many connections: a subject of a row. `id`, `name` and `ours` are the subject's."""

    bench: object
    id: str
    name: str
    server: object
    port: int
    request: Request
    ours: bool = False
    connections: int = 16
    keep_alive: bool = True
    warming: tuple[int, int, int] = (1, 3, 6)  # what warms it up: loads of so many seconds, at the least, at the most

    def script(self):
        headers = self.request.headers + (() if self.keep_alive else (("Connection", "close"),))
        return self.bench.file("load.lua", SCRIPT.format(
            method=self.request.method,
            headers="\n".join(f'wrk.headers["{name}"] = "{value}"' for name, value in headers),
            body=f'wrk.body = string.rep("x", {self.request.body})' if self.request.body else ""))

    def run(self, seconds=None, few=FEW):
        """The figures of one load, in which no more than a few connections may break."""
        before = self.server.cpu()
        wrk = subprocess.run(
            ["wrk", "-t1", f"-c{self.connections}", f"-d{seconds or self.bench.seconds}", "-s", self.script(),
             f"http://127.0.0.1:{self.port}{self.request.path}"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
        used = self.server.cpu_since(before)
        try:
            result = json.loads(wrk.stdout.rstrip().split("\n")[-1])
        except ValueError:
            raise NotMeasured(f"wrk: {wrk.stderr or wrk.stdout}") from None
        requests = result["requests"]
        if not requests:
            raise NotMeasured("under load it answers nothing")
        if result["status"]:
            raise NotMeasured(f"under load {result['status']} of {requests} answers are errors")
        if result["socket"] > few * requests:
            raise NotMeasured(f"under load {result['socket']} connections break, for {requests} answers")
        return {
            "rate": requests / result["us"] * 1e6, "cpu_us": used / 1000 / requests,
            "p50_us": result["p50"], "p99_us": result["p99"], "p999_us": result["p999"],
            "errors": result["socket"], **self.server.memory()}

    def warm(self):
        """Until its CPU time a request is steady, and so its rate as far as the machine lets it.

        What is cold may be so slow that wrk gives connections up.
        """
        seconds, least, most = self.warming
        if not self.bench.quick:
            until_steady(lambda: self.run(seconds, few=1)["cpu_us"], least, most)
        elif least:
            self.run(seconds, few=1)

    def check(self):
        if not self.keep_alive:
            await_end(self.port, self.request)

    def subject(self):
        """Looks once whether the answer is right; then as often as a row wants it."""
        def warm():
            await_answer(self.server, self.port, self.request)
            self.warm()

        return Subject(self.id, self.name, self.ours, self.run, warm)


def row(bench, id, title, loads):
    """One request, on 16 connections that are kept."""
    return Row(id, title, [load.subject() for load in loads], connections=16, keep_alive=True)


def sweep(bench, id, title, loads):
    """The same request after row(), hence warm: on fewer and on more connections, kept and not."""
    kept, closed = ((64,), ()) if bench.quick else ((1, 64, 512), (16, 512))
    for keep_alive, numbers in (True, kept), (False, closed):
        for connections in numbers:
            changed = [dataclasses.replace(load, connections=connections, keep_alive=keep_alive) for load in loads]
            many = f"{connections} connection{'s' * (connections > 1)}"
            yield Row(
                f"{id}-{connections}{'' if keep_alive else '-close'}",
                f"{title}, {many}" if keep_alive else f"{title}, {many}, one for each request",
                [Subject(load.id, load.name, load.ours, load.run, load.check) for load in changed],
                request=id, connections=connections, keep_alive=keep_alive, rounds=min(bench.rounds, 2))
