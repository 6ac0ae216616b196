"""Killed web processes, job workers and databases lose and double nothing; the long form is ``tests.drills.crash``."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drills import crash
from tests.server import scratch

KILLS = 6


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory the server's account can reach."""
    made = scratch("registry-crash-")
    yield made
    shutil.rmtree(made, ignore_errors=True)


def test_nothing_acknowledged_is_lost_and_nothing_doubled(directory: Path) -> None:
    report = crash.run(directory, KILLS)
    assert report.problems == ()
    assert sum(report.kills.values()) == KILLS
    assert report.acknowledged > KILLS * crash.CLIENTS
    assert report.replayed == min(report.acknowledged, crash.REPLAYED)
