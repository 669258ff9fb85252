"""The bridge itself: a bare HttpServlet, WsgiServlet and WsgiFilter with the same answers, in one JVM for each container.

java/Servlets.java has them all; OnJetty.java and OnTomcat.java put them into a container as it comes.
"""
import os
import pathlib
import re

from .load import Load, Request, answers, await_answer, row, sweep
from .machine import PROJECT, NotMeasured, Server, free_port
from .measuring import Family

JAVA = pathlib.Path(__file__).resolve().parent / "java"
WAYS = {"bare": "bare HttpServlet", "servlet": "WsgiServlet", "filter": "WsgiFilter"}
MB = 1024 * 1024
REQUESTS = {
    "hello": ("hello", Request("hello", answers(b"Hello, World!\n"))),
    "headers": ("40 request headers, one of which is read", Request(
        "headers", answers(b"value of header 20"),
        headers=tuple((f"X-Header-{number}", f"value of header {number}") for number in range(40)))),
    "large": ("100 KB", Request("large", answers(bytes(100 * 1024)))),
    "stream": ("1 MB streamed, each 1 KB flushed", Request("stream", answers(bytes(MB)))),
    "upload": ("1 MB upload", Request("upload", answers(str(MB).encode()), method="POST", body=MB)),
}
QUICK = {"jetty-hello", "jetty-headers", "jetty-stream", "tomcat-hello"}


def tomcat():
    """The version of the build, and its jars, which Maven brings."""
    version = re.search(r"<tomcat11\.version>(.*?)<", (PROJECT / "pom.xml").read_text())[1]
    folder = PROJECT / "target" / "compare"
    home = folder / f"apache-tomcat-{version}"
    if not home.exists():
        folder.mkdir(parents=True, exist_ok=True)
        maven = Server("maven", folder)
        maven.log.unlink(missing_ok=True)
        maven.prepare(
            "mvn", "-B", "-f", PROJECT / "pom.xml", "-N", "dependency:unpack", f"-DoutputDirectory={folder}",
            f"-Dartifact=org.apache.tomcat:tomcat:{version}:tar.gz")
    return version, [home / "bin" / "tomcat-juli.jar", *sorted((home / "lib").glob("*.jar"))]


def java(bench, server, checkout, main, *arguments, jars=()):
    """Starts one of the classes in java/, with a checkout's bridge."""
    classes = bench.work / f"{server.name}.classes"
    classpath = ":".join([*map(str, jars), checkout.classpath()])  # a container's servlet API first
    server.prepare(
        f"{os.environ['JAVA_HOME']}/bin/javac", "-d", classes, "-cp", classpath,
        JAVA / "Servlets.java", JAVA / f"{main}.java")
    server.start(
        f"{os.environ['JAVA_HOME']}/bin/java", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        "-cp", f"{classes}:{classpath}", main, *arguments)


def on_jetty(bench, server, checkout, port):
    java(bench, server, checkout, "OnJetty", port)


def on_tomcat(bench, server, checkout, port):
    version, jars = tomcat()
    bench.versions["tomcat"] = version
    java(bench, server, checkout, "OnTomcat", port, bench.work / f"{server.name}.base", jars=jars)


CONTAINERS = {"jetty": ("Jetty", on_jetty), "tomcat": ("Tomcat", on_tomcat)}


def rows(bench):
    for container, (title, start) in CONTAINERS.items():
        with bench.stage():
            servers = []
            for checkout in bench.checkouts:
                server, port = bench.server(f"{container}{checkout.suffix}"), free_port()
                try:
                    start(bench, server, checkout, port)
                    await_answer(server, port, REQUESTS["hello"][1].at("/bare/hello"))
                    servers.append((checkout, server, port))
                except NotMeasured as reason:
                    bench.leave_out(checkout.name(title), reason)
            if not servers:
                continue
            for id, (what, request) in REQUESTS.items():
                if bench.quick and f"{container}-{id}" not in QUICK:
                    continue
                loads = [
                    Load(bench, f"{way}{checkout.suffix}", checkout.name(name), server, port, request.at(f"/{way}/{id}"),
                         ours=way != "bare", warming=(2, 3, 8))
                    for checkout, server, port in servers for way, name in WAYS.items()]
                yield row(bench, f"{container}-{id}", f"{title}: {what}", loads)
                if id == "hello" and not bench.quick:
                    yield from sweep(bench, f"{container}-{id}", f"{title}: {what}", loads)


FAMILY = Family(
    "bridge", "1. The bridge itself",
    "The same answers from a bare `HttpServlet`, through `WsgiServlet` and through `WsgiFilter`, in one JVM for each "
    "container: Jetty and Tomcat, as they come. CPU time is the JVM's.", rows)
