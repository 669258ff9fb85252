"""Processes: started, counted, and ended by their ids; the packages that they need; the machine that they run on."""
import contextlib
import ctypes
import dataclasses
import glob
import os
import pathlib
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # prctl(2)
LIBC = ctypes.CDLL(None)


class NotMeasured(Exception):
    """Why something has no figures."""


def say(text):
    """Progress."""
    print(text, file=sys.stderr, flush=True)


# ---------------------------------------------------------------- processes


def status(pid):
    """The fields of /proc/PID/stat after the command's name, from the state on."""
    return pathlib.Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()


def descendants(*pids):
    """These processes, and all below them."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                children.setdefault(int(status(entry)[1]), []).append(int(entry))
    found = list(pids)
    for pid in found:
        found += children.get(pid, ())
    return found


def cpu_ns(pid):
    """Nanoseconds of CPU time that a process has used; None when it is gone."""
    try:
        # clock_getcpuclockid(3): utime + stime of /proc/PID/stat, but not in steps of 10 ms.
        return time.clock_gettime_ns(~pid << 3 | 2)
    except OSError:
        return None


class Server:
    """Processes that answer together. What they say goes to a log."""

    def __init__(self, name, folder):
        self.name = name
        self.folder = folder
        self.log = folder / f"{name}.log"
        self.processes = []

    def start(self, *command, stdin=subprocess.DEVNULL, environment=None, cwd=None, stdout=None):
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [str(word) for word in command], stdin=stdin, stdout=stdout or log, stderr=log, cwd=cwd or self.folder,
                env={**os.environ, **(environment or {})}, start_new_session=True,
                preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM))
        self.processes.append(process)
        return process

    def prepare(self, *command, environment=None):
        """Runs what has to be done before: a compiler, mostly."""
        with self.log.open("ab") as log:
            if subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                              cwd=self.folder, env={**os.environ, **(environment or {})}).returncode:
                raise NotMeasured(f"{command[0]} failed: {self.last_words()}")

    def last_words(self):
        """The last line of its log that isn't a part of a stack of Java's."""
        lines = self.log.read_text(errors="replace").split("\n") if self.log.exists() else []
        words = (line.strip() for line in reversed(lines) if not line.startswith("\t"))
        return next((line for line in words if line), "it says nothing")

    def check(self):
        """Raises NotMeasured when it has ended."""
        for process in self.processes:
            if process.poll() is not None:
                raise NotMeasured(f"it ended with {process.returncode}: {self.last_words()}")

    def pids(self):
        return descendants(*(process.pid for process in self.processes))

    def cpu(self):
        """CPU time so far in nanoseconds, of each of its processes."""
        times = {pid: cpu_ns(pid) for pid in self.pids()}
        return {pid: used for pid, used in times.items() if used is not None}

    def cpu_since(self, before):
        """Nanoseconds of CPU time since cpu() gave `before`."""
        self.check()
        after = self.cpu()
        if before.keys() - after.keys():
            raise NotMeasured("processes of it have ended under load")
        return sum(used - before.get(pid, 0) for pid, used in after.items())

    def memory(self):
        """Resident memory in MB: of all processes added up, and with what they share counted once."""
        rss = pss = 0
        for pid in self.pids():
            with contextlib.suppress(OSError):
                rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
                rss += int(re.search(r"^Rss:\s+(\d+)", rollup, re.M)[1])
                pss += int(re.search(r"^Pss:\s+(\d+)", rollup, re.M)[1])
        return {"rss_mb": rss / 1024, "pss_mb": pss / 1024}

    def end(self):
        for process in self.processes:
            process.terminate()
        deadline = time.monotonic() + 10
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            # Its group: whatever of it did not end by itself.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.processes.clear()


@dataclasses.dataclass(frozen=True)
class Checkout:
    """This project, or another checkout of it that is measured beside it."""

    folder: pathlib.Path
    suffix: str = ""  # of ids: "" for this one

    @property
    def run(self):
        return self.folder / "run"

    def name(self, what):
        return f"{what}, {self.folder}" if self.suffix else what

    def classpath(self):
        """Its entries are relative to that folder; those of older checkouts are absolute, and stay so."""
        run = self.folder / "target" / "run"
        return ":".join(str(run / entry) for entry in (run / "classpath").read_text().split(":"))


class Bench:
    """One run: what was asked for, its folder, and the servers that it has started."""

    def __init__(self, options):
        self.options = options
        self.quick = options.quick
        self.rounds = options.rounds
        self.seconds = options.seconds
        self.checkouts = [Checkout(PROJECT)] + [
            Checkout(folder.resolve(), f"-{number}") for number, folder in enumerate(options.beside, 1)]
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="wb"))  # short: a socket's path has 107 bytes
        self.work.chmod(0o755)  # for a web server's user
        self.servers = []
        self.versions = {}
        self.not_measured = []  # of the family under way
        # What loses its parent becomes ours, and is found.
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1)

    def wants(self, id):
        """Whether --servers leaves it in."""
        return not self.options.servers or id in self.options.servers

    def leave_out(self, name, reason):
        say(f"  not measured: {name}: {reason}")
        entry = {"name": name, "reason": str(reason)}
        if entry not in self.not_measured:
            self.not_measured.append(entry)

    def server(self, name):
        server = Server(name, self.work)
        self.servers.append(server)
        return server

    @contextlib.contextmanager
    def stage(self):
        """Ends the servers that were started in it."""
        before = list(self.servers)
        try:
            yield
        finally:
            self.end([server for server in self.servers if server not in before])

    def end(self, servers):
        """Asks them all to end, then waits for one after the other."""
        for server in servers:
            for process in server.processes:
                process.terminate()
        for server in servers:
            server.end()
            self.servers.remove(server)

    def close(self):
        for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
            signal.signal(number, signal.SIG_IGN)
        self.end(list(self.servers))
        for pid in descendants(os.getpid())[1:]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.wait():
                pass
        shutil.rmtree(self.work, ignore_errors=True)

    def file(self, name, text):
        path = self.work / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    def install(self, needs):
        """Installs Debian's packages of files that are missing: `needs` has a file, as a glob, and its package."""
        def lacking():
            return [package for file, package in needs.items() if not glob.glob(file)]

        missing = lacking()
        if missing:
            setup('may_install && install_idle "$@"', *missing)
            if lacking():
                raise NotMeasured(f"not installed: {' '.join(lacking())}")
        for package in needs.values():
            if package not in self.versions:
                self.versions[package] = package_version(package)


# ---------------------------------------------------------------- the machine


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def setup(script, *words):
    """Runs bash with scripts/setup.sh; its standard output."""
    return subprocess.run(
        ["bash", "-c", f'project=$1; shift; . "$project/scripts/setup.sh"; {script}', "setup", PROJECT, *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True).stdout


def java_home():
    """The JDK that ./run takes."""
    return os.environ.get("JAVA_HOME") or setup('require_jdk; printf %s "$newest"')


def first_line(*command):
    found = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return found.stdout.split("\n")[0]


def package_version(package):
    with contextlib.suppress(OSError):
        found = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True)
        return found.stdout.strip() or "found without its package"
    return "unknown"


def versions():
    """Of what the measuring stands on; Bench.install adds the packages."""
    pom = (PROJECT / "pom.xml").read_text()
    found = {
        "wsgi-bridge": first_line("git", "-C", PROJECT, "describe", "--always", "--dirty"),
        "java": first_line(f"{os.environ['JAVA_HOME']}/bin/java", "--version"),
        "python": platform.python_version(),
    }
    for name in "jetty", "graalpy":
        found[name] = re.search(rf"<{name}\.version>(.*?)<", pom)[1]
    return found


def machine():
    cpu = re.search(r"^model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    memory = re.search(r"^MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text(), re.M)
    return {
        "cores": len(os.sched_getaffinity(0)),
        "cpu": cpu[1] if cpu else platform.machine(),
        "memory_gb": round(int(memory[1]) / 1024 ** 2, 1),
        "system": platform.platform(),
        "load_before": os.getloadavg()[0],
    }
