"""What we want to reach, as ratios of medians in one run."""
import dataclasses
import statistics
from collections.abc import Callable


class Run:
    """The medians of a document."""

    def __init__(self, document):
        self.families = {family["id"]: family for family in document["families"]}

    def rows(self, family, names=lambda id: True):
        """Those of one request each, on the connections that all have: {id: {subject: {figure: median}}}."""
        found = {}
        for row in self.families.get(family, {"rows": []})["rows"]:
            if names(row["id"]) and row.get("connections") in (None, 16) and row.get("keep_alive") is not False or (
                    "amount" in row and names(row["id"])):
                found[row["id"]] = {
                    subject["id"]: {
                        "ours": subject["ours"],
                        **{name: statistics.median(values) for name, values in subject.items() if isinstance(values, list)}}
                    for subject in row["subjects"]}
        return found

    def row(self, family, id):
        return self.rows(family, lambda it: it == id).get(id, {})

    def figure(self, family, id, subject, name):
        return self.row(family, id).get(subject, {}).get(name)


def ratio(a, b):
    return a / b if a is not None and b else None


def fastest(row, wanted):
    """(requests/s, id) of the fastest that is wanted(id, subject); None when there is none."""
    return max(((subject["rate"], id) for id, subject in row.items() if wanted(id, subject)), default=None)


def ours_to(row, peer):
    """The fastest of ours / the fastest peer whose id begins so, and which they are."""
    ours = fastest(row, lambda id, subject: subject["ours"])
    theirs = fastest(row, lambda id, subject: not subject["ours"] and id.startswith(peer))
    return (ours[0] / theirs[0], f"{ours[1]} / {theirs[1]}") if ours and theirs else None


def worst(values):
    """The lowest of {name: ratio}, with its name; None when there is none."""
    values = {name: value for name, value in values.items() if value is not None}
    name = min(values, key=values.get, default=None)
    return (values[name], name) if values else None


# ---------------------------------------------------------------- 1. the bridge itself


def servlet(figure, hello):
    def value(run):
        rows = run.rows("bridge", lambda id: id.endswith("-hello") == hello)
        servlet_bare = {
            id: (row.get("servlet", {}).get(figure), row.get("bare", {}).get(figure)) for id, row in rows.items()}
        return worst({id: ratio(*pair) if figure == "rate" else ratio(*pair[::-1]) for id, pair in servlet_bare.items()})

    return value


# ---------------------------------------------------------------- 2. behind nginx


def fastcgi_cpu(peer):
    return lambda run: ratio(run.figure("fronts", "hello", "fcgi", "cpu_us"), run.figure("fronts", "hello", peer, "cpu_us"))


def fastcgi_rate(run):
    row = run.row("fronts", "hello")
    return ours_to({id: subject for id, subject in row.items() if id == "fcgi" or not subject["ours"]}, "")


# ---------------------------------------------------------------- 3. Python


def python(peer):
    return lambda run: ours_to(run.row("python", "table"), peer)


def every_python(peer):
    def value(run):
        found = {id: ours_to(row, peer) for id, row in run.rows("python").items()}
        return worst({f"{id}: {pair[1]}": pair[0] for id, pair in found.items() if pair})

    return value


# ---------------------------------------------------------------- 4. files


def large_file(run):
    row = run.row("files", "1gb")
    nginx = row.get("nginx", {}).get("cpu_us")
    found = worst({id: ratio(nginx, subject.get("cpu_us")) for id, subject in row.items() if subject["ours"]})
    return found and (1 / found[0], found[1])


# ---------------------------------------------------------------- 5. scale; starts


def connection_memory(run):
    bytes_each = run.figure("scale", "memory-10000", "java", "bytes_per_connection")
    return None if bytes_each is None else bytes_each / 1024


def connection_rate(run):
    return ratio(run.figure("scale", "connections-10000", "java", "rate"),
                 run.figure("scale", "connections-100", "java", "rate"))


def start(row, subject, figure="start_s"):
    return lambda run: run.figure("starts", row, subject, figure)


# ---------------------------------------------------------------- all of them


@dataclasses.dataclass(frozen=True)
class Target:
    """`value` gives what is reached, or that and of which row, or None; `at_most` says which way is better."""

    title: str
    expected: float | None
    goal: float | None
    value: Callable
    at_most: bool = False
    unit: str = ""

    def reached(self, value, wanted):
        return value <= wanted if self.at_most else value >= wanted

    def shown(self, wanted):
        return "" if wanted is None else f"{'≤' if self.at_most else '≥'} {wanted:g}{self.unit}"

    def row(self, run):
        """Title, expected, goal, reached, verdict."""
        value = self.value(run)
        value, which = value if isinstance(value, tuple) else (value, "")
        cells = (self.title, self.shown(self.expected), self.shown(self.goal))
        if value is None:
            return (*cells, "–", "not measured")
        if self.goal is not None and self.reached(value, self.goal):
            verdict = "goal met"
        elif self.expected is not None and self.reached(value, self.expected):
            verdict = "met"
        else:
            verdict = "goal missed" if self.expected is None else "missed"
        words = f"{value:.3g}" if value >= 100 else f"{value:.2f}" if not self.unit.strip() == "MB" else f"{value:.0f}"
        return (*cells, words + self.unit + (f" ({which})" if which else ""), verdict)


TARGETS = [
    Target("`WsgiServlet` / bare servlet, hello, requests/s", 0.97, 1.0, servlet("rate", True)),
    Target("bare servlet / `WsgiServlet`, hello, CPU", 0.97, 1.0, servlet("cpu_us", True)),
    Target("`WsgiServlet` / bare servlet, other rows, requests/s", 0.95, 1.0, servlet("rate", False)),
    Target("bare servlet / `WsgiServlet`, other rows, CPU", 0.95, 1.0, servlet("cpu_us", False)),
    Target("FastCGI hello, CPU: ours / libfcgi in C", 1.5, 1.0, fastcgi_cpu("libfcgi"), at_most=True),
    Target("FastCGI hello, CPU: ours / php-fpm", 0.65, None, fastcgi_cpu("php"), at_most=True),
    Target("FastCGI hello, CPU: ours / Go", 0.35, None, fastcgi_cpu("go"), at_most=True),
    Target("FastCGI hello, requests/s: ours / best peer", 0.9, 1.0, fastcgi_rate),
    Target("Flask and template, requests/s: best of ours / uWSGI", 1.0, None, python("uwsgi")),
    Target("Flask and template, requests/s: best of ours / gunicorn gthread", 1.7, None, python("gunicorn-gthread")),
    Target("Flask and template, requests/s: best of ours / mod_wsgi", 1.2, None, python("mod-wsgi")),
    Target("Every Python row, requests/s: best of ours / uWSGI", None, 1.5, every_python("uwsgi")),
    Target("1 GB file, CPU: ours / nginx", 1.5, 1.1, large_file, at_most=True),
    Target("10,000 open connections, memory each", 16, 8, connection_memory, at_most=True, unit=" KB"),
    Target("Rate at 10,000 open connections / at 100", None, 0.9, connection_rate),
    Target("Start to first answer: Java hello", 0.6, 0.25, start("java", "java"), at_most=True, unit=" s"),
    Target("Start to first answer: Flask on CPython", 1.0, 0.5, start("flask", "jvm"), at_most=True, unit=" s"),
    Target("Start to first answer: Flask on GraalPy", 3.0, 1.5, start("flask", "graalpy"), at_most=True, unit=" s"),
    Target("RSS of Java hello", 90, 60, start("java", "java", "rss_mb"), at_most=True, unit=" MB"),
]


def rows(document):
    """(title, expected, goal, reached, verdict) of each; a verdict is one of "goal met", "met", "missed", …"""
    run = Run(document)
    return [target.row(run) for target in TARGETS]
