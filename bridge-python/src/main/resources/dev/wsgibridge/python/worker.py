"""Worker processes: forks them, and is what runs in each. Started by Prefork.java as

    python3 worker.py SOCKET NUMBER

where SOCKET is a Unix domain socket at which the bridge listens, and NUMBER is this process's, to be said back. The first process forks the workers when it is told
to, and says how each has ended; it has one thread, so that a fork is safe. A worker loads the application and serves
on one connection for each of its threads. None of them outlives the bridge.

Each connection begins with HELLO. What goes over it are frames:

    +------+-------------+-------------+----------+
    | type | length      | request     | contents |
    | u8   | u32         | u32         |          |
    +------+-------------+-------------+----------+

Each request has a number, which all its frames carry; 0 is for what belongs to none. A frame of another request
than the one that is being served ends the connection. Wire.java has the same types and limits, and says what is in each.
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
CALL, DATA, NO_DATA, GONE, CLOSE, BLOCKS = 32, 33, 34, 35, 36, 37
# From the thread to the bridge.
ANSWER, BLOCK, READ, ERRORS, FINISHED = 48, 49, 50, 51, 52

# Answer.Kind STREAM, which only goes over the wire.
STREAM = 5

# What a frame may hold, in bytes; blocks and texts that are longer go in several.
MAX_FRAME = 1 << 20
MAX_BLOCK = 1 << 16
MAX_TEXT = 1 << 16

_FRAME = struct.Struct("!BII")
_HELLO = struct.Struct("!BIIQ")
_CALL = struct.Struct("!II")
_ANSWER = struct.Struct("!BIIBi")
_BLOCK = struct.Struct("!BIIi")
_NUMBER = struct.Struct("!I")
_LOG = struct.Struct("!IH")
_EXITED = struct.Struct("!IIi")

# How often the files of the application are looked at, in seconds.
WATCH_PERIOD = 0.5


# The connections of this process.
_connections = set()


class Connection:
    """A connection to the bridge: frames in both directions. Who sends or receives holds its lock."""

    __slots__ = ("socket", "rest", "lock", "poll")

    def __init__(self, path, role, worker):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        _connections.add(self)
        self.socket.connect(path)
        self.rest = b""
        self.lock = threading.Lock()
        self.poll = None
        self.send(HELLO, _HELLO.pack(role, worker, os.getpid(), threading.get_ident()))

    def send(self, kind, contents=b"", request=0):
        self.socket.sendall(_FRAME.pack(kind, len(contents), request) + contents)

    def receive(self):
        """The next frame: its type, its request's number and its contents. Raises EOFError when the bridge has closed."""
        data = self.rest
        while len(data) < _FRAME.size:
            data += self.receive_some()
        kind, length, request = _FRAME.unpack_from(data)
        if length > MAX_FRAME:
            raise ConnectionError(f"found a frame of {length} bytes, expected {MAX_FRAME} at most")
        end = _FRAME.size + length
        if len(data) < end:
            parts = bytearray(data)
            while len(parts) < end:
                parts += self.receive_some()
            data = bytes(parts)
        self.rest = data[end:]
        return kind, request, data[_FRAME.size : end]

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

    def close(self):
        _connections.discard(self)
        self.socket.close()


def numbers(layout, contents):
    """What the contents of a frame begin with."""
    if len(contents) < layout.size:
        raise ConnectionError(f"found a frame of {len(contents)} bytes, expected {layout.size} at least")
    return layout.unpack_from(contents)


def text(contents):
    """The contents of a frame that are text."""
    try:
        return contents.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConnectionError(f"found a frame of text, expected UTF-8: {error}") from None


class Control(Connection):
    """The connection for what a process says beside requests, on any of its threads."""

    __slots__ = ("sender",)

    def __init__(self, path, role, worker):
        self.sender = None
        super().__init__(path, role, worker)

    def tell(self, kind, *contents):
        """Sends frames; False if that can't be done now: this very thread is amid a frame, and a signal's handler or a
        finalizer came between."""
        thread = threading.get_ident()
        if self.sender == thread:
            return False
        with self.lock:
            self.sender = thread
            try:
                for each in contents or (b"",):
                    self.send(kind, each)
            finally:
                self.sender = None
        return True

    def log(self, logger, level, text):
        name = logger.encode("utf-8")[:255]
        start = _LOG.pack(level, len(name)) + name
        return self.tell(LOG, *[start + piece for piece in _pieces(text)])


def _pieces(text):
    """What frames can hold of a text: whole lines where there are some, else whole characters."""
    data = text.encode("utf-8")
    pieces = []
    while len(data) > MAX_TEXT:
        end = data.rfind(b"\n", 0, MAX_TEXT)
        start = end + 1
        if end <= 0:
            end = MAX_TEXT
            while data[end] & 0xC0 == 0x80:
                end -= 1
            start = end
        pieces.append(data[:end])
        data = data[start:]
    pieces.append(data)
    return pieces


class Request:
    """One request on a connection: the `call` of wsgi_host.py. An application may keep what belongs to it for as long as it
    likes: once it is over, no frame goes out or comes in for it.
    """

    __slots__ = ("connection", "number", "thread", "input", "gone", "sends", "reads")

    def __init__(self, connection, number, body):
        self.connection = connection
        self.number = number
        self.thread = threading.get_ident()
        self.input = body  # what came with the call
        self.gone = None  # why nothing can be sent to the client any more
        self.sends = self.reads = True

    def hear(self, *kinds):
        """The next frame, which has to be one of this request's."""
        kind, number, contents = self.connection.receive()
        if number != self.number or kind not in kinds:
            raise ConnectionError(
                f"found a frame of type {kind} for request {number}, expected one of {kinds} for {self.number}"
            )
        return kind, contents

    def send(self, head, block):
        if self.gone is None and self.connection.pending():
            _kind, contents = self.hear(GONE)
            self.gone = text(contents)
        if self.gone is not None:
            return self.gone
        view = memoryview(block)
        for start in range(0, len(block), MAX_BLOCK):
            self.send_block(head, view[start : start + MAX_BLOCK])
            head = None
        return None

    def send_block(self, head, block):
        if head is None:
            parts = _BLOCK.pack(BLOCK, 4 + len(block), self.number, -1), block
        else:
            check_head(head)
            parts = _BLOCK.pack(BLOCK, 4 + len(head) + len(block), self.number, len(head)), head, block
        self.connection.socket.sendall(b"".join(parts))

    def read(self, size):
        if self.input is not None:
            block, self.input = self.input[:size], self.input[size:]
            return block
        if self.gone is not None:
            return self.gone
        self.connection.send(READ, _NUMBER.pack(size), self.number)
        kind, contents = self.hear(DATA, NO_DATA, GONE)
        if kind == GONE:  # the answer to READ follows
            self.gone = text(contents)
            kind, contents = self.hear(DATA, NO_DATA)
        return contents if kind == DATA else text(contents)

    def answer(self, kind, head, payload):
        if head is None:
            parts = _ANSWER.pack(ANSWER, 5 + len(payload), self.number, kind, -1), payload
        else:
            parts = _ANSWER.pack(ANSWER, 5 + len(head) + len(payload), self.number, kind, len(head)), head, payload
        self.connection.socket.sendall(b"".join(parts))

    def fail(self, error):
        """The connection is of no use any more: its thread ends. Returns what to tell the application."""
        if _control is None:
            return "a forked process has no part in the request"
        try:
            self.connection.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it is closed
        return f"the connection to the server has failed: {error or 'closed'}"


def check_head(head):
    if len(head) > MAX_FRAME // 2:
        raise ValueError(
            f"start_response: found a status and headers of {len(head)} bytes, expected {MAX_FRAME // 2} at most"
        )


# --- The functions that wsgi_host.py calls: see Carrier.java ----------------------------------------------------------

OVER = "the request is over"


def java_send(request, head, block):
    try:
        with request.connection.lock:
            return request.send(head, block) if request.sends else OVER
    except (OSError, EOFError) as error:
        return request.fail(error)


def java_read(request, size):
    try:
        with request.connection.lock:
            return request.read(size) if request.reads else OVER
    except (OSError, EOFError) as error:
        return request.fail(error)


def java_errors(request, text):
    # With the request where it can keep its place among the frames; else beside it, so that nothing waits for it.
    lock = request.connection.lock
    if request.thread == threading.get_ident() and lock.acquire(False):
        try:
            if request.reads:
                for piece in _pieces(text):
                    request.connection.send(ERRORS, piece, request.number)
                return
        except OSError as error:
            request.fail(error)
        finally:
            lock.release()
    java_log("wsgi.errors", 40, text)


def java_objects(request):
    return None


def java_log(logger, level, text):
    control = _control
    try:
        if control is not None and control.log(logger, level, text):
            return
    except OSError:
        pass  # the bridge is gone
    # A child process has no connection of its own, but the lines that it writes are logged all the same.
    for piece in _pieces(text):
        try:
            os.write(2, piece + b"\n")
        except OSError:
            pass


# --- A thread of a worker ---------------------------------------------------------------------------------------------


def serve(connection):
    """Serves until the bridge closes the connection."""
    try:
        while True:
            kind, number, contents = connection.receive()
            if kind == CALL:
                serve_one(connection, number, contents)
            elif kind != GONE:  # which crosses the answer on its way
                raise ConnectionError(f"found a frame of type {kind}, expected a call")
    except (EOFError, OSError):
        pass
    finally:
        connection.close()


def serve_one(connection, number, contents):
    flags, length = numbers(_CALL, contents)
    begin = _CALL.size
    if length > len(contents) - begin:
        raise ConnectionError(f"found a call with a body of {length} bytes, expected {len(contents) - begin} at most")
    request = Request(connection, number, contents[begin : begin + length] if length else None)
    kind, head, payload = _host.serve(request, 0, flags, text(contents[begin + length :]))
    if kind == _host.FILE:
        if send_file(request, head, payload):
            return
        kind, head, payload = _host.blocks(request, file_number(payload), 0, "")
    with connection.lock:
        request.sends = False
        request.reads = kind == _host.UNFINISHED
        if not send_answer(request, kind, head, payload):
            return
    if kind == _host.UNFINISHED:
        _host.finish(request, 0, 0, "")
    with connection.lock:
        request.reads = False
        connection.send(FINISHED, b"", number)


def send_answer(request, kind, head, payload):
    """Sends an answer that is no file; returns whether FINISHED is to follow."""
    if head is not None:
        try:
            check_head(head)
        except ValueError as error:
            kind, head, payload = _host.FAILED, None, str(error).encode()
    if kind == _host.FAILED or kind == _host.INPUT_FAILED:
        request.answer(kind, head, payload[:MAX_TEXT])
        return False
    if len(payload) <= MAX_BLOCK:
        request.answer(kind, head, payload)
        return kind != _host.DONE
    request.answer(STREAM, head, b"%d" % len(payload))
    request.connection.socket.sendall(payload)
    return True


def file_number(payload):
    return int(payload.partition(b"\n")[0])


def send_file(request, head, payload):
    """Has the bridge send a file, which stays open meanwhile; returns whether it could open it, which it can't where this
    process has changed its user, for one.
    """
    if len(head or b"") > MAX_FRAME // 2:
        return False  # what comes instead is refused
    connection = request.connection
    with connection.lock:
        request.sends = request.reads = False
        request.answer(_host.FILE, head, payload)
    # Nobody else sends or receives for this request any more.
    kind, _ = request.hear(CLOSE, BLOCKS)
    if kind == BLOCKS:
        request.sends = request.reads = True
        return False
    failed, _, story = _host.close(request, file_number(payload), 0, "")
    connection.send(FINISHED, story[:MAX_TEXT] if failed == _host.FAILED else b"", request.number)
    return True


# --- A worker ---------------------------------------------------------------------------------------------------------


def run_worker(path, number, setup, preloaded):
    """What a worker does, from the fork to its end."""
    global _control
    _host.descriptor_folders = [b"/proc/%d/fd" % os.getpid()]
    lifeline = Connection(path, LIFELINE, number)
    hold_on_to(lifeline.socket)
    redirect_output(path, number)
    # SIGQUIT, as in the JVM: where each thread stands, even one that does not come back from C.
    faulthandler.enable(2)
    faulthandler.register(signal.SIGQUIT, 2, all_threads=True, chain=False)
    _control = control = Control(path, CONTROL, number)
    signal.signal(signal.SIGTERM, leave)
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
    control.tell(LOADED, answer)
    serve_thread(path, number)
    for thread in others:
        thread.join()
    # On the main thread, or those that wait for its end would wait for ever.
    _host.exit(None, 0, _host.PROCESS_ENDS, "")


def serve_thread(path, number):
    serve(Connection(path, THREAD, number))


def leave(*_):
    """The handler of SIGTERM: asks the bridge for no more requests."""
    # On a thread of its own: the control connection may be this very thread's, which the signal has interrupted.
    threading.Thread(target=tell_leaving, name="leaving", daemon=True).start()


def tell_leaving():
    try:
        _control.tell(LEAVING)
    except OSError:
        pass  # the bridge is gone


def before_fork():
    # Python forgets a signal that a child gets before it is up: this one waits until it is.
    _forking.mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})


def be_parent():
    signal.pthread_sigmask(signal.SIG_SETMASK, _forking.mask)


def be_child():
    """After a fork: what the parent holds of the bridge is the parent's alone."""
    global _control
    _control = None
    for connection in tuple(_connections):
        connection.close()
        connection.lock = threading.Lock()  # another thread, which is missing here, may have held it
    faulthandler.unregister(signal.SIGQUIT)
    if signal.getsignal(signal.SIGTERM) is leave:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    be_parent()


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
    output = Connection(path, OUTPUT, number)
    os.dup2(output.socket.fileno(), 1)
    os.dup2(output.socket.fileno(), 2)
    output.close()


def load(setup):
    """Loads the application: what was answered. Where it can't, the bridge is told why."""
    kind, head, payload = _host.load(None, 0, 0, setup.load)
    if kind == _host.DONE:
        if setup.watched:
            setup.seen = dict(stamps())  # what changes from now on, even before anyone watches
        return payload
    _control.tell(FAILED, (b"1" if head is not None else b"0") + payload[:MAX_TEXT])
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
                control.tell(CHANGED, os.fsencode(path)[:MAX_TEXT])
        time.sleep(WATCH_PERIOD)


# --- The master -------------------------------------------------------------------------------------------------------


def run_master(path, number):
    """Forks workers as it is told to, until the bridge closes the connection or ends."""
    global _control
    os.setsid()  # what the terminal sends to the bridge, such as Ctrl-C, is the bridge's to judge
    # HotSpot blocks it in its threads, and before JDK 25 in what they start, whose children would go on blocking it.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGQUIT})
    _control = control = Control(path, MASTER, number)
    redirect_output(path, number)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.register_at_fork(before=before_fork, after_in_parent=be_parent, after_in_child=be_child)
    load_host()
    _kind, _request, contents = control.receive()
    threads, watched, preload, text = contents.decode("utf-8").split("\n", 3)
    setup = types.SimpleNamespace(threads=int(threads), watched=watched == "1", load=text, watch=False)
    preloaded = None
    if preload == "1":
        preloaded = load(setup)
        if preloaded is None:
            return
        control.tell(LOADED)
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
                kind, _request, contents = control.receive()
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
        control.tell(EXITED, _EXITED.pack(number, 0, 1))
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
            control.tell(EXITED, _EXITED.pack(number, pid, ended))


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
_forking = threading.local()

if __name__ == "__main__":
    _socket, _number = sys.argv[1:]
    del sys.argv[1:]
    # Modules are the application's: this file's folder has none of them.
    if sys.path and os.path.abspath(sys.path[0] or ".") == _FOLDER:
        del sys.path[0]
    run_master(_socket, int(_number))
