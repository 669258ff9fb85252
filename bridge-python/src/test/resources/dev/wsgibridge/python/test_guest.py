"""Tests of guest.py, and of how a guest ends, with a Java made of lists, on any Python.

    python3 test_guest.py wsgi_host.py guest.py
"""

import atexit
import faulthandler
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import types
import unittest

logged, taken, replaced = [], [], []
given = True


def java_signal(name, number, instead):
    taken.append((name, int(number), instead))
    return given


host = types.ModuleType("wsgi_host")
real_signal, real_inheritable = signal.signal, os.set_inheritable


def setUpModule():
    host.__dict__.update(
        java_log=lambda logger, level, text: logged.append((level, text)), java_signal=java_signal, SAME_PROCESS=True
    )
    kept = sys.stdout, sys.stderr
    for name in HOST, GUEST:
        before = dict(vars(host))
        with open(name, encoding="utf-8") as source:
            exec(compile(source.read(), name, "exec"), vars(host))
    replaced.extend(name for name in before if vars(host)[name] is not before[name])
    sys.stdout, sys.stderr = kept


class GuestTest(unittest.TestCase):
    def setUp(self):
        global given
        given = True
        logged.clear()
        taken.clear()
        host._handlers.clear()

    def refused(self):
        self.assertEqual([level for level, _ in logged], [30] * len(logged))
        return [text for _, text in logged]


class Names(GuestTest):
    def test_the_two_files_share_their_globals_and_no_name(self):
        self.assertEqual(replaced, [])


class Signals(GuestTest):
    def test_the_servers_own_stays_and_the_guests_is_called_too(self):
        before = signal.getsignal(signal.SIGTERM)
        self.assertTrue(callable(before))
        called = []
        handler = lambda number, frame: called.append(number)
        self.assertIs(signal.signal(signal.SIGTERM, handler), before)
        self.assertIs(signal.getsignal(signal.SIGTERM), handler)
        self.assertEqual(taken, [("TERM", signal.SIGTERM, False)])
        self.assertEqual(len(logged), 1)
        self.assertIn("SIGTERM: the application's handler is called beside the server's own", logged[0][1])
        host.signalled(0, signal.SIGTERM, 0, "")
        self.assertEqual(called, [signal.SIGTERM])
        # As it was.
        self.assertIs(signal.signal(signal.SIGTERM, before), handler)
        host.signalled(0, signal.SIGTERM, 0, "")
        self.assertEqual(called, [signal.SIGTERM])

    def test_nothing_reaches_the_operating_system(self):
        for name in "SIGTERM SIGINT SIGHUP SIGSEGV SIGBUS SIGFPE SIGILL SIGPIPE SIGXFSZ SIGQUIT SIGUSR2".split():
            number = getattr(signal, name)
            before = host._get_handler(number)
            for handler in signal.SIG_DFL, signal.SIG_IGN, lambda *_: None:
                signal.signal(number, handler)
                self.assertEqual(host._get_handler(number), before, name)

    def test_what_is_the_jvms_is_refused_in_a_line(self):
        signal.signal(signal.SIGSEGV, lambda *_: None)
        signal.signal(signal.SIGUSR2, lambda *_: None)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        self.assertEqual(
            self.refused(),
            [
                "not granted to the application: SIGSEGV is the JVM's",
                "not granted to the application: SIGUSR2 is the JVM's",
                "not granted to the application: SIGTERM is not ignored: it is the server's",
                "not granted to the application: SIGCHLD: the server waits for processes of its own",
            ],
        )

    def test_what_is_so_anyway_needs_no_line(self):
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        signal.signal(signal.SIGSEGV, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self.assertEqual((logged, taken), ([], []))

    def test_what_java_handles_is_found_as_python3_has_it_and_can_be_put_back(self):
        kept = host._get_handler
        host._get_handler = lambda number: None  # as CPython says of a handler that is none of its own
        try:
            found = {name: signal.getsignal(getattr(signal, name)) for name in "SIGPIPE SIGXFSZ SIGUSR1 SIGQUIT".split()}
            for name, handler in found.items():
                number = getattr(signal, name)
                self.assertIs(signal.signal(number, signal.signal(number, handler)), handler)
        finally:
            host._get_handler = kept
        ignored, default = signal.SIG_IGN, signal.SIG_DFL
        self.assertEqual(found, {"SIGPIPE": ignored, "SIGXFSZ": ignored, "SIGUSR1": default, "SIGQUIT": default})
        self.assertEqual((logged, taken), ([], []))

    def test_what_was_ignored_from_the_start_is_found_so(self):
        kept = host._get_handler
        host._get_handler = lambda number: signal.SIG_IGN  # under nohup
        try:
            self.assertIs(signal.signal(signal.SIGHUP, signal.SIG_IGN), signal.SIG_IGN)
            self.assertIs(signal.getsignal(signal.SIGHUP), signal.SIG_IGN)
        finally:
            host._get_handler = kept
        self.assertEqual((logged, taken), ([], []))

    def test_others_are_the_guests(self):
        called = []
        try:
            signal.signal(signal.SIGWINCH, lambda number, frame: called.append(number))
            signal.raise_signal(signal.SIGWINCH)
        finally:
            signal.signal(signal.SIGWINCH, signal.SIG_DFL)
        self.assertEqual((called, logged, taken), ([signal.SIGWINCH], [], []))

    def test_what_java_does_not_give_away_is_taken_from_the_operating_system(self):
        global given
        given = False
        handler = lambda *_: None
        try:
            signal.signal(signal.SIGUSR1, handler)
            self.assertIs(host._get_handler(signal.SIGUSR1), handler)
        finally:
            real_signal(signal.SIGUSR1, signal.SIG_DFL)

    def test_what_is_no_handler(self):
        with self.assertRaisesRegex(TypeError, "signal handler must be"):
            signal.signal(signal.SIGTERM, "stop")

    def test_a_handler_that_fails_is_told_and_one_that_exits_is_not(self):
        def fails(number, frame):
            raise KeyError("apples")

        signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
        signal.signal(signal.SIGHUP, fails)
        logged.clear()
        host.signalled(0, signal.SIGTERM, 0, "")
        host.signalled(0, signal.SIGHUP, 0, "")
        host.signalled(0, signal.SIGINT, 0, "")  # which has none
        self.assertEqual(len(logged), 1)
        self.assertRegex(logged[0][1], r"(?s)the handler of SIGHUP failed:\nTraceback .*KeyError: 'apples'$")

    def test_faulthandler_is_not_enabled(self):
        faulthandler.enable()
        faulthandler.register(signal.SIGTERM)
        self.assertFalse(faulthandler.is_enabled())
        self.assertEqual(len(self.refused()), 2)
        faulthandler.register(signal.SIGUSR1)
        self.assertTrue(faulthandler.unregister(signal.SIGUSR1))


class Descriptors(GuestTest):
    """What a child has open of the server's sockets, and of the application's that are to be inherited."""

    SHOW = "for i in %d %d; do test -e /dev/fd/$i && echo $i; done; true"

    def setUp(self):
        super().setUp()
        self.servers, self.applications = socket.create_server(("127.0.0.1", 0)), socket.socket()
        self.addCleanup(self.servers.close)
        self.addCleanup(self.applications.close)
        real_inheritable(self.servers.fileno(), True)  # as the JDK opens them
        self.applications.set_inheritable(True)
        self.show = self.SHOW % (self.servers.fileno(), self.applications.fileno())
        self.expected = f"{self.applications.fileno()}\n"

    def test_subprocess(self):
        shown = subprocess.run(self.show, shell=True, close_fds=False, stdout=subprocess.PIPE, text=True)
        self.assertEqual(shown.stdout, self.expected)

    def test_system(self):
        with tempfile.NamedTemporaryFile("r") as shown:
            self.assertEqual(os.system(f"{{ {self.show}; }} >{shown.name}"), 0)
            self.assertEqual(shown.read(), self.expected)

    def test_posix_spawn(self):
        with tempfile.TemporaryFile("r+") as shown:
            actions = [(os.POSIX_SPAWN_DUP2, shown.fileno(), 1)]
            child = os.posix_spawn("/bin/sh", ["sh", "-c", self.show], os.environ, file_actions=actions)
            os.waitpid(child, 0)
            shown.seek(0)
            self.assertEqual(shown.read(), self.expected)

    def test_fork(self):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                os.fstat(self.applications.fileno())
                status = 2
                os.fstat(self.servers.fileno())
            except OSError:
                # Nor are its signals the server's.
                status = 0 if host._get_handler(signal.SIGTERM) is signal.SIG_DFL else 3
            finally:
                os._exit(status)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        os.fstat(self.servers.fileno())
        self.assertIn("the application forks: unsafe in a JVM", self.refused()[0])

    def test_a_number_that_is_anothers_by_now(self):
        number = self.applications.fileno()
        self.applications.close()
        os.dup2(self.servers.fileno(), number, inheritable=False)
        real_inheritable(number, True)
        self.addCleanup(os.close, number)
        self.assertEqual(subprocess.run(self.show, shell=True, close_fds=False, stdout=subprocess.PIPE).stdout, b"")


class Exit(GuestTest):
    def setUp(self):
        super().setUp()
        self.seen = []
        kept = atexit._run_exitfuncs
        self.addCleanup(setattr, atexit, "_run_exitfuncs", kept)
        atexit._run_exitfuncs = lambda: self.seen.append("atexit")

    def test_threads_and_executors_end_before_exit_handlers_run(self):
        from concurrent.futures import ThreadPoolExecutor

        for _ in range(2):  # another application comes
            self.seen.clear()
            begun, go_on = threading.Event(), threading.Event()

            def work(name):
                begun.set()
                go_on.wait(60)
                self.seen.append(name)

            pool = ThreadPoolExecutor(1)
            pool.submit(work, "pool")
            pool.submit(work, "pool again")
            threading.Thread(target=work, args=("thread",)).start()
            begun.wait(60)
            threading.Timer(0.05, go_on.set).start()
            self.assertEqual(host.exit(0, 60_000, 0, "")[0], host.DONE)
            self.assertEqual(sorted(self.seen[:-1]), ["pool", "pool again", "thread"])
            self.assertEqual(self.seen[-1], "atexit")
            self.assertEqual(logged, [])

    def test_no_longer_than_it_may(self):
        import multiprocessing

        end = threading.Event()
        thread = threading.Thread(target=end.wait, args=(60,), name="endless")
        thread.start()
        process = multiprocessing.get_context("spawn").Process(target=signal.pause, name="endless-process")
        process.start()
        try:
            host.exit(0, 10, 0, "")
        finally:
            end.set()
        thread.join()
        process.join()
        self.assertEqual(process.exitcode, -signal.SIGTERM)
        self.assertEqual(self.seen, ["atexit"])
        self.assertIn("cut, since they ran on at the end: the threads endless", self.refused())
        self.assertIn("ended, since it ran on at the end: endless-process", "".join(self.refused()))


if __name__ == "__main__":
    HOST, GUEST = sys.argv[1:3]
    del sys.argv[1:]
    unittest.main()
