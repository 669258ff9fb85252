"""SVG, by hand: bars and lines on a card of their own, in the colours of the reader's light or dark mode.

Ours are in the one strong colour; labels are at what they name, there is no legend.
"""
import dataclasses
import math
from collections.abc import Callable
from xml.sax.saxutils import escape

WIDTH = 840
FAR = 20  # times the lowest value: then an axis is logarithmic
MARGIN = 24
LINE = 21  # from bar to bar
PANEL = 250  # from one plot's top to the next one's
STYLE = """
  .card { fill: #ffffff; stroke: #d5dae1 }
  text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #4a5361 }
  .title { font-size: 14px; font-weight: 600; fill: #1a202b }
  .quiet { fill: #6f7988 }
  .ours { fill: #0b62d6; font-weight: 600 }
  .bar { fill: #c2c9d3 }
  .bar.ours { fill: #0b62d6 }
  .spread { stroke: #6f7988; stroke-width: 1.5 }
  .spread.ours { stroke: #7db4ff }
  .axis { stroke: #d5dae1 }
  .line { fill: none; stroke: #b3bbc7; stroke-width: 1.5 }
  .line.ours { fill: none; stroke: #0b62d6; stroke-width: 2.5 }
  .dot { fill: #b3bbc7 }
  .dot.ours { fill: #0b62d6 }
  @media (prefers-color-scheme: dark) {
    .card { fill: #12161d; stroke: #323a46 }
    text { fill: #b9c2cf }
    .title { fill: #f0f3f7 }
    .quiet { fill: #8a95a5 }
    .ours { fill: #6cb0ff }
    .bar { fill: #465061 }
    .bar.ours { fill: #3d8dfd }
    .spread { stroke: #9aa5b5 }
    .spread.ours { stroke: #cfe4ff }
    .axis { stroke: #323a46 }
    .line { stroke: #5a6576 }
    .line.ours { stroke: #4d9bff }
    .dot { fill: #5a6576 }
    .dot.ours { fill: #4d9bff }
  }
"""


@dataclasses.dataclass(frozen=True)
class Bar:
    """One measured figure; `low` and `high` are the ends of its spread."""

    value: float
    low: float
    high: float
    label: str


@dataclasses.dataclass(frozen=True)
class Group:
    """A title, and below it a line for each name, with one bar in each column; None where there is no figure."""

    title: str
    lines: list[tuple[str, bool, list[Bar | None]]]  # the name, whether it is ours, the bars


@dataclasses.dataclass(frozen=True)
class Series:
    name: str
    ours: bool
    points: list[tuple[str, float]]  # a place on the axis by its label, and how high


@dataclasses.dataclass(frozen=True)
class Panel:
    """Lines over an axis whose places are evenly set; the other one is logarithmic where the values are far apart."""

    title: str
    axis: str
    series: list[Series]
    label: Callable[[float], str]


def bars(columns, groups):
    """Groups of horizontal bars; `columns` names the figures that stand side by side."""
    names = 20 + max(width(name, ours) for group in groups for name, ours, _ in group.lines)
    wide = (WIDTH - 2 * MARGIN - names) / len(columns)
    room = wide - 80  # beside the bar: its label
    parts = [text(MARGIN + names + wide * i, MARGIN + 8, name, "quiet") for i, name in enumerate(columns)]
    y = MARGIN + 34
    for group in groups:
        parts.append(text(MARGIN, y, group.title, "title"))
        y += 12
        tops = [max((line[i].high for _, _, line in group.lines if line[i]), default=0) or 1 for i in range(len(columns))]
        for name, ours, line in group.lines:
            kind = " ours" if ours else ""
            parts.append(text(MARGIN, y + 13, name, kind))
            for i, bar in enumerate(line):
                if bar:
                    x, scale = MARGIN + names + wide * i, room / tops[i]
                    parts.append(f'<rect class="bar{kind}" x="{x:.0f}" y="{y + 3}" width="{max(1, bar.value * scale):.1f}" '
                                 'height="14" rx="2"/>')
                    if (bar.high - bar.low) * scale > 3:
                        parts.append(f'<path class="spread{kind}" d="M{x + bar.low * scale:.1f} {y + 10}H'
                                     f'{x + bar.high * scale:.1f}"/>')
                    parts.append(text(x + max(bar.value, bar.high) * scale + 6, y + 14, bar.label, kind))
            y += LINE
        y += 34
    return svg(y - 34 + MARGIN - 8, parts)


def lines(panels):
    """Panels, one below the other."""
    parts, y = [], MARGIN
    for panel in panels:
        parts += drawn(panel, y)
        y += PANEL
    return svg(y, parts)


def drawn(panel, top):
    names = 8 + max(width(series.name + " 99,999", series.ours) for series in panel.series)
    left, right = MARGIN + 56, WIDTH - MARGIN / 2 - names
    high, low = top + 42, top + PANEL - 54  # of the plot, in pixels
    places = {}
    for series in panel.series:
        for place, _ in series.points:
            places.setdefault(place, None)
    step = (right - left - 24) / max(1, len(places) - 1)
    places = {place: left + 12 + step * number for number, place in enumerate(places)}
    values = [value for series in panel.series for _, value in series.points]
    if max(values) > FAR * min(values):
        floor, ceiling = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)) + 0.001)
        marks = [10.0 ** power for power in range(floor, ceiling + 1)]

        def height(value):
            return low - (math.log10(value) - floor) / (ceiling - floor) * (low - high)
    else:
        marks = steps(max(values))

        def height(value):
            return low - value / marks[-1] * (low - high)

    parts = [text(MARGIN, top + 14, panel.title, "title")]
    for mark in marks:
        y = height(mark)
        parts.append(f'<path class="axis" d="M{left} {y:.1f}H{right:.1f}"/>')
        parts.append(text(left - 8, y + 4, f"{mark:,.6f}".rstrip("0").rstrip("."), "quiet", "end"))
    parts += [text(x, low + 20, place, "quiet", "middle") for place, x in places.items()]
    parts.append(text((left + right) / 2, low + 38, panel.axis, "quiet", "middle"))
    ends = []
    for series in sorted(panel.series, key=lambda series: series.ours):  # ours above the others
        kind = " ours" if series.ours else ""
        points = [(places[place], height(value)) for place, value in series.points]
        parts.append(f'<path class="line{kind}" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in points)}"/>')
        parts += [f'<circle class="dot{kind}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in points]
        ends.append((points[-1], f"{series.name} {panel.label(series.points[-1][1])}", kind))
    for y, ((x, end), name, kind) in spaced(ends, high, low):
        parts.append(f'<path class="axis" d="M{x + 5:.1f} {end:.1f}L{right + 4:.1f} {y:.1f}"/>')
        parts.append(text(right + 8, y + 4, name, kind))
    return parts


def spaced(ends, high, low):
    """Where the labels go: beside the ends of their lines, but none over another."""
    ends = sorted(ends, key=lambda end: end[0][1])
    gap = min(16, (low - high + 40) / max(1, len(ends)))
    ys = [end[0][1] for end in ends]
    for i in range(1, len(ys)):
        ys[i] = max(ys[i], ys[i - 1] + gap)
    if ys and ys[-1] > low:
        ys[-1] = max(low, ends[-1][0][1])
        for i in range(len(ys) - 2, -1, -1):
            ys[i] = min(ys[i], ys[i + 1] - gap)
    return zip(ys, ends)


def steps(highest):
    """Three to six round marks from 0 to above the highest."""
    power = 10 ** math.floor(math.log10(highest or 1))
    step = next(s * power for s in (0.2, 0.5, 1, 2, 5) if highest / (s * power) <= 5)
    return [step * i for i in range(math.ceil(highest / step) + 1)]


def width(words, ours):
    """How wide they are, about."""
    return len(words) * (7.3 if ours else 6.6)


def text(x, y, words, kind="", anchor=""):
    end = f' text-anchor="{anchor}"' if anchor else ""
    kind = f' class="{kind.strip()}"' if kind else ""
    return f'<text x="{x:.0f}" y="{y:.0f}"{kind}{end}>{escape(words)}</text>'


def svg(height, parts):
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}">\n'
        f'<style>{STYLE}</style>\n'
        f'<rect class="card" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1:.0f}" rx="8"/>\n'
        + "\n".join(parts) + "\n</svg>\n")
