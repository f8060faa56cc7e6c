"""The faults, each a small function that does its harm on a stage and undoes the cause."""

from chaos.faults.workers import WORKERS
from chaos.run import Fault

FAULTS: dict[str, Fault] = {fault.name: fault for fault in WORKERS}
"""All of them, by name."""
