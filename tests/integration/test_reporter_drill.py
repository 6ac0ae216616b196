"""What fifty reporters gave stands in no dump, log, file, backup or replica; the drill is ``tests.drills.reporter``."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drills import reporter
from tests.server import scratch


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory the server's account can reach."""
    made = scratch("reporter-")
    monkeypatch.setenv("PROXIES", "1")  # the drill sets it too: put back after
    yield made
    shutil.rmtree(made, ignore_errors=True)


def test_fifty_reporters_are_found_nowhere(directory: Path) -> None:
    places = {place.name: place for place in reporter.run(directory)}
    assert list(places) == ["dump", "logs", "files", "backups", "replica", "control"]
    assert all(place.size for place in places.values())
    assert {name: place.numbers for name, place in places.items() if place.numbers} == dict.fromkeys(
        ("dump", "backups", "replica"), reporter.REPORTS
    )
    assert {name: place.leaked for name, place in places.items() if place.leaked} == {
        "control": reporter.REPORTS
    }
