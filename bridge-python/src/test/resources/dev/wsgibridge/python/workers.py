"""What an application does to its worker: PreforkTest asks for it by PATH_INFO."""

import atexit
import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

_kept = []
_served = 0


def application(environ, start_response):
    global _served
    _served += 1
    body = globals()[environ["PATH_INFO"].strip("/")](environ)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body] if isinstance(body, bytes) else body


def who(environ):
    return b"%d %d %d %d" % (os.getpid(), _served, environ["wsgi.multithread"], environ["wsgi.multiprocess"])


def echo(environ):
    return environ["wsgi.input"].read()


def die(environ):
    os.kill(os.getpid(), 9)


def die_half_way(environ):
    def blocks():
        yield b"the first half"
        os.kill(os.getpid(), 9)

    return blocks()


def crash(environ):
    ctypes.string_at(0)


def hang(environ):
    time.sleep(1000)


def hang_in_c(environ):
    ctypes.PyDLL(None).pause()  # keeps the GIL


def endless(environ):
    while True:
        time.sleep(0.01)
        yield b"x"


def wait(environ):
    """Until the file of that name is gone."""
    name = environ["QUERY_STRING"]
    with open(name, "w") as file:
        file.write(str(os.getpid()))
    while os.path.exists(name):
        time.sleep(0.01)
    return b"%d" % os.getpid()


def leak(environ):
    _kept.append(bytearray(64 << 20))
    return b"%d" % os.getpid()


def some(environ):
    return b"x" * 204800


def wrapped(environ):
    file = tempfile.NamedTemporaryFile()
    file.write(b"x" * 1000000)
    file.seek(0)
    return environ["wsgi.file_wrapper"](file)


def large(environ):
    return b"0123456789abcdef" * (3 << 16)


# --- Forks


def fork(environ):
    """A child that comes back to the server, as QUERY_STRING says; how it has ended."""
    pid = os.fork()
    if pid == 0:
        print("a child")
        environ["wsgi.errors"].write("of a child\n")
        how = environ["QUERY_STRING"]
        if how == "exit":
            sys.exit(3)
        elif how == "text":
            sys.exit("why")
        elif how == "raise":
            raise ValueError("in the child")
        return b"by the child"
    return b"%d" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def fork_in_iterable(environ):
    yield b"before "
    pid = os.fork()
    if pid == 0:
        yield b"by the child"
        sys.exit(3)
    yield b"%d" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _chatter():
    for _ in range(5):
        print("child " * 12_000)


def chattering_children(environ):
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=_chatter) for _ in range(4)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    return b"%d %d" % (os.getpid(), sum(child.exitcode for child in children))


def terminated_child(environ):
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(1000,))
    child.start()
    child.terminate()
    child.join()
    return b"%d %d" % (os.getpid(), child.exitcode)


def _open_sockets():
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            if int(name) > 2 and os.readlink("/proc/self/fd/" + name).startswith("socket:"):
                found.append(name)
        except OSError:
            pass  # the folder's own
    return " ".join(found).encode()


def sockets_of_children(environ):
    """Of a forked child, and of programs: those that each has besides its standard streams."""
    read, write = os.pipe()
    if os.fork() == 0:
        os.write(write, _open_sockets())
        os._exit(0)
    os.wait()
    os.close(write)
    with open(read, "rb") as pipe:
        found = [pipe.read()]
    program = [sys.executable, "-c", "import sys; sys.path[:0] = sys.argv[1:]; import workers; print(workers._open_sockets())"]
    program.append(os.path.dirname(__file__))
    found.append(subprocess.check_output(program, close_fds=False).strip())
    return repr(found).encode()


def stray_bytes(environ):
    """Bytes on this thread's connection while it is idle, as from native code that has forked."""
    connection = environ["wsgi.input"].response.call.connection
    descriptor = os.dup(connection.socket.fileno())

    def write():
        os.write(descriptor, b"\0" * 30)
        os.close(descriptor)

    threading.Timer(0.1, write).start()
    return b"%d" % os.getpid()


# --- The end


def _note(name, line):
    with open(name, "a") as file:
        file.write(line + "\n")


def work_to_the_end(environ):
    """A pool, a thread and an exit handler, each of which works when the worker is about to end."""
    name = environ["QUERY_STRING"]
    pools_end = threading.Event()
    pool = ThreadPoolExecutor(1)
    pool.submit(lambda: (pools_end.wait(), _note(name, "pool")))
    threading._register_atexit(pools_end.set)

    def run():
        threading.main_thread().join()
        _note(name, "thread")

    threading.Thread(target=run).start()
    atexit.register(_note, name, "atexit")
    return b"%d" % os.getpid()


def work_for_ever(environ):
    threading.Thread(target=time.sleep, args=(1000,)).start()
    return b"%d" % os.getpid()


def pool_of_processes(environ):
    context = multiprocessing.get_context(environ["QUERY_STRING"])
    global _pool
    _pool = ProcessPoolExecutor(2, mp_context=context)
    list(_pool.map(abs, range(4)))
    return " ".join(map(str, _pool._processes)).encode()


def terminate(environ):
    os.kill(os.getpid(), signal.SIGTERM)
    return b"%d" % os.getpid()
