"""What the scenarios' tables have in common: a row's figures, and columns for them."""

from typing import Any

from benchmarks.tables import Column, Row, milliseconds, share, times, whole

PRODUCT = "madang"


def figure(row: Row, *names: str) -> float | None:
    """A figure of the load client's, None where the row has none."""
    value: Any = row["load"]
    for name in names:
        value = (value or {}).get(name)
    return None if value is None else float(value)


def is_ours(row: Row) -> bool:
    """Whether this is the product's row."""
    return bool(row["name"] == PRODUCT)


SERVER = Column("server", lambda row: str(row["about"]), left=True)
CLIENTS = Column("clients", lambda row: whole(row["clients"]))
RIGHT = Column("once, in order", lambda row: "; ".join(row["wrong"]) or "yes", left=True)


def count(heading: str, *names: str) -> Column:
    """A column of whole numbers."""
    return Column(heading, lambda row: whole(figure(row, *names)))


def time(heading: str, *names: str) -> Column:
    """A column of milliseconds."""
    return Column(heading, lambda row: milliseconds(figure(row, *names)))


def part(heading: str, *names: str) -> Column:
    """A column of shares."""
    return Column(heading, lambda row: share(figure(row, *names)))


def ratio(
    rows: list[dict[str, Any]], *names: str, less_is_better: bool = False, by: str = "clients"
) -> Column:
    """How often the row's figure goes into ours, among rows with the same `by`."""

    def show(row: Row) -> str:
        ours = next(
            (figure(r, *names) for r in rows if is_ours(r) and r.get(by) == row.get(by)), None
        )
        theirs = figure(row, *names)
        return times(theirs, ours) if less_is_better else times(ours, theirs)

    return Column("ours is", show)
