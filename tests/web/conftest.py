"""The application over the register of one test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra_registry.cluster import Cluster
from infra_registry.config import Settings
from infra_registry.db import Database
from tests.integration.computed_town import Computed, copy_of
from tests.integration.radio_town import Town, make_town
from tests.web.site import Site


@pytest.fixture
def site(database: Database, var: Path) -> Site:
    """The application; its register is empty unless another fixture filled it."""
    return Site(database, Settings(var_dir=var))


@pytest.fixture
def town(database: Database, var: Path) -> Town:
    """The city of the radio runs, in the register."""
    return make_town(database)


@pytest.fixture
def computed(cluster: Cluster, template: str, var: Path) -> Iterator[Computed]:
    """A register with the city of the radio runs and a run of it."""
    with copy_of(cluster, template, var) as register:
        yield register
