"""What is a guest's in the server's process. As a program it says how python3 has started."""

import atexit
import ctypes
import faulthandler
import locale
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings

TERMINATED = threading.Event()
SHOW = "ls -l /dev/fd/ | grep -c socket: || true"


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return [globals()[environ["PATH_INFO"].strip("/")](environ["QUERY_STRING"]).encode("utf-8")]


def write(text):
    with open(os.path.join(os.environ["CASE_DIR"], "done"), "a") as file:
        file.write(text)


def descriptors(start):
    with tempfile.NamedTemporaryFile("r") as shown:
        command = f"{{ {SHOW}; }} >{shown.name}"
        if start == "system":
            os.system(command)
        elif start == "spawn":
            os.waitpid(os.posix_spawn("/bin/sh", ["sh", "-c", command], os.environ), 0)
        elif start == "noclose":
            subprocess.run(command, shell=True, close_fds=False)
        else:
            child = os.fork()
            if child == 0:
                os.execv("/bin/sh", ["sh", "-c", command])
            os.waitpid(child, 0)
        return shown.read().strip() + " sockets"


def work(_):
    def run():
        TERMINATED.wait(60)
        write("worked")

    threading.Thread(target=run).start()
    return "begun"


def endless(_):
    threading.Thread(target=time.sleep, args=(60,), name="endless").start()
    process = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,), name="endless-process")
    process.start()
    return str(process.pid)


def enabled(_):
    faulthandler.enable()
    return str(faulthandler.is_enabled())


def environment(_):
    strtod = ctypes.CDLL(None).strtod
    strtod.restype = ctypes.c_double
    strtod.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    flags = [name for name in dir(sys.flags) if not name.startswith(("_", "n_")) and name not in ("count", "index")]
    lines = [f"{name} {getattr(sys.flags, name)}" for name in flags]
    lines += [
        sys.getfilesystemencoding(),
        locale.getpreferredencoding(False),
        locale.setlocale(locale.LC_ALL),
        strtod(b"1.5", None),
        time.strftime("%a, %d %b %Y", time.gmtime(0)),
        format(1.5, "n"),
        os.strerror(2),
        sorted(["Z", "a", "b"], key=locale.strxfrm),
        [os.environ.get(name) for name in ("LC_CTYPE", "LC_ALL", "LANG")],
        warnings.filters[:1],
        hash("apples") if os.environ.get("PYTHONHASHSEED") else "random",
        sys.dont_write_bytecode,
    ]
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.stdout.buffer.write(environment("").encode("utf-8"))
else:
    signal.signal(signal.SIGTERM, lambda number, frame: TERMINATED.set())
    atexit.register(write, ", atexit")
