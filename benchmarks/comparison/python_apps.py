"""Python: the files of apps/ on each of our carriers and on the servers one would take instead.

All have two processes; what runs threads has four in each, and what has one process eight. CPython is Debian's for all,
and so are the frameworks, of target/python-packages.
"""
import contextlib
import dataclasses
import os
import pathlib
import shutil
import sqlite3
from collections.abc import Callable

from .load import Load, Request, answers, await_answer, row, sweep
from .machine import PROJECT, NotMeasured, free_port, setup
from .measuring import Family

APPS = pathlib.Path(__file__).resolve().parent / "apps"
PACKAGES = PROJECT / "target" / "python-packages"
PYTHON = "/usr/bin/python3"
MODULES = "/usr/lib/apache2/modules"


def contains(text):
    return lambda body: text in body


QUICK = {"table", "django"}
# What is asked of each module: a row's id, its title, and the request.
ROWS = {
    "hello": [("hello", "Hello", Request("/", answers(b"Hello, World!\n")))],
    "flask_app": [
        ("flask", "Flask: hello", Request("/", answers(b"Hello, World!\n"))),
        ("table", "Flask and Jinja2: a table of 50 rows", Request("/table", contains(b"<td>&lt;name 49&gt;</td>")))],
    "django_app": [
        ("django", "Django: a query of SQLite and a template", Request("/", contains(b"<li>Item 519: 519.50</li>")))],
}


@dataclasses.dataclass(frozen=True)
class Candidate:
    """How one is started: start(server, place) with Place."""

    id: str
    name: str
    start: Callable
    needs: dict[str, str] = dataclasses.field(default_factory=dict)  # a file that it needs: Debian's package
    ours: bool = False
    warming: tuple[int, int, int] = (1, 0, 2)  # Load's


@dataclasses.dataclass(frozen=True)
class Place:
    folder: pathlib.Path  # of the applications
    module: str
    port: int

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"


PEER = {"PYTHONPATH": str(PACKAGES)}


def ours(checkout, id, name, *options, environment=None, **more):
    def start(server, place):
        server.start(checkout.run, f"{place.folder / place.module}.py", "--python-path", PACKAGES, "--bind",
                     f"http://{place.address}", *options, environment=environment)

    return Candidate(f"{id}{checkout.suffix}", checkout.name(f"WSGI Bridge, {name}"), start, ours=True, **more)


def graalpy(checkout):
    def start(server, place):
        # Of Python's native modules there is one instance in a process.
        contexts = "1" if place.module == "django_app" else "2"
        server.start(checkout.run, f"{place.folder / place.module}.py", "--python-path", PACKAGES, "--bind",
                     f"http://{place.address}", "--python", "graalpy", "--workers", contexts,
                     environment={"WSGI_BRIDGE_GRAALPY_JIT": "yes"})

    return Candidate(f"graalpy{checkout.suffix}", checkout.name("WSGI Bridge, GraalPy with its JIT, 2 contexts"), start,
                     ours=True, warming=(5, 6, 12))


def gunicorn(id, name, *options):
    def start(server, place):
        server.start("/usr/bin/gunicorn", "--chdir", place.folder, "-b", place.address, *options, place.module,
                     environment=PEER)

    return Candidate(id, f"gunicorn {name}", start, {"/usr/bin/gunicorn": "gunicorn"})


def uwsgi(id, name, *options):
    def start(server, place):
        server.start(
            "/usr/bin/uwsgi", "--plugin", "python3", "--http11-socket", place.address, "--chdir", place.folder, "--module",
            place.module, "--master", "--die-on-term", "--disable-logging", "--listen", "1024", *options,
            environment=PEER)

    return Candidate(id, f"uWSGI {name}", start, {
        "/usr/bin/uwsgi": "uwsgi-core", "/usr/lib/uwsgi/plugins/python3_plugin.so": "uwsgi-plugin-python3"})


def waitress(server, place):
    server.start("/usr/bin/waitress-serve", f"--listen={place.address}", "--threads=8", f"{place.module}:application",
                 cwd=place.folder, environment={"PYTHONPATH": f"{place.folder}:{PACKAGES}"})


APACHE = """
ServerName localhost
Listen {address}
DefaultRuntimeDir {folder}
PidFile {folder}/apache.pid
ErrorLog /dev/stderr
{user}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule wsgi_module {modules}/mod_wsgi.so
# As many threads as connections, and always the same processes.
StartServers 2
ServerLimit 2
ThreadLimit 256
ThreadsPerChild 256
MaxRequestWorkers 512
MaxSpareThreads 512
MaxKeepAliveRequests 0
WSGISocketPrefix {folder}/wsgi
WSGIDaemonProcess compare processes=2 threads=4 python-path={folder}:{packages}
WSGIProcessGroup compare
WSGIApplicationGroup %{{GLOBAL}}
WSGIScriptAlias / {folder}/{module}.py
<Directory {folder}>
  Require all granted
</Directory>
"""


def mod_wsgi(server, place):
    config = place.folder / "apache.conf"
    config.write_text(APACHE.format(
        address=place.address, folder=place.folder, module=place.module, modules=MODULES, packages=PACKAGES.resolve(),
        user="User www-data\nGroup www-data" if os.geteuid() == 0 else ""))
    server.start("/usr/sbin/apache2", "-DFOREGROUND", "-f", config)


def candidates(bench):
    for checkout in bench.checkouts:
        python = ["--python", PYTHON]
        yield ours(checkout, "jvm", "CPython in the JVM, 8 threads", *python, warming=(2, 4, 6))
        yield ours(checkout, "prefork-2x1", "prefork 2 × 1", *python, "--workers", "2", "--threads", "1", warming=(2, 4, 6))
        yield ours(checkout, "prefork-2x4", "prefork 2 × 4", *python, "--workers", "2", "--threads", "4", warming=(2, 4, 6))
        yield graalpy(checkout)
    yield gunicorn("gunicorn-sync", "sync 2 × 1", "-w", "2")
    yield gunicorn("gunicorn-gthread", "gthread 2 × 4", "-w", "2", "--threads", "4")
    yield uwsgi("uwsgi-2x1", "2 × 1", "--processes", "2")
    yield uwsgi("uwsgi-2x4", "2 × 4", "--processes", "2", "--threads", "4")
    yield Candidate("waitress", "waitress 1 × 8", waitress, {"/usr/bin/waitress-serve": "python3-waitress"})
    yield Candidate("mod-wsgi", "mod_wsgi, daemon mode 2 × 4", mod_wsgi, {
        "/usr/sbin/apache2": "apache2", f"{MODULES}/mod_wsgi.so": "libapache2-mod-wsgi-py3"})


def prepare(bench):
    """The applications' folder, which any user may read."""
    setup("fetch_python_packages")
    if not PACKAGES.exists():
        raise NotMeasured("no packages of Python: see target/python-packages.log")
    folder = bench.work / "apps"
    shutil.copytree(APPS, folder)
    with contextlib.closing(sqlite3.connect(folder / "items.sqlite")) as database, database:
        database.execute("CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price REAL NOT NULL)")
        database.execute("CREATE INDEX items_price ON items (price)")
        database.executemany(
            "INSERT INTO items (name, price) VALUES (?, ?)", [(f"Item {i}", i + 0.5) for i in range(1000)])
    return folder


def rows(bench):
    folder = prepare(bench)
    wanted = [candidate for candidate in candidates(bench) if bench.wants(candidate.id)]
    if bench.quick:
        for candidate in [candidate for candidate in wanted if candidate.id.startswith("graalpy")]:
            bench.leave_out(candidate.name, "its JIT takes minutes to get warm: only the whole run has it")
            wanted.remove(candidate)
    for module, requests in ROWS.items():
        requests = [request for request in requests if not bench.quick or request[0] in QUICK]
        if not requests:
            continue
        with bench.stage():
            started = []
            for candidate in wanted:
                server = bench.server(f"{candidate.id}.{module}")
                place = Place(folder, module, free_port())
                try:
                    bench.install(candidate.needs)
                    candidate.start(server, place)
                    started.append((candidate, server, place.port))
                except NotMeasured as reason:
                    bench.leave_out(candidate.name, reason)
            for candidate, server, port in list(started):
                try:
                    await_answer(server, port, requests[0][2], 120)
                except NotMeasured as reason:
                    bench.leave_out(f"{requests[0][1]}: {candidate.name}", reason)
                    started.remove((candidate, server, port))
            for id, title, request in requests:
                loads = [
                    Load(bench, candidate.id, candidate.name, server, port, request, ours=candidate.ours,
                         warming=candidate.warming)
                    for candidate, server, port in started]
                yield row(bench, id, title, loads)
                if id == "hello" and not bench.quick:
                    yield from sweep(bench, id, title, loads)


FAMILY = Family(
    "python", "3. Python applications",
    "The same files on every server, CPython and the frameworks the same for all but GraalPy. Each has two processes: of one "
    "thread (2 × 1) or of four (2 × 4); what has one process has eight threads. CPU time is that of all processes of a "
    "server. gunicorn's sync workers end each connection with its answer. uWSGI's `http11-socket` gives a thread to a "
    "connection until that ends: so many are answered, and quickly; the others wait all the time, and have no latency that "
    "counts.",
    rows)
