"""Behind one nginx worker, over Unix sockets: the same 14 bytes by our protocols, and from those one would take instead.

CPU time is that of the back end alone. FastCGI has connections that are kept; SCGI's and uwsgi's end with the answer.
What answers one request at a time has sixteen processes, one for each connection of the main row. On more connections the
others wait until nginx closes one that it keeps.
"""
import dataclasses
import glob
import os
import socket
from collections.abc import Callable

from . import servlets
from .load import Load, Request, answers, await_answer, await_port, row, sweep
from .machine import PROJECT, NotMeasured, free_port
from .measuring import Family

PROCESSES = 16
NGINX_FILE = "/usr/sbin/nginx"
PHP_FPM_FILES = "/usr/sbin/php-fpm*"  # their names end with a version
HELLO = Request("/", answers(b"Hello, World!\n"))

HELLO_C = r"""
#include <fcgiapp.h>
int main(void) {
  FCGX_Request request;
  FCGX_Init();
  FCGX_InitRequest(&request, 0, 0);
  while (FCGX_Accept_r(&request) == 0) {
    FCGX_PutS("Content-Type: text/plain; charset=utf-8\r\nContent-Length: 14\r\n\r\nHello, World!\n", request.out);
    FCGX_Finish_r(&request);
  }
  return 0;
}
"""

HELLO_GO = r"""
package main

import (
	"io"
	"net"
	"net/http"
	"net/http/fcgi"
	"os"
)

func main() {
	listener, err := net.Listen("unix", os.Args[1])
	if err != nil {
		panic(err)
	}
	panic(fcgi.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Content-Length", "14")
		io.WriteString(w, "Hello, World!\n")
	})))
}
"""

HELLO_PHP = r"""<?php
header('Content-Type: text/plain; charset=utf-8');
header('Content-Length: 14');
echo "Hello, World!\n";
"""

HELLO_PY = r"""
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "14")])
    return [b"Hello, World!\n"]
"""

PHP_FPM = """
[global]
error_log = {work}/php-fpm.log
[www]
{user}
listen = {socket}
listen.backlog = 1024
pm = static
pm.max_children = {processes}
"""

NGINX = """
{user}
worker_processes 1;
worker_rlimit_nofile 8192;
pid {work}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {work}/body;
  proxy_temp_path {work}/proxy;
  fastcgi_temp_path {work}/fastcgi;
  scgi_temp_path {work}/scgi;
  uwsgi_temp_path {work}/uwsgi;
  keepalive_requests 1000000000;
  fastcgi_keep_conn on;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  {upstreams}
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    server_name localhost;
    {locations}
  }}
}}
"""

# The other protocols end a connection with its answer. One that is idle is soon ended too: what serves one connection at a
# time then sees to those that came in vain, in a load that is over.
KEPT = "keepalive 16; keepalive_requests 1000000000; keepalive_timeout 1s;"
UPSTREAM = "upstream {id} {{ server unix:{socket}; {kept} }}"
LOCATION = "location = /{id} {{ {include} {more} {protocol}_pass {http}{id}; }}"


@dataclasses.dataclass
class BackEnd:
    """How one is started: start(bench, server, socket)."""

    id: str  # its location at nginx
    name: str
    protocol: str  # nginx's word for it
    start: Callable
    needs: dict[str, str] = dataclasses.field(default_factory=dict)  # a file that it needs, as a glob: Debian's package
    ours: bool = False

    def socket(self, bench):
        return bench.work / f"{self.id}.s"


def ours(checkout, scheme, protocol, name):
    def start(bench, server, path):
        server.start(checkout.run, "dev.wsgibridge.examples.Hello", "--bind", f"{scheme}+unix://{path}")

    return BackEnd(f"{scheme}{checkout.suffix}", checkout.name(f"WSGI Bridge, {name}"), protocol, start, ours=True)


def libfcgi(bench, server, path):
    source = bench.file("hello.c", HELLO_C)
    server.prepare("gcc", "-O2", "-o", "hello-c", source, "-lfcgi")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen(1024)
        for _ in range(PROCESSES):
            server.start(bench.work / "hello-c", stdin=listening)  # as spawn-fcgi -F: the socket is standard input


def php_fpm(bench, server, path):
    bench.file("hello.php", HELLO_PHP)
    root = os.geteuid() == 0
    config = bench.file("php-fpm.conf", PHP_FPM.format(
        work=bench.work, socket=path, processes=PROCESSES, user="user = root\ngroup = root" if root else ""))
    server.start(max(glob.glob(PHP_FPM_FILES)), "--nodaemonize", "--fpm-config", config,
                 *(["--allow-to-run-as-root"] if root else []))


def go(bench, server, path):
    source = bench.file("hello.go", HELLO_GO)
    server.prepare("go", "build", "-o", "hello-go", source, environment={
        "GOCACHE": str(PROJECT / "target" / "go-build"), "GOPATH": str(bench.work / "go"), "CGO_ENABLED": "0",
        "GO111MODULE": "off"})
    server.start(bench.work / "hello-go", path)


def uwsgi(bench, server, path):
    bench.file("hello.py", HELLO_PY)
    server.start("uwsgi", "--plugin", "python3", "--wsgi-file", "hello.py", "--socket", path, "--master",
                 "--processes", "2", "--listen", "1024", "--disable-logging", "--die-on-term")


def bare_jetty(bench, server, path):
    servlets.java(bench, server, bench.checkouts[0], "OnUnixSocket", path)


def back_ends(bench):
    for checkout in bench.checkouts:
        yield ours(checkout, "fcgi", "fastcgi", "FastCGI")
        yield ours(checkout, "scgi", "scgi", "SCGI")
        yield ours(checkout, "uwsgi", "uwsgi", "uwsgi")
    yield BackEnd("libfcgi", f"libfcgi in C, {PROCESSES} processes", "fastcgi", libfcgi,
                  {"/usr/bin/gcc": "gcc", "/usr/include/fcgiapp.h": "libfcgi-dev"})
    yield BackEnd("php", f"php-fpm, {PROCESSES} processes", "fastcgi", php_fpm, {PHP_FPM_FILES: "php-fpm"})
    yield BackEnd("go", "Go's net/http/fcgi", "fastcgi", go, {"/usr/bin/go": "golang-go"})
    yield BackEnd("uwsgi-c", "uWSGI, 2 processes, uwsgi", "uwsgi", uwsgi, {
        "/usr/bin/uwsgi": "uwsgi-core", "/usr/lib/uwsgi/plugins/python3_plugin.so": "uwsgi-plugin-python3"})
    yield BackEnd("jetty", "Jetty, a bare servlet, HTTP", "proxy", bare_jetty)


def start_nginx(bench, started):
    """One nginx before them all; its port."""
    bench.install({NGINX_FILE: "nginx-light"})
    port = free_port()
    upstreams, locations = [], []
    for back_end in started:
        proxy = back_end.protocol == "proxy"
        upstreams.append(UPSTREAM.format(
            id=back_end.id, socket=back_end.socket(bench), kept=KEPT if back_end.protocol in ("fastcgi", "proxy") else ""))
        locations.append(LOCATION.format(
            id=back_end.id, protocol=back_end.protocol, http="http://" if proxy else "",
            include="" if proxy else f"include /etc/nginx/{back_end.protocol}_params;",
            more=f"fastcgi_param SCRIPT_FILENAME {bench.work}/hello.php;" if back_end.id == "php" else ""))
    config = bench.file("nginx.conf", NGINX.format(
        user="user root;" if os.geteuid() == 0 else "", work=bench.work, port=port,
        upstreams="\n  ".join(upstreams), locations="\n    ".join(locations)))
    nginx = bench.server("nginx")
    nginx.start(NGINX_FILE, "-p", bench.work, "-c", config, "-g", "daemon off;")
    await_port(nginx, port)
    return port


def rows(bench):
    with bench.stage():
        started = []
        for back_end in back_ends(bench):
            if bench.wants(back_end.id):
                server = bench.server(back_end.id)
                try:
                    bench.install(back_end.needs)
                    back_end.start(bench, server, back_end.socket(bench))
                    started.append((back_end, server))
                except NotMeasured as reason:
                    bench.leave_out(back_end.name, reason)
        port = start_nginx(bench, [back_end for back_end, _ in started])
        loads = []
        for back_end, server in started:
            request = HELLO.at(f"/{back_end.id}")
            try:
                await_answer(server, port, request)
                loads.append(Load(bench, back_end.id, back_end.name, server, port, request, ours=back_end.ours, warming=(2, 3, 6)))
            except NotMeasured as reason:
                bench.leave_out(back_end.name, reason)
        yield row(bench, "hello", "Hello", loads)
        yield from sweep(bench, "hello", "Hello", loads)


FAMILY = Family(
    "fronts", "2. Behind one nginx",
    "The same 14 bytes through one nginx worker, over Unix sockets. CPU time is that of the back end's processes alone.",
    rows)
