"""Fixtures of the HTTP tests: static files as served, counts at zero, the live side noted."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.management import call_command

from chat import limits


@pytest.fixture(scope="session")
def static_files() -> None:
    """The manifest that pages need to name their files."""
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    """Every test begins with nothing counted."""
    limits.reset()
    yield
    limits.reset()


@dataclass
class Told:
    """What the live side was told, in order."""

    facts: list[tuple[Any, ...]] = field(default_factory=list)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """Stands between the services and the live side, which the realtime tests cover, and notes."""
    noted = Told()
    told = ("announce", "arranged", "board_opened", "joined", "left", "renamed")
    for name in (*told, "end_person", "end_session", "renew_session", "password_changed"):

        def note(*values: Any, name: str = name) -> None:
            noted.facts.append((name, *values))

        monkeypatch.setattr(f"chat.acts.bridge.{name}", note)
    return noted
