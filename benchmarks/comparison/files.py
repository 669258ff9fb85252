"""Files: wsgi.file_wrapper and Body.of(Path) of ours, nginx and uWSGI with their sendfile.

1 GB is read twice: with a short pause after each MB, as what is behind a network takes it; and as fast as the loopback
lets one. There the kernel wakes a reader that is quicker than the server for each block, and charges the server for it.
"""
import os
import socket
import time

from .load import Load, Request, answers, row
from .machine import NotMeasured, free_port
from .measuring import Family, Row, Subject
from .python_apps import APPS, PYTHON
from .servlets import JAVA

KB, MB, GB = 1 << 10, 1 << 20, 1 << 30
SIZES = {"10kb": ("10 KB", 10 * KB), "1mb": ("1 MB", MB)}
PAUSE = 0.0005  # seconds

NGINX = """
{user}
worker_processes 2;
pid {work}/files-nginx.pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  default_type application/octet-stream;
  client_body_temp_path {work}/body;
  proxy_temp_path {work}/proxy;
  fastcgi_temp_path {work}/fastcgi;
  scgi_temp_path {work}/scgi;
  uwsgi_temp_path {work}/uwsgi;
  keepalive_requests 1000000000;
  server {{
    listen 127.0.0.1:{port};
    root {folder};
  }}
}}
"""


def download(port, path, pause):
    """Reads all of an answer and forgets it; how many bytes its body had."""
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            read = connection.recv(4 * KB)
            if not read:
                raise NotMeasured(f"asked for {path} it answers {head!r}")
            head += read
        head, _, begun = head.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            raise NotMeasured(f"asked for {path} it answers {head!r}")
        total, next_pause, block = len(begun), MB, bytearray(64 * KB)
        while total < GB:
            read = connection.recv_into(block)
            if not read:
                raise NotMeasured(f"of {path} it sends {total} bytes, expected {GB}")
            total += read
            if pause and total >= next_pause:
                next_pause += MB
                time.sleep(pause)


def large(server, port, pause):
    before, began = server.cpu(), time.monotonic()
    download(port, "/1gb", pause)
    seconds = time.monotonic() - began
    return {
        "rate": 1 / seconds, "cpu_us": server.cpu_since(before) / 1000, "mb_per_s": GB / MB / seconds, **server.memory()}


def bridge(bench, server, checkout, port, *application):
    server.start(checkout.run, *application, "--bind", f"http://127.0.0.1:{port}",
                 environment={"FILES": str(bench.work / "files")})


def java(bench, server, checkout, port):
    classes = bench.work / "files.classes"
    server.prepare(f"{os.environ['JAVA_HOME']}/bin/javac", "-d", classes, "-cp", checkout.classpath(), JAVA / "Files.java")
    bridge(bench, server, checkout, port, "--classpath", classes, "Files")


def nginx(bench, server, checkout, port):
    bench.install({"/usr/sbin/nginx": "nginx-light"})
    config = bench.file("files-nginx.conf", NGINX.format(
        user="user root;" if os.geteuid() == 0 else "", work=bench.work, port=port, folder=bench.work / "files"))
    server.start("/usr/sbin/nginx", "-p", bench.work, "-c", config, "-g", "daemon off;")


def uwsgi(bench, server, checkout, port):
    bench.install({"/usr/bin/uwsgi": "uwsgi-core", "/usr/lib/uwsgi/plugins/python3_plugin.so": "uwsgi-plugin-python3"})
    server.start(
        "/usr/bin/uwsgi", "--plugin", "python3", "--http11-socket", f"127.0.0.1:{port}", "--wsgi-file", APPS / "files_app.py",
        "--master", "--die-on-term", "--disable-logging", "--listen", "1024", "--tcp-nodelay",
        "--processes", "2", "--threads", "4",
        environment={"FILES": str(bench.work / "files")})


def candidates(bench):
    """(id, name, whether ours, how it is started, the checkout)"""
    for checkout in bench.checkouts:
        def python(bench, server, checkout, port):
            bridge(bench, server, checkout, port, APPS / "files_app.py", "--python", PYTHON)

        def prefork(bench, server, checkout, port):
            bridge(bench, server, checkout, port, APPS / "files_app.py", "--python", PYTHON, "--workers", "2",
                   "--threads", "4")

        for id, name, start in (
                ("jvm", "CPython in the JVM, file_wrapper", python), ("prefork", "prefork 2 × 4, file_wrapper", prefork),
                ("java", "Java, Body.of(Path)", java)):
            yield f"{id}{checkout.suffix}", checkout.name(f"WSGI Bridge, {name}"), True, start, checkout
    yield "nginx", "nginx, static, sendfile", False, nginx, None
    yield "uwsgi", "uWSGI 2 × 4, file_wrapper by sendfile", False, uwsgi, None


def rows(bench):
    folder = bench.work / "files"
    folder.mkdir()
    for id, (_, size) in SIZES.items():
        (folder / id).write_bytes(bytes(range(256)) * (size // 256))
    with (folder / "1gb").open("wb") as file:
        file.truncate(GB)  # sparse: it takes no room, but for the kernel's cache
    with bench.stage():
        started = []
        for id, name, ours, start, checkout in candidates(bench):
            if bench.wants(id):
                server, port = bench.server(f"files-{id}"), free_port()
                try:
                    start(bench, server, checkout, port)
                    started.append((id, name, ours, server, port))
                except NotMeasured as reason:
                    bench.leave_out(name, reason)
        for id, (title, size) in SIZES.items():
            request = Request(f"/{id}", answers(bytes(range(256)) * (size // 256)))
            yield row(bench, id, title, [
                Load(bench, who, name, server, port, request, ours=ours, warming=(1, 3, 6))
                for who, name, ours, server, port in started])
        yield Row("1gb", "1 GB, by a reader that pauses", [
            Subject(who, name, ours, lambda server=server, port=port: large(server, port, PAUSE),
                    lambda server=server, port=port: large(server, port, 0))
            for who, name, ours, server, port in started], rounds=None if bench.quick else max(bench.rounds, 5))
        if not bench.quick:
            yield Row("1gb-loopback", "1 GB, as fast as the loopback takes it", [
                Subject(who, name, ours, lambda server=server, port=port: large(server, port, 0))
                for who, name, ours, server, port in started], rounds=min(bench.rounds, 3))


FAMILY = Family(
    "files", "4. Files",
    "The kernel's cache has them all. 1 GB goes to one reader, which sleeps for half a millisecond after each MB, as what "
    "is behind a network does: the loopback wakes a reader that waits for each block, and charges the server for it (the row "
    "after it). CPU time is that of all processes of a server.",
    rows)
