"""What is a guest's in the server's process."""

import atexit
import faulthandler
import multiprocessing
import os
import signal
import subprocess
import tempfile
import threading
import time

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


signal.signal(signal.SIGTERM, lambda number, frame: TERMINATED.set())
atexit.register(write, ", atexit")
