"""What was measured, as text for a terminal and as a page with charts: pure functions of the document."""
import dataclasses
import statistics
from collections.abc import Callable
from xml.sax.saxutils import escape

from . import charts, targets

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
NOISY = 10  # percent of spread


def number(value):
    """Three digits that count: 12,300; 1.23; 0.012."""
    if value == 0:
        return "0"
    digits = 2
    while abs(value) < 1 and digits < 6:
        value, digits = value * 10, digits + 1
    value /= 10 ** (digits - 2)
    if abs(value) >= 100:
        places = len(f"{abs(value):.0f}") - 3
        return f"{round(value, -places):,.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.{digits}f}".rstrip("0").rstrip(".") if abs(value) < 0.1 else f"{value:.2f}"


@dataclasses.dataclass(frozen=True)
class Figure:
    """How a figure of the document is shown."""

    title: str
    scale: float = 1
    spread: bool = False
    short: Callable[[float], str] = number

    def shown(self, value):
        return self.short(value * self.scale)


# In the order of the columns.
FIGURES = {
    "start_s": Figure("start, s", spread=True),
    "rate": Figure("requests/s", spread=True),
    "cpu_us": Figure("CPU µs a request", spread=True),
    "us_per_param": Figure("CPU µs a param"),
    "us_per_header": Figure("CPU µs a header"),
    "us_per_mb": Figure("CPU µs a MB"),
    "mb_per_s": Figure("MB/s"),
    "p50_us": Figure("p50 ms", 1e-3),
    "p99_us": Figure("p99 ms", 1e-3),
    "p999_us": Figure("p99.9 ms", 1e-3),
    "bytes_per_connection": Figure("KB a connection", 1 / 1024, spread=True),
    "heap_bytes_per_connection": Figure("of it Java heap, KB", 1 / 1024),
    "rss_mb": Figure("RSS MB"),
    "pss_mb": Figure("PSS MB"),
    "rss_after_load_mb": Figure("RSS MB after a load"),
}
GROWING = ("rate", "cpu_us", "bytes_per_connection")  # lines
CHARTED = ("start_s", "rate", "cpu_us", "rss_mb")  # bars: the first two that a family has


def table(document):
    """Everything, for a terminal."""
    out = [machine(document), ""]
    out += aligned(target_rows(document), "")
    for family in document["families"]:
        out += ["", family["title"]]
        for request in requests(family):
            for title, grid in request.tables():
                out += ["", f"  {title}", *aligned(grid, "    ")]
        out += [""] * bool(family["not_measured"])
        out += [f"  not measured: {it['name']}: {it['reason']}" for it in family["not_measured"]]
    return "\n".join(out)


def write(document, path):
    """Makes what lies between the two comments of the page anew, and the charts in a folder beside it."""
    page = path.read_text() if path.exists() else f"{BEGIN}\n{END}\n"
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{path}: found no {END if begin else BEGIN}, expected {BEGIN} and {END}")
    folder = path.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    drawn = pictures(document)
    for name, picture in drawn.items():
        (folder / f"{name}.svg").write_text(picture)
    path.write_text(f"{before}{BEGIN}\n{markdown(document, folder.name, drawn)}\n{END}{after}")


# ---------------------------------------------------------------- what is shown


@dataclasses.dataclass
class Asked:
    """The rows of one request: on different numbers of connections, or in growing amounts."""

    rows: list[dict]

    @property
    def title(self):
        return self.rows[0]["title"]

    @property
    def grows(self):
        return "amount" in self.rows[0]

    def tables(self):
        """(title, grid) of each table: a grid's first line is its header."""
        if self.grows:
            yield self.title, self.ladder()
            return
        yield self.title, self.subjects(self.rows[0])
        if len(self.rows) > 1:
            yield f"{self.title}: requests/s by connections (* one for each request)", self.sweep()

    def subjects(self, row):
        names = shown(row["subjects"])
        return [["", *(FIGURES[name].title for name in names)]] + [
            [subject["name"], *(cell(subject, name) for name in names)] for subject in row["subjects"]]

    def ladder(self):
        names = shown([subject for row in self.rows for subject in row["subjects"]])
        several = len({subject["id"] for row in self.rows for subject in row["subjects"]}) > 1
        return [[self.rows[0]["amounts"], *[""] * several, *(FIGURES[name].title for name in names)]] + [
            [f"{row['amount']:,}", *[subject["name"]] * several, *(cell(subject, name) for name in names)]
            for row in self.rows for subject in row["subjects"]]

    def sweep(self):
        rows = sorted(self.rows, key=lambda row: (not row["keep_alive"], row["connections"]))
        lines = {subject["id"]: subject["name"] for row in rows for subject in row["subjects"]}
        found = [{subject["id"]: subject for subject in row["subjects"]} for row in rows]
        return [["", *(f"{row['connections']}{'' if row['keep_alive'] else '*'}" for row in rows)]] + [
            [name, *(number(median(by[id], "rate")) if id in by else "–" for by in found)] for id, name in lines.items()]


def requests(family):
    """The family's rows, by what is asked, in order."""
    found = {}
    for row in family["rows"]:
        found.setdefault(row.get("request", row["id"]), []).append(row)
    return [Asked(rows) for rows in found.values()]


def shown(subjects):
    """The figures that any of them has."""
    return [name for name in FIGURES if any(name in subject for subject in subjects)]


def median(subject, name):
    return statistics.median(subject[name])


def spread(values):
    """Half of the way from the lowest to the highest, in percent of the median."""
    middle = statistics.median(values)
    return (max(values) - min(values)) / 2 / middle * 100 if middle else 0


def cell(subject, name):
    if name not in subject:
        return "–"
    figure, values = FIGURES[name], subject[name]
    words = figure.shown(statistics.median(values))
    return f"{words} ± {spread(values):.0f} %" if figure.spread and len(values) > 1 else words


def machine(document):
    """Where, when, with what: and how far it can be trusted."""
    it = document["machine"]
    spreads = [
        spread(subject[name]) for family in document["families"] for row in family["rows"] for subject in row["subjects"]
        for name in ("rate", "cpu_us") if len(subject.get(name, ())) > 1]
    words = (f"{document['date']}, {it['cpu']}, {it['cores']} cores, {it['memory_gb']:g} GB, {it['system']}.")
    if document["quick"]:
        words += " A quick run: it shows that all works; its figures are too short to be trusted."
    elif spreads:
        typical = statistics.median(spreads)
        words += (f" Spread (half of the way from the lowest to the highest, of the median): {typical:.0f} % typically, "
                  f"{max(spreads):.0f} % at most.")
        if typical > NOISY:
            words += " The machine was noisy: only large differences mean something."
    return words


def target_rows(document):
    return [["Target", "Expected", "Goal", "Reached", ""]] + [list(row) for row in targets.rows(document)]


# ---------------------------------------------------------------- text


def aligned(grid, indent):
    widths = [max(len(line[i]) for line in grid) for i in range(len(grid[0]))]
    return [
        (indent + "  ".join(
            words.rjust(width) if figures(grid, i) else words.ljust(width)
            for i, (words, width) in enumerate(zip(line, widths)))).rstrip()
        for line in grid]


def figures(grid, column):
    """Whether a column is of figures, and goes to the right."""
    return column > 0 and any(line[column][:1].isdigit() for line in grid[1:])


# ---------------------------------------------------------------- the page


def markdown(document, folder, drawn):
    out = [
        f"Measured by `{document['command']}`: {escape(machine(document))}", "",
        "Versions: " + ", ".join(f"{name} {version}" for name, version in document["versions"].items()) + ".", "",
        "## Targets", "",
        "Ratios of medians of this one run.", "", *grid_markdown(target_rows(document))]
    for family in document["families"]:
        out += ["", f"## {family['title']}", ""]
        out += [family["about"], ""] if family["about"] else []
        for name, alt in ((family["id"], "each request"), (f"{family['id']}-connections", "requests/s by connections"),
                          (f"{family['id']}-growth", "growth")):
            out += [f"![{family['title']}: {alt}]({folder}/{name}.svg)", ""] if name in drawn else []
        for request in requests(family):
            for title, grid in request.tables():
                out += [f"**{title.replace('*', chr(92) + '*')}**", "", *grid_markdown(grid), ""]
            out += details(request)
        out += [f"- Not measured: {it['name']}: {escape(it['reason'])}" for it in family["not_measured"]]
    while not out[-1]:
        out.pop()
    return "\n".join(out)


def details(request):
    """Latencies and memory of the other numbers of connections, to be opened."""
    if request.grows or len(request.rows) < 2:
        return []
    out = ["<details><summary>Every figure by connections</summary>", ""]
    for row in request.rows[1:]:
        out += [row["title"], "", *grid_markdown(request.subjects(row)), ""]
    return [*out, "</details>", ""]


def grid_markdown(grid):
    head, *lines = grid
    rule = ["---:" if figures(grid, i) else "---" for i in range(len(head))]
    return [f"| {' | '.join(line)} |" for line in [head, rule, *lines]]


def pictures(document):
    """SVGs by their names."""
    found = {}
    for family in document["families"]:
        asked = requests(family)
        level = [it for it in asked if not it.grows]
        if level:
            found[family["id"]] = bars(level)
        swept = [it for it in level if len(it.rows) > 1]
        if swept:
            found[f"{family['id']}-connections"] = charts.lines([sweep_panel(it) for it in swept])
        growing = [panel for it in asked if it.grows for panel in growth_panels(it)]
        if growing:
            found[f"{family['id']}-growth"] = charts.lines(growing)
    return found


def bars(level):
    subjects = [subject for request in level for subject in request.rows[0]["subjects"]]
    names = [name for name in CHARTED if any(name in subject for subject in subjects)][:2]

    def bar(subject, name):
        if name not in subject:
            return None
        figure, values = FIGURES[name], subject[name]
        middle = statistics.median(values)
        return charts.Bar(middle, min(values), max(values), figure.shown(middle))

    return charts.bars([FIGURES[name].title for name in names], [
        charts.Group(request.title, [
            (subject["name"], subject["ours"], [bar(subject, name) for name in names])
            for subject in request.rows[0]["subjects"]])
        for request in level])


def sweep_panel(request):
    rows = sorted((row for row in request.rows if row["keep_alive"]), key=lambda row: row["connections"])
    return panel(f"{request.title}: requests/s", "connections, kept", rows, "rate", lambda row: str(row["connections"]))


def growth_panels(request):
    names = shown([subject for row in request.rows for subject in row["subjects"]])
    for name in [name for name in GROWING if name in names]:
        yield panel(f"{request.title}: {FIGURES[name].title}", request.rows[0]["amounts"], request.rows, name,
                    lambda row: f"{row['amount']:,}")


def panel(title, axis, rows, name, place):
    found = {}
    for row in rows:
        for subject in row["subjects"]:
            value = median(subject, name) * FIGURES[name].scale if name in subject else 0
            if value > 0:
                series = found.setdefault(subject["id"], charts.Series(subject["name"], subject["ours"], []))
                series.points.append((place(row), value))
    return charts.Panel(title, axis, list(found.values()), number)
