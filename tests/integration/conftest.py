"""Registers that several files of this folder begin with."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra_registry.cluster import Cluster
from infra_registry.db import Database
from tests.integration.computed_town import Computed, copy_of
from tests.integration.radio_town import Town, make_town
from tests.integration.remedy_town import remedy_town
from tests.origin import Origin, origin
from tests.server import scratch


@pytest.fixture
def town(database: Database, var: Path) -> Town:
    """The city of the radio runs; a file with a city of its own overrides it."""
    return make_town(database)


@pytest.fixture
def computed(cluster: Cluster, template: str, var: Path) -> Iterator[Computed]:
    """A register with the city of the radio runs and a run of it."""
    with copy_of(cluster, template, var) as register:
        yield register


@pytest.fixture(scope="session")
def remedy_origin(cluster: Cluster, template: str) -> Origin:
    """The town of the remedies, which its maker returned as ``content``."""
    return origin(cluster, template, remedy_town.__name__, remedy_town)


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
