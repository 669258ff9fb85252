"""From the command to the first answer, and the memory that it takes.

Each starts alone, in turn; what a start prepares once (archives of class data, compiled modules) is there before.
"""
import http.client
import time

from .load import Load, Request, answers, ask
from .machine import NotMeasured, free_port, setup
from .measuring import Family, Row, Subject
from .python_apps import APPS, PACKAGES, PEER, PYTHON

HELLO = Request("/", answers(b"Hello, World!\n"))
PATIENCE = 60  # seconds


def first_answer(server, port):
    """Seconds from now until it answers."""
    began = time.monotonic()
    while True:
        server.check()
        try:
            status, body = ask(port, HELLO)
        except (OSError, http.client.HTTPException) as failure:
            status, body = 503, repr(failure).encode()
        if status == 200 and HELLO.right(body):
            return time.monotonic() - began
        if status not in (502, 503) or time.monotonic() - began > PATIENCE:
            raise NotMeasured(f"it answers {status}: {body[:80]!r}")
        time.sleep(0.002)


def subject(bench, id, name, command, *, ours=False, environment=None, needs=None, loaded=False):
    """`command` gives the command for a port; `loaded`: its memory after a load, too."""
    # Python keeps what it has compiled, whatever this shell says of that.
    kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(bench.work / "pycache")}

    def measure():
        with bench.stage():
            server, port = bench.server(f"start-{id}"), free_port()
            server.start(*command(port), environment={**kept, **(environment or {})})
            figures = {"start_s": first_answer(server, port), **server.memory()}
            if loaded:
                load = Load(bench, id, name, server, port, HELLO)
                figures["rss_after_load_mb"] = load.run(1 if bench.quick else 5)["rss_mb"]
            return figures

    def warm():
        bench.install(needs or {})
        measure()

    return Subject(id, name, ours, measure, warm)


def rows(bench):
    setup("fetch_python_packages")
    module = "flask_app"
    java, flask = [], []
    for checkout in bench.checkouts:
        def bridge(*words, run=checkout.run):
            return lambda port: [run, *words, "--bind", f"http://127.0.0.1:{port}"]

        def add(row, id, name, *words, suffix=checkout.suffix, named=checkout.name, **more):
            row.append(subject(bench, f"{id}{suffix}", named(f"WSGI Bridge, {name}"), bridge(*words), ours=True, **more))

        python = (APPS / f"{module}.py", "--python-path", PACKAGES, "--python")
        add(java, "java", "Java", "dev.wsgibridge.examples.Hello", loaded=True)
        add(flask, "jvm", "CPython in the JVM", *python, PYTHON)
        add(flask, "prefork", "prefork 2 × 1", *python, PYTHON, "--workers", "2", "--threads", "1")
        if bench.quick:
            bench.leave_out("WSGI Bridge, GraalPy", "its start takes long to prepare: only the whole run has it")
        elif bench.wants(f"graalpy{checkout.suffix}"):
            preparing = bench.server(f"prepare{checkout.suffix}")
            preparing.prepare(checkout.run, "prepare")
            add(flask, "graalpy", "GraalPy", *python, "graalpy")
    flask.append(subject(
        bench, "gunicorn", "gunicorn sync, 1 process",
        lambda port: ["/usr/bin/gunicorn", "--chdir", APPS, "-b", f"127.0.0.1:{port}", module], environment=PEER,
        needs={"/usr/bin/gunicorn": "gunicorn"}))
    flask.append(subject(
        bench, "uwsgi", "uWSGI, 1 process",
        lambda port: ["/usr/bin/uwsgi", "--plugin", "python3", "--http11-socket", f"127.0.0.1:{port}", "--chdir", APPS,
                      "--module", module, "--master", "--die-on-term", "--disable-logging"],
        environment=PEER,
        needs={"/usr/bin/uwsgi": "uwsgi-core", "/usr/lib/uwsgi/plugins/python3_plugin.so": "uwsgi-plugin-python3"}))
    yield Row("java", "Hello in Java", java)
    yield Row("flask", "Flask: hello", flask)


FAMILY = Family(
    "starts", "Start to first answer",
    "From the command to its first answer, asked for every two milliseconds, when the files are in the kernel's cache and "
    "`./run prepare` has run once. Memory is that after the first answer.",
    rows)
