"""What worker.py reads from the bridge, fuzzed: python3 fuzz_worker.py WORKER.PY RUNS [SEED].

Frames as the bridge sends them are changed at random and come in random pieces. Whatever comes, a thread of a worker
ends by its own refusal, and what it has sent by then are frames of the request that it served. Each input is made of
its number and the seed; a finding tells both.
"""

import importlib.util
import random
import struct
import sys
import threading
import time
import types

FRAME = struct.Struct("!BII")
REQUESTS = 1, 7, 0xFFFFFFFF
DONE, UNFINISHED, FILE, FAILED, INPUT_FAILED, STREAM = range(6)
ENVIRON = "REQUEST_METHOD\u0100GET".encode()


class Finding(Exception):
    pass


class Peer:
    """A socket at whose other end is what a run sends."""

    def __init__(self, data, pick):
        self.data = data
        self.at = 0
        self.pick = pick
        self.sent = bytearray()
        self.closed = False

    def recv(self, size):
        end = self.at + self.pick.choice((1, 3, 20, size))
        piece = self.data[self.at : end]
        self.at = end
        return piece

    def sendall(self, data):
        if self.closed:
            raise BrokenPipeError("closed")
        self.sent += data

    def poll(self, _timeout):
        return self.at < len(self.data)

    def shutdown(self, _how):
        self.data = self.data[: self.at]
        self.closed = True

    def close(self):
        self.closed = True


class Host:
    """wsgi_host.py's part: an application that asks for its input, and answers, at random."""

    FILE, DONE, UNFINISHED, FAILED, INPUT_FAILED = FILE, DONE, UNFINISHED, FAILED, INPUT_FAILED

    def __init__(self, worker):
        self.worker = worker
        self.pick = None
        self.open = False

    def serve(self, request, _number, _flags, environ):
        if not isinstance(environ, str):
            raise Finding("an environ that is no text")
        for _ in range(self.pick.randrange(4)):
            self.use(request, self.pick.randrange(3))
        return self.answer(self.pick.choice((DONE, UNFINISHED, FILE, FAILED, INPUT_FAILED)))

    def use(self, request, what):
        if what == 0:
            size = self.pick.choice((1, 10, 70000))
            found = self.worker.java_read(request, size)
            if isinstance(found, bytes) and request.input is not None and len(found) > size:
                raise Finding("more bytes than were asked for")
        elif what == 1:
            found = self.worker.java_send(request, self.pick.choice((None, b"200 OK")), b"x" * self.pick.choice((1, 70000)))
            if not (found is None or isinstance(found, str)):
                raise Finding(f"java_send returned {found!r}")
        else:
            self.worker.java_errors(request, "complaint")

    def answer(self, kind):
        if kind == FILE:
            return kind, b"200 OK", b"3\n0\n/a"
        return kind, b"200 OK", b"x" * self.pick.choice((0, 5, 70000))

    def blocks(self, request, _number, _position, _path):
        self.use(request, 1)
        return self.answer(DONE)

    def finish(self, request, *_):
        self.use(request, self.pick.randrange(3))
        return DONE, None, b""

    def close(self, *_):
        return self.pick.choice((DONE, FAILED)), None, b"story"


def frame(kind, contents=b"", request=1):
    return FRAME.pack(kind, len(contents), request) + contents


def call(worker, request, body=b""):
    return frame(worker.CALL, struct.pack("!II", 5, len(body)) + body + ENVIRON, request)


def lawful(worker, pick):
    """What a bridge might send: a few requests, each with what it asks for."""
    data = b""
    for request in pick.sample(REQUESTS, pick.randrange(1, 3)):
        data += call(worker, request, pick.choice((b"", b"body")))
        for _ in range(pick.randrange(4)):
            kind = pick.choice((worker.DATA, worker.NO_DATA, worker.GONE, worker.CLOSE, worker.BLOCKS))
            data += frame(kind, pick.choice((b"", b"why", b"caf\xc3\xa9", b"\xff")), request)
    return data


def changed(data, pick):
    for _ in range(pick.randrange(4)):
        at = pick.randrange(len(data) + 1)
        what = pick.randrange(5)
        if what == 0:
            data = data[:at]
        elif what == 1:
            data = data[:at] + pick.randbytes(pick.randrange(8)) + data[at:]
        elif what == 2:
            data = data[:at] + pick.choice((b"\0", b"\xff")) + data[at + 1 :]
        elif what == 3:
            data = data[:at] + data[at + pick.randrange(16) :]
        else:
            data += data[at:]
    return data


def connection(worker, peer):
    made = worker.Connection.__new__(worker.Connection)
    made.socket = made.poll = peer
    made.rest = b""
    made.lock = threading.Lock()
    return made


def check_received(worker, data, pick):
    """Frames come as they were sent, however they are cut; the first that is unlawful is refused."""
    found = connection(worker, Peer(data, pick))
    at = 0
    while True:
        whole = None
        if len(data) - at >= FRAME.size:
            kind, length, request = FRAME.unpack_from(data, at)
            end = at + FRAME.size + length
            if length > worker.MAX_FRAME:
                whole = ConnectionError
            elif end <= len(data):
                whole = kind, request, data[at + FRAME.size : end]
        try:
            received = found.receive()
        except (EOFError, ConnectionError) as refused:
            if type(refused) is not (whole or EOFError):
                raise Finding(f"{refused!r} at byte {at}, expected {whole}") from refused
            return
        if received != whole:
            raise Finding(f"{received} at byte {at}, expected {whole}")
        at = end


def check_sent(worker, sent):
    """Whole frames of a thread's, each with a lawful length."""
    at = 0
    while at < len(sent):
        if len(sent) - at < FRAME.size:
            raise Finding("a part of a frame was sent")
        kind, length, request = FRAME.unpack_from(sent, at)
        contents = sent[at + FRAME.size : at + FRAME.size + length]
        if kind not in (worker.ANSWER, worker.BLOCK, worker.READ, worker.ERRORS, worker.FINISHED):
            raise Finding(f"a frame of type {kind} was sent")
        if length > worker.MAX_FRAME or len(contents) != length:
            raise Finding(f"a frame of {length} bytes was sent")
        at += FRAME.size + length
        if kind == worker.ANSWER and contents[0] == STREAM:
            head = struct.unpack_from("!i", contents, 1)[0]
            at += int(contents[5 + max(head, 0) :])


def run(worker, host, data, pick):
    check_received(worker, data, pick)
    host.pick = pick
    peer = Peer(data, pick)
    worker.serve(connection(worker, peer))
    if not peer.closed:
        raise Finding("the connection is left open")
    check_sent(worker, bytes(peer.sent))


def main(path, runs, seed="0"):
    spec = importlib.util.spec_from_file_location("worker", path)
    worker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(worker)
    worker._host = host = Host(worker)
    worker._control = types.SimpleNamespace(log=lambda *_: True)
    began = time.monotonic()
    for number in range(int(runs)):
        pick = random.Random(f"{seed} {number}")
        data = lawful(worker, pick)
        data = changed(data, pick)
        try:
            run(worker, host, data, pick)
        except Exception:
            print(f"input {number} of seed {seed}: {data!r}", flush=True)
            raise
    print(f"{runs} runs, {int(int(runs) / max(time.monotonic() - began, 1e-3))} a second")


if __name__ == "__main__":
    main(*sys.argv[1:])
