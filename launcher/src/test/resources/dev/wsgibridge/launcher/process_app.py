"""What an application finds of its process, and its children of theirs. As a program it says what there is under python3."""

import ctypes
import errno
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time

libc = ctypes.CDLL(None)
SIGNALS = "SIGHUP SIGPIPE SIGXFSZ SIGCHLD SIGQUIT SIGUSR1 SIGUSR2 SIGSEGV SIGBUS SIGFPE SIGILL SIGTRAP SIGALRM SIGWINCH".split()


def status(lines, name):
    """Signals, as /proc/*/status has them, without the two that glibc keeps to itself: what it starts may ignore them."""
    bits = next(int(line.split()[1], 16) for line in lines if line.startswith(name + ":"))
    return [number for number in range(1, 65) if bits >> number - 1 & 1 and number not in (32, 33)]


def of_thread(name):
    with open("/proc/thread-self/status") as lines:
        return status(lines.readlines(), name)


def in_thread(function):
    found = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


def of_children(name):
    """Of programs that are started in each way."""

    def read(start):
        with tempfile.NamedTemporaryFile("r") as file:
            start(file.name)
            return status(file.readlines(), name)

    def copy(path):
        return ["cp", "/proc/self/status", path]

    def fork(path):
        child = os.fork()
        if child == 0:
            os.execvp("cp", copy(path))
        os.waitpid(child, 0)

    return {
        "subprocess": read(lambda path: subprocess.run(copy(path), check=True)),
        "posix_spawn": read(lambda path: os.waitpid(os.posix_spawnp("cp", copy(path), os.environ), 0)),
        "fork": read(fork),
        "system": read(lambda path: os.system("exec " + " ".join(copy(path)))),
    }


def fork(function):
    """What a child says that runs on in Python, and how it ends."""
    with tempfile.TemporaryFile("w+") as file:
        child = os.fork()
        if child == 0:
            file.write(str(function()))
            file.flush()
            os.kill(os.getpid(), signal.SIGQUIT)
            os._exit(0)
        _, ended = os.waitpid(child, 0)
        file.seek(0)
        return file.read(), os.WIFSIGNALED(ended) and os.WTERMSIG(ended)


def mask():
    return of_thread("SigBlk"), in_thread(lambda: of_thread("SigBlk")), of_children("SigBlk")


def dispositions():
    """What is found, and that it can be put back."""
    found = []
    for name in SIGNALS:
        number = getattr(signal, name)
        before = signal.getsignal(number)
        if threading.current_thread() is threading.main_thread():
            signal.signal(number, signal.signal(number, before))
        found.append((name, before))
    return found


def pipe():
    reading, writing = os.pipe()
    os.close(reading)
    try:
        os.write(writing, b"nobody reads")
    except BrokenPipeError as error:
        return errno.errorcode[error.errno]
    finally:
        os.close(writing)


def file_size():
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with tempfile.TemporaryFile() as file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, before[1]))
        try:
            os.truncate(file.fileno(), (1 << 30) + 1)
        except OSError as error:
            return errno.errorcode[error.errno]
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


def ignored():
    return of_children("SigIgn")


def forked():
    return fork(lambda: (of_thread("SigIgn"), [signal.getsignal(getattr(signal, name)) for name in ("SIGPIPE", "SIGQUIT")]))


def children():
    return subprocess.run(["sh", "-c", "exit 3"]).returncode, subprocess.run(["sh", "-c", "kill -QUIT $$"]).returncode


def umask():
    mine = os.umask(0o22)
    os.umask(mine)
    return oct(mine), subprocess.run("umask", shell=True, stdout=subprocess.PIPE).stdout


def limits():
    return sorted(
        (name, resource.getrlimit(getattr(resource, name)))
        for name in dir(resource)
        if name.startswith("RLIMIT_") and name not in ("RLIMIT_NOFILE", "RLIMIT_OFILE")
    )


def open_files():
    child = subprocess.run("ulimit -Sn; ulimit -Hn", shell=True, stdout=subprocess.PIPE).stdout
    return *resource.getrlimit(resource.RLIMIT_NOFILE), *map(int, child.split())


def stack_bytes():
    attributes, address, size = ctypes.create_string_buffer(256), ctypes.c_void_p(), ctypes.c_size_t()
    libc.pthread_self.restype = ctypes.c_void_p
    assert libc.pthread_getattr_np(ctypes.c_void_p(libc.pthread_self()), attributes) == 0
    assert libc.pthread_attr_getstack(attributes, ctypes.byref(address), ctypes.byref(size)) == 0
    libc.pthread_attr_destroy(attributes)
    return size.value


def stack():
    return stack_bytes()


def thread_stack():
    return in_thread(stack_bytes)


def recursion():
    """Through C code, which the stack has to last for."""

    def deep():
        try:
            json.loads("[" * 100_000)
        except RecursionError:
            return "RecursionError"

    return deep(), in_thread(deep)


def floating_point():
    libm = ctypes.CDLL("libm.so.6")
    return libm.fegetround(), libm.fegetexcept(), sys.float_info.min / 2, 5e-324 * 0.75, 0.1 * 3


def environment():
    child = subprocess.run(["env", "-0"], stdout=subprocess.PIPE).stdout.split(b"\0")
    return sorted(os.environ.items()), sorted(child)


def environ_pointer():
    """What Python sets, C code has, and children; what C code unsets, they have no longer."""
    libc.getenv.restype = ctypes.c_char_p
    os.environ["PROCESS_APP"] = "set"
    found = [libc.getenv(b"PROCESS_APP"), subprocess.run(["printenv", "PROCESS_APP"], stdout=subprocess.PIPE).stdout]
    del os.environ["PROCESS_APP"]
    libc.setenv(b"PROCESS_APP", b"by C", 1)
    found += [libc.getenv(b"PROCESS_APP"), os.system('test "$PROCESS_APP" = "by C"')]
    libc.unsetenv(b"PROCESS_APP")
    return found


def stdin():
    return os.readlink("/proc/self/fd/0"), os.get_blocking(0), os.lseek(0, 0, os.SEEK_CUR)


def stdin_read():
    return sys.stdin.readline(), subprocess.run(["cat"], stdout=subprocess.PIPE).stdout


def core():
    with open("/proc/self/coredump_filter") as file:
        return int(file.read(), 16)


def others():
    """What a JVM could change, and does not."""
    found = [os.nice(0), sorted(os.sched_getaffinity(0)), os.sched_getscheduler(0), os.getcwd(), time.tzname]
    for name in "oom_score_adj", "timerslack_ns", "personality", "loginuid", "cgroup":
        try:
            with open("/proc/self/" + name) as file:
                found.append(file.read())
        except OSError as error:
            found.append(error.strerror)
    found += [libc.prctl(option, 0, 0, 0, 0) for option in (3, 7, 21, 27, 30, 39, 42)]
    found += [signal.getitimer(timer) for timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)]
    return found


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [ascii(globals()[environ["PATH_INFO"].strip("/")]()).encode("ascii")]


if __name__ == "__main__":
    sys.stdout.write(ascii(globals()[sys.argv[1]]()))
