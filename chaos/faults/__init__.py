"""The faults, each a small function that does its harm on a stage and undoes the cause."""

from chaos.faults.bus import BUS
from chaos.faults.greed import GREED
from chaos.faults.network import NETWORK
from chaos.faults.people import PEOPLE
from chaos.faults.searching import SEARCHING
from chaos.faults.soak import SOAK
from chaos.faults.store import STORE
from chaos.faults.workers import WORKERS
from chaos.run import Fault

FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in sorted(
        [*WORKERS, *BUS, *STORE, *NETWORK, *PEOPLE, *GREED, *SEARCHING, *SOAK],
        key=lambda fault: (int(fault.name.strip("Cbc")), fault.name),
    )
}
"""All of them, by name."""
