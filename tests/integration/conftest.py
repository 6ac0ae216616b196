"""Registers that several files of this folder begin with."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra_registry.cluster import Cluster
from infra_registry.db import Database
from tests.integration.radio_town import Town, make_town
from tests.server import scratch


@pytest.fixture
def town(database: Database, var: Path) -> Town:
    """The city of the radio runs; a file with a city of its own overrides it."""
    return make_town(database)


@pytest.fixture(scope="session")
def resting_cluster() -> Iterator[Path]:
    """The directory of a new, stopped cluster: to make one takes four times as long as to copy and start it."""
    top = scratch("rr-")
    cluster = Cluster(top / "pg", fast=True)
    cluster.up()
    cluster.down()
    assert not cluster.place.elsewhere  # or its copies would run on its own data
    yield cluster.directory
    shutil.rmtree(top)
