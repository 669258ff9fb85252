"""What is measured, as data, and the order in which it is.

A Family yields Rows; a row has Subjects, which are compared with each other. All of a row's subjects run at the same
time, are warmed up, and then measured in turn, A B C A B C …: what disturbs the machine disturbs them all.
"""
import dataclasses
import statistics
import traceback
from collections.abc import Callable, Iterator

from .machine import Bench, NotMeasured, say

STEADY = 0.05  # by how much a figure may differ from that of the load before


@dataclasses.dataclass
class Subject:
    """One of those that are compared. A measurement gives figures by their names: "rate", "cpu_us", …"""

    id: str
    name: str
    ours: bool
    measure: Callable[[], dict[str, float]]
    warm: Callable[[], None] = lambda: None
    figures: dict[str, list[float]] = dataclasses.field(default_factory=dict)
    more: dict[str, object] = dataclasses.field(default_factory=dict)  # what else the document is to say of it


@dataclasses.dataclass
class Row:
    """What is asked of all subjects. `request` is what several rows have in common that differ by their connections."""

    id: str
    title: str
    subjects: list[Subject]
    request: str = ""
    connections: int | None = None
    keep_alive: bool | None = None
    amount: int | None = None  # of what grows from row to row of a request …
    amounts: str | None = None  # … and what that is
    rounds: int | None = None  # else the run's

    @property
    def name(self):
        return self.title if self.amount is None else f"{self.title}: {self.amount:,}"

    def document(self):
        fields = {
            "id": self.id, "title": self.title, "request": self.request or self.id,
            "connections": self.connections, "keep_alive": self.keep_alive,
            "amount": self.amount, "amounts": self.amounts,
        }
        subjects = [
            {"id": s.id, "name": s.name, "ours": s.ours, **s.more, **s.figures} for s in self.subjects if s.figures]
        return {**{name: value for name, value in fields.items() if value is not None}, "subjects": subjects}


@dataclasses.dataclass(frozen=True)
class Family:
    """`rows` starts servers, yields the rows for which they are to run, and ends them: a generator."""

    id: str
    title: str
    about: str
    rows: Callable[[Bench], Iterator[Row]]


def measured(family, bench):
    """The family's part of the document."""
    say(f"{family.title}")
    bench.not_measured = []
    rows = []
    try:
        for row in family.rows(bench):
            measure(row, bench)
            if any(subject.figures for subject in row.subjects):
                rows.append(row.document())
    except NotMeasured as reason:
        bench.leave_out(family.title, reason)
    except Exception as bug:  # which is ours, and costs the other families nothing
        traceback.print_exc()
        bench.leave_out(family.title, repr(bug))
    return {
        "id": family.id, "title": family.title, "about": family.about, "rows": rows, "not_measured": bench.not_measured}


def measure(row, bench):
    say(f"  {row.name}")
    subjects = [subject for subject in row.subjects if bench.wants(subject.id)]

    def each(step):
        for subject in list(subjects):
            try:
                step(subject)
            except NotMeasured as reason:
                bench.leave_out(f"{row.name}: {subject.name}", reason)
                subjects.remove(subject)
                subject.figures.clear()

    def one(subject):
        for name, figure in subject.measure().items():
            subject.figures.setdefault(name, []).append(figure)

    each(lambda subject: subject.warm())
    for _ in range(row.rounds or bench.rounds):
        each(one)
    for subject in subjects:
        say(f"    {subject.name:32} " + ", ".join(
            f"{name} {statistics.median(values):.6g}" for name, values in subject.figures.items()))


def until_steady(figure, least, most):
    """Calls `figure` until two figures after another hardly differ from the one before; how often at the least, and most."""
    last, steady = 0.0, 0
    for count in range(1, most + 1):
        now = figure()
        steady = steady + 1 if abs(now - last) < STEADY * last else 0
        if steady >= 2 and count >= least:
            return
        last = now
