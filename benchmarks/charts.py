"""Charts of results as SVG, by hand: two axes on powers of ten, a line a server. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 84, 196, 48, 56
COLOURS = ("#ac4723", "#2f6f9f", "#4d7c3a", "#8a5a9e", "#8c7a2b", "#555555")

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Axis:
    """One direction: its label, and from which place on the paper to which it goes."""

    label: str
    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Where a value stands; each power of ten takes as much room as the next."""
        part = (math.log10(value) - math.log10(self.low)) / math.log10(self.high / self.low)
        return self.start + part * (self.end - self.start)

    def marks(self) -> list[float]:
        """1, 2 and 5 of each power of ten between the ends."""
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        found = [step * 10.0**power for power in powers for step in (1, 2, 5)]
        inside = [value for value in found if self.low <= value <= self.high]
        return inside if len(inside) <= 9 else [v for v in inside if math.log10(v) % 1 == 0]


def lines(title: str, across: str, up: str, series: Mapping[str, Points]) -> str:
    """A chart with one line for each of `series`; all values are above zero."""
    xs = [x for points in series.values() for x, _y in points]
    ys = [y for points in series.values() for _x, y in points]
    horizontal = Axis(across, min(xs), max(xs) * 1.0001, LEFT, WIDTH - RIGHT)
    vertical = Axis(up, _below(min(ys)), _above(max(ys)), HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' font-family="system-ui, sans-serif" font-size="12"><title>{escape(title)}</title>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _text(LEFT, 24, title, size=15),
        *_grid(horizontal, vertical),
    ]
    taken: list[float] = []
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        placed = [(horizontal.at(x), vertical.at(y)) for x, y in points]
        way = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        width = 3 if number == 0 else 2
        parts.append(
            f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
        )
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in placed]
        # A name stands at the end of its line, below the names that stand there already.
        place = placed[-1][1]
        while any(abs(place - other) < 15 for other in taken):
            place += 3
        taken.append(place)
        parts.append(_text(WIDTH - RIGHT + 10, place + 4, name, colour=colour))
    return "\n".join([*parts, "</svg>", ""])


def _grid(horizontal: Axis, vertical: Axis) -> list[str]:
    parts = []
    for value in vertical.marks():
        y = vertical.at(value)
        parts.append(
            f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
            + _text(LEFT - 8, y + 4, _short(value), anchor="end")
        )
    for value in horizontal.marks():
        x = horizontal.at(value)
        parts.append(
            f'<path d="M{x:.1f} {HEIGHT - BOTTOM}v5" stroke="#555"/>'
            + _text(x, HEIGHT - BOTTOM + 20, _short(value), anchor="middle")
        )
    parts.append(f'<path d="M{LEFT} {HEIGHT - BOTTOM}H{WIDTH - RIGHT}" stroke="#555"/>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(_text(middle, HEIGHT - 14, horizontal.label, anchor="middle"))
    parts.append(_text(LEFT, TOP - 8, vertical.label))
    return parts


def _text(
    x: float, y: float, text: str, *, size: int = 12, anchor: str = "start", colour: str = "#333"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"'
        f' fill="{colour}">{escape(text)}</text>'
    )


def _short(value: float) -> str:
    if value >= 1e6:
        return f"{value / 1e6:g} M"
    return f"{value / 1e3:g} k" if value >= 1e3 else f"{value:g}"


def _below(value: float) -> float:
    return float(10.0 ** math.floor(math.log10(value)))


def _above(value: float) -> float:
    return float(10.0 ** math.ceil(math.log10(value)))
