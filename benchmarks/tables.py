"""Figures as text: columns of a table, ratios, durations. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and what a row shows under it; text stands left, figures right."""

    heading: str
    show: Callable[[Row], str]
    left: bool = False


def table(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    """The rows below their headings, as wide as they need to be."""
    cells = [[column.heading for column in columns]]
    cells += [[column.show(row) for column in columns] for row in rows]
    widths = [max(len(line[place]) for line in cells) for place in range(len(columns))]
    lines = []
    for line in cells:
        parts = [
            text.ljust(width) if column.left else text.rjust(width)
            for text, width, column in zip(line, widths, columns, strict=True)
        ]
        lines.append("  ".join(parts).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def whole(value: float | None) -> str:
    """1234567.8 → 1,234,568; a dash when there is none."""
    return "-" if value is None else f"{value:,.0f}"


def milliseconds(value: float | None) -> str:
    """Short ones with a decimal: 7.2, 45, 1,131; a dash when there is none."""
    if value is None:
        return "-"
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"


def share(value: float | None) -> str:
    """0.973 → 97 %; a dash when there is none."""
    return "-" if value is None else f"{value * 100:.0f} %"


def times(value: float | None, other: float | None) -> str:
    """How often `other` goes into `value`: 22.4, 310; a dash without either."""
    if not value or not other:
        return "-"
    ratio = value / other
    return (
        f"{ratio:.2f} ×" if ratio < 10 else f"{ratio:,.1f} ×" if ratio < 100 else f"{ratio:,.0f} ×"
    )
