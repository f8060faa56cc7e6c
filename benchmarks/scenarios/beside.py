"""Loads on the product and on its peers, one after the other: what most scenarios share."""

from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks import peers
from benchmarks.figures import PRODUCT
from benchmarks.loading import Counted, Load, drive, faults
from benchmarks.peers import Peer
from benchmarks.product import Product
from benchmarks.results import Report
from benchmarks.stage import Stage, busy_cores, connections_are_tracked

ABOUT = "Madang, every message stored"
QUIET = 0.15
TRACKED = (
    "The kernel tracked connections: each packet cost more, everyone's (benchmarks/README.md)."
)


def run(
    stage: Stage, report: Report, loads: Sequence[Load], others: Iterable[Peer] = peers.PEERS
) -> None:
    """Drive the product with these loads, and then each peer; fills the report."""
    if stage.wants(PRODUCT):
        report.rows += product_rows(stage, loads, report)
    for peer in others:
        if stage.wants(peer.name):
            report.rows += [peer_row(stage, peer, load, report) for load in loads]


def product_rows(
    stage: Stage, loads: Sequence[Load], report: Report, about: str = ABOUT
) -> list[dict[str, Any]]:
    """The product's figures under each load, on a fresh installation each."""
    return [product_row(stage, load, report, about) for load in loads]


def product_row(stage: Stage, load: Load, report: Report, about: str = ABOUT) -> dict[str, Any]:
    """The product's figures; what it got wrong becomes the report's faults."""
    announce(stage, about, load, report)
    product = Product(stage)
    cookies = product.people(load.clients)
    with product.serving(cookies) as address:
        counted = drive(stage, address, load)
    return judged(product, counted, load, report, about)


def judged(
    product: Product, counted: Counted, load: Load, report: Report, about: str = ABOUT
) -> dict[str, Any]:
    """The row of a drive that is over: the clients' counts held against the database's rows."""
    ledger = product.ledger()
    wrong = [*faults(counted), *stored_wrong(counted, ledger)]
    report.faults += [f"{PRODUCT}: {fault}" for fault in wrong]
    if counted["samples"]:
        report.notes.append(f"{PRODUCT} said: {' | '.join(counted['samples'])}")
    storage = ledger["storage"]
    report.notes.append(
        f"Stored: {counted['total']['acks']:,} acked, {board_of(ledger)['rows']:,} rows, "
        f"synchronous={storage['synchronous']}, {storage['vendor']} {storage['version']}."
    )
    return {
        "name": PRODUCT,
        "about": about,
        "wrong": wrong,
        "load": counted,
        "ledger": ledger,
        "clients": load.clients,
        "rate": load.rate,
    }


def peer_row(stage: Stage, peer: Peer, load: Load, report: Report) -> dict[str, Any]:
    """A peer's figures; what it gets wrong is shown beside them. A refusal is a row too."""
    announce(stage, peer.about, load, report)
    row: dict[str, Any] = {
        "name": peer.name,
        "about": peer.about,
        "clients": load.clients,
        "rate": load.rate,
    }
    try:
        with peers.serving(stage, peer) as address:
            counted = drive(stage, address, load)
    except RuntimeError as error:
        return {**row, "load": None, "wrong": [f"gave up: {str(error).splitlines()[0][:90]}"]}
    return {**row, "load": counted, "wrong": faults(counted)}


def stored_wrong(counted: Counted, ledger: dict[str, Any], before: int = 0) -> list[str]:
    """Where the board's rows differ from what was acked; posts alone were made.

    `before`: how many rows stood there already.
    """
    board = board_of(ledger)
    acks, wrong = counted["total"]["acks"], []
    if counted["total"]["posts"] != acks:
        wrong.append(f"{counted['total']['posts']} posted and {acks} acked")
    if not board["rows"] == board["numbers"] == board["nonces"] == acks + before:
        wrong.append(
            f"{acks} acked, but {board['rows']} rows, {board['numbers']} numbers, "
            f"{board['nonces']} nonces"
        )
    if acks and not board["last"] == board["head"] == board["first"] + acks + before - 1:
        wrong.append(f"numbers {board['first']} to {board['last']} under head {board['head']}")
    if ledger["storage"]["synchronous"] not in {"FULL", "EXTRA", "on"}:
        wrong.append(f"synchronous is {ledger['storage']['synchronous']}")
    return wrong


def board_of(ledger: dict[str, Any]) -> dict[str, int]:
    """What the board holds; zeros when nothing was said on it."""
    nothing = {"head": 0, "rows": 0, "numbers": 0, "nonces": 0, "first": 0, "last": 0}
    return dict(ledger["rooms"].get("0", nothing))


def announce(stage: Stage, about: str, load: Load, report: Report) -> None:
    """Say what comes, and note it when the machine is not quiet, or slowed by its firewall."""
    busy = busy_cores()
    doing = f"{load.senders} posting" if load.senders else "all silent"
    stage.say(f"{about}: {load.clients} clients, {doing} …")
    if busy > QUIET:
        report.notes.append(f"Before {about}: others kept {busy:.1f} cores busy.")
    if connections_are_tracked() and TRACKED not in report.notes:
        report.notes.append(TRACKED)
