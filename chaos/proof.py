"""The harness proves itself: with each safeguard of the product off in turn, it must complain."""

from dataclasses import dataclass, replace

from chaos.faults import FAULTS
from chaos.run import Fault
from chaos.stage import Plan

NO_CONSTRAINTS = (
    "DO $$ DECLARE known record; BEGIN FOR known IN SELECT conname FROM pg_constraint"
    " WHERE conrelid = 'chat_message'::regclass AND contype = 'u' LOOP"
    " EXECUTE 'ALTER TABLE chat_message DROP CONSTRAINT ' || quote_ident(known.conname);"
    " END LOOP; END $$",
)
"""The database refuses what a lost safeguard would let through; here it looks away."""


@dataclass(frozen=True)
class Proof:
    """A fault played with a safeguard off, and what the oracles must then say."""

    safeguard: str
    fault: Fault
    expected: tuple[str, ...]
    """Oracles, one of which must complain."""


def without(name: str, points: str, **plan: object) -> Fault:
    """A fault under which this failpoint setting has its way, whatever happens besides."""
    fault = FAULTS[name]
    settings = {**fault.plan.settings, "FAILPOINTS": points}
    changed: Plan = replace(fault.plan, settings=settings, **plan)  # type: ignore[arg-type]
    return replace(fault, plan=changed, title=f"{points}: {fault.title}")


PROOFS = [
    Proof("gap repair", without("C5", "gap_repair=off"), ("O4", "O5")),
    Proof("nonce check", without("C18", "nonces=off", tables=NO_CONSTRAINTS), ("O2",)),
    Proof(
        "head lock",
        without(
            "C18",
            "head_lock=off,before_commit=sleep:0.02",
            tables=NO_CONSTRAINTS,
        ),
        ("O3",),
    ),
    Proof("bounded pipeline", without("C45", "pipeline=off"), ("P9 pipeline",)),
    Proof("purses", without("C46", "answers=off"), ("P9 answers",)),
    Proof("closed doors", without("C47", "doors=off"), ("O6",)),
    Proof("search turns", without("C34", "search_turns=off"), ("P9 searches",)),
    Proof("ack after commit", without("C18", "ack_after_commit=off@0.1"), ("O1",)),
]


def proven(proof: Proof, findings: list[str]) -> bool:
    """Whether one of the expected oracles complained."""
    return any(finding.startswith(proof.expected) for finding in findings)
