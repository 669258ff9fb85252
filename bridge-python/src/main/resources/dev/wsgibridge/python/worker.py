"""Worker processes: forks them, and is what runs in each. Started by Prefork.java as

    python3 worker.py SOCKET NUMBER

where SOCKET is a Unix domain socket at which the bridge listens, and NUMBER is this process's, to be said back. The first process forks the workers when it is told
to, and says how each has ended; it has one thread, so that a fork is safe. A worker loads the application and serves
on one connection for each of its threads. None of them outlives the bridge.

Each connection begins with HELLO. What goes over it are frames:

    +------+-------------+----------+
    | type | length      | contents |
    | u8   | u32         |          |
    +------+-------------+----------+

Wire.java has the same types and limits, and says what is in each.
"""

import fcntl
import faulthandler
import os
import random
import select
import signal
import socket
import struct
import sys
import threading
import time
import types

# Roles, in HELLO.
MASTER, LIFELINE, CONTROL, OUTPUT, THREAD = range(5)

HELLO = 0
# From the bridge to the master.
SETUP, FORK, SIGNAL = 1, 2, 3
# From the master and the workers to the bridge.
LOADED, FAILED, LOG, LEAVING, CHANGED, EXITED = 16, 17, 18, 19, 20, 21
# From the bridge to a thread of a worker.
CALL, DATA, NO_DATA, GONE, CLOSE = 32, 33, 34, 35, 36
# From the thread to the bridge.
ANSWER, BLOCK, READ, ERRORS, FINISHED = 48, 49, 50, 51, 52

# Answer.Kind STREAM, which only goes over the wire.
STREAM = 5

# What a frame may hold, in bytes; blocks and texts that are longer go in several.
MAX_FRAME = 1 << 20
MAX_BLOCK = 1 << 16
MAX_TEXT = 1 << 16

_FRAME = struct.Struct("!BI")
_HELLO = struct.Struct("!BIIQ")
_CALL = struct.Struct("!II")
_ANSWER = struct.Struct("!BIBi")
_BLOCK = struct.Struct("!BIi")
_HEAD = struct.Struct("!i")
_NUMBER = struct.Struct("!I")
_LOG = struct.Struct("!IH")
_EXITED = struct.Struct("!IIi")

# How often the files of the application are looked at, in seconds.
WATCH_PERIOD = 0.5


class Connection:
    """A connection to the bridge: frames in both directions."""

    __slots__ = ("socket", "rest", "lock", "poll", "gone", "input")

    def __init__(self, path, role, worker):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        self.rest = b""
        self.lock = threading.Lock()
        self.poll = None
        self.gone = self.input = None
        self.send(HELLO, _HELLO.pack(role, worker, os.getpid(), threading.get_ident()))

    def send(self, kind, contents=b""):
        self.socket.sendall(_FRAME.pack(kind, len(contents)) + contents)

    def receive(self):
        """The next frame: its type and its contents. Raises EOFError when the bridge has closed."""
        data = self.rest
        while len(data) < 5:
            data += self.receive_some()
        kind, length = _FRAME.unpack_from(data)
        if length > MAX_FRAME:
            raise ConnectionError(f"found a frame of {length} bytes, expected {MAX_FRAME} at most")
        end = 5 + length
        if len(data) < end:
            parts = bytearray(data)
            while len(parts) < end:
                parts += self.receive_some()
            data = bytes(parts)
        self.rest = data[end:]
        return kind, data[5:end]

    def receive_some(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError
        return data

    def pending(self):
        """Whether there is something to receive."""
        if self.rest:
            return True
        if self.poll is None:
            self.poll = select.poll()
            self.poll.register(self.socket, select.POLLIN)
        return bool(self.poll.poll(0))

    def log(self, logger, level, text):
        name = logger.encode("utf-8")[:255]
        with self.lock:
            for piece in _pieces(text):
                self.send(LOG, _LOG.pack(level, len(name)) + name + piece)


def _pieces(text):
    data = text.encode("utf-8")
    if len(data) <= MAX_TEXT:
        return (data,)
    return [data[start : start + MAX_TEXT] for start in range(0, len(data), MAX_TEXT)]


# --- The functions that wsgi_host.py calls: see Carrier.java ----------------------------------------------------------


def java_send(call, head, block):
    if call.gone is None and call.pending():
        _kind, contents = call.receive()
        call.gone = contents.decode("utf-8")
    if call.gone is not None:
        return call.gone
    if len(block) > MAX_BLOCK:
        view = memoryview(block)
        for start in range(0, len(block), MAX_BLOCK):
            send_block(call, head, view[start : start + MAX_BLOCK])
            head = None
    else:
        send_block(call, head, block)
    return None


def send_block(call, head, block):
    if head is None:
        call.socket.sendall(b"".join((_BLOCK.pack(BLOCK, 4 + len(block), -1), block)))
    else:
        check_head(head)
        call.socket.sendall(b"".join((_BLOCK.pack(BLOCK, 4 + len(head) + len(block), len(head)), head, block)))


def check_head(head):
    if len(head) > MAX_FRAME // 2:
        raise ValueError(
            f"start_response: found a status and headers of {len(head)} bytes, expected {MAX_FRAME // 2} at most"
        )


def java_read(call, size):
    if call.input is not None:  # it came with the call
        block, call.input = call.input[:size], call.input[size:]
        return block
    if call.gone is not None:
        return call.gone
    call.send(READ, _NUMBER.pack(size))
    kind, contents = call.receive()
    if kind == DATA:
        return contents
    text = contents.decode("utf-8")
    if kind == GONE:  # the answer to READ follows
        call.gone = text
        call.receive()
    return text


def java_errors(call, text):
    for piece in _pieces(text):
        call.send(ERRORS, piece)


def java_objects(call):
    return None


def java_log(logger, level, text):
    _control.log(logger, level, text)


# --- A thread of a worker ---------------------------------------------------------------------------------------------


def serve(connection):
    """Serves until the bridge closes the connection."""
    try:
        while True:
            kind, contents = connection.receive()
            if kind == CALL:
                serve_one(connection, contents)
    except (EOFError, ConnectionError):
        pass
    finally:
        connection.socket.close()


def serve_one(connection, contents):
    flags, length = _CALL.unpack_from(contents)
    begin = _CALL.size
    connection.gone = None
    connection.input = contents[begin : begin + length] if length else None
    kind, head, payload = _host.serve(connection, 0, flags, contents[begin + length :].decode("utf-8"))
    if head is not None:
        try:
            check_head(head)
        except ValueError as error:
            kind, head, payload = _host.FAILED, None, str(error).encode()
    if kind == _host.DONE and len(payload) <= MAX_BLOCK:
        send_answer(connection, kind, head, payload)
        return
    if kind == _host.FILE:
        send_answer(connection, kind, head, payload)
        while connection.receive()[0] != CLOSE:
            pass
        failed, _, story = _host.close(connection, int(payload.partition(b"\n")[0]), 0, "")
        connection.send(FINISHED, story[:MAX_TEXT] if failed == _host.FAILED else b"")
        return
    if kind == _host.FAILED or kind == _host.INPUT_FAILED:
        send_answer(connection, kind, head, payload[:MAX_TEXT])
        return
    if len(payload) <= MAX_BLOCK:
        send_answer(connection, kind, head, payload)
    else:
        send_answer(connection, STREAM, head, b"%d" % len(payload))
        connection.socket.sendall(payload)
    if kind == _host.UNFINISHED:
        _host.finish(connection, 0, 0, "")
    connection.send(FINISHED)


def send_answer(connection, kind, head, payload):
    if head is None:
        connection.socket.sendall(_ANSWER.pack(ANSWER, 5 + len(payload), kind, -1) + payload)
    else:
        connection.socket.sendall(
            b"".join((_ANSWER.pack(ANSWER, 5 + len(head) + len(payload), kind, len(head)), head, payload))
        )


# --- A worker ---------------------------------------------------------------------------------------------------------


def run_worker(path, number, setup, preloaded):
    """What a worker does, from the fork to its end."""
    global _control
    lifeline = Connection(path, LIFELINE, number)
    hold_on_to(lifeline.socket)
    redirect_output(path, number)
    # SIGQUIT, as in the JVM: where each thread stands, even one that does not come back from C.
    faulthandler.enable(2)
    faulthandler.register(signal.SIGQUIT, 2, all_threads=True, chain=False)
    _control = control = Connection(path, CONTROL, number)
    signal.signal(signal.SIGTERM, lambda *_: leave(control))
    answer = preloaded or load(setup)
    if answer is None:
        return
    if setup.watch:
        threading.Thread(target=watch, args=(control, setup.seen), name="watch", daemon=True).start()
    others = []
    for count in range(1, setup.threads):
        thread = threading.Thread(target=serve_thread, args=(path, number), name=f"wsgi-{count + 1}", daemon=True)
        thread.start()
        others.append(thread)
    with control.lock:
        control.send(LOADED, answer)
    serve_thread(path, number)
    for thread in others:
        thread.join()
    _host.exit(None, 0, 0, "")


def serve_thread(path, number):
    serve(Connection(path, THREAD, number))


def leave(control):
    # A signal comes at any time: the lock may be this very thread's.
    if control.lock.acquire(timeout=1):
        try:
            control.send(LEAVING)
        finally:
            control.lock.release()


def hold_on_to(connection):
    """Lets the end of the bridge end this process, whatever it does: nothing is ever sent on this connection."""
    if sys.platform == "linux":
        # The kernel's SIGIO, whose default is to end the process: it needs no thread, and no GIL.
        signal.signal(signal.SIGIO, signal.SIG_DFL)
        fcntl.fcntl(connection, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(connection, fcntl.F_SETFL, fcntl.fcntl(connection, fcntl.F_GETFL) | os.O_ASYNC)
        # What has ended before this was said has sent no signal.
        poll = select.poll()
        poll.register(connection, select.POLLIN)
        if poll.poll(0):
            os._exit(1)
    else:
        threading.Thread(target=lambda: (connection.recv(1), os._exit(1)), name="lifeline", daemon=True).start()


def redirect_output(path, number):
    """What this process and its children write to their standard output and error goes to the bridge's log."""
    output = Connection(path, OUTPUT, number).socket
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    output.close()


def load(setup):
    """Loads the application: what was answered. Where it can't, the bridge is told why."""
    kind, head, payload = _host.load(None, 0, 0, setup.load)
    if kind == _host.DONE:
        if setup.watched:
            setup.seen = dict(stamps())  # what changes from now on, even before anyone watches
        return payload
    with _control.lock:
        _control.send(FAILED, (b"1" if head is not None else b"0") + payload[:MAX_TEXT])
    return None


def stamps():
    """When the files of modules were changed last: (path, time) of each."""
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if isinstance(path, str):
            try:
                yield path, os.stat(path).st_mtime_ns
            except OSError:
                pass


def watch(control, seen):
    """Tells when a file of a module has changed, since it was seen."""
    while True:
        for path, stamp in stamps():
            if seen.setdefault(path, stamp) != stamp:
                seen[path] = stamp
                with control.lock:
                    control.send(CHANGED, os.fsencode(path)[:MAX_TEXT])
        time.sleep(WATCH_PERIOD)


# --- The master -------------------------------------------------------------------------------------------------------


def run_master(path, number):
    """Forks workers as it is told to, until the bridge closes the connection or ends."""
    global _control
    os.setsid()  # what the terminal sends to the bridge, such as Ctrl-C, is the bridge's to judge
    _control = control = Connection(path, MASTER, number)
    redirect_output(path, number)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    load_host()
    _kind, contents = control.receive()
    threads, watched, preload, text = contents.decode("utf-8").split("\n", 3)
    setup = types.SimpleNamespace(threads=int(threads), watched=watched == "1", load=text, watch=False)
    preloaded = None
    if preload == "1":
        preloaded = load(setup)
        if preloaded is None:
            return
        with control.lock:
            control.send(LOADED)
    wakeup, end = os.pipe()
    os.set_blocking(wakeup, False)
    os.set_blocking(end, False)
    signal.set_wakeup_fd(end, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    workers = {}
    try:
        while True:
            if not control.rest:
                select.select((control.socket, wakeup), (), ())
            drain(wakeup)
            reap(workers, control)
            while control.pending():
                kind, contents = control.receive()
                if kind == FORK:
                    setup.watch = contents[4:5] == b"1" and setup.watched
                    path = os.fsdecode(contents[5:])  # it may have been made anew
                    fork(path, *_NUMBER.unpack(contents[:4]), setup, preloaded, workers, (wakeup, end))
                elif kind == SIGNAL:
                    pid, number = struct.unpack("!II", contents)
                    send_signal(pid, number)
    except (EOFError, ConnectionError):
        pass
    finally:
        for pid in workers:
            send_signal(pid, signal.SIGKILL)
        clean_up(path)


def clean_up(path):
    """Removes the bridge's folder where the bridge could not do so itself."""
    folder = os.path.dirname(path)
    try:
        try:
            socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).connect(path)
        except ConnectionRefusedError:
            for name in os.listdir(folder):
                os.unlink(os.path.join(folder, name))
            os.rmdir(folder)
    except OSError:
        pass  # another one is at it


def fork(path, number, setup, preloaded, workers, descriptors):
    control = _control
    try:
        pid = os.fork()
    except OSError as error:
        java_log("python", 40, f"can't fork a worker: {error}")
        control.send(EXITED, _EXITED.pack(number, 0, 1))
        return
    if pid:
        workers[pid] = number
        return
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for descriptor in descriptors:
            os.close(descriptor)
        control.socket.close()
        random.seed()
        run_worker(path, number, setup, preloaded)
        status = 0
    except (EOFError, ConnectionError):
        pass  # the bridge is gone
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        # Not sys.exit(): above is the master's stack.
        os._exit(status)


def reap(workers, control):
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        number = workers.pop(pid, None)
        if number is not None:
            ended = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
            control.send(EXITED, _EXITED.pack(number, pid, ended))


def drain(descriptor):
    try:
        while os.read(descriptor, 4096):
            pass
    except BlockingIOError:
        pass


def send_signal(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def load_host():
    """wsgi_host.py, which lies beside this file, with the functions that a carrier gives it."""
    global _host
    path = os.path.join(_FOLDER, "wsgi_host.py")
    _host = types.ModuleType("wsgi_host")
    _host.__file__ = path
    _host.SAME_PROCESS = False
    for function in (java_send, java_read, java_errors, java_objects, java_log):
        setattr(_host, function.__name__, function)
    sys.modules["wsgi_host"] = _host
    with open(path, encoding="utf-8") as source:
        exec(compile(source.read(), path, "exec"), _host.__dict__)


_FOLDER = os.path.dirname(os.path.abspath(__file__))
_host = _control = None

if __name__ == "__main__":
    _socket, _number = sys.argv[1:]
    del sys.argv[1:]
    # Modules are the application's: this file's folder has none of them.
    if sys.path and os.path.abspath(sys.path[0] or ".") == _FOLDER:
        del sys.path[0]
    run_master(_socket, int(_number))
