"""The faults of every commit: harm, heal, and nothing lost, doubled, out of order or leaked."""

import os
from collections.abc import Iterator

import pytest

from chaos.faults import FAULTS
from chaos.run import run
from chaos.stage import Services
from tests.conftest import missing
from tests.support.services import ServiceMissing

pytestmark = pytest.mark.workers


@pytest.fixture(scope="module")
def shared() -> Iterator[Services]:
    """A Postgres and a Valkey of their own, since they are killed."""
    running = Services()
    try:
        assert running.postgres.process
        assert running.valkey.process
        yield running
    except ServiceMissing as error:
        missing(str(error))
    finally:
        running.stop()


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if fault.each_commit])
async def test_nothing_is_lost(name, shared, tmp_path):
    seed = int(os.environ.get("MADANG_SEED", "1"))
    print(f"bin/chaos {name} --seed {seed}")
    result = await run(FAULTS[name], seed, shared, tmp_path)
    assert result.findings == []
    assert result.acked > 100
