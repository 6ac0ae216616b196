"""A worker's modules, as in the product, and the register of a real city."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from infra_registry.cli.worker_modules import WORKER_MODULES
from infra_registry.cluster import Cluster
from infra_registry.db import Database
from tests.acceptance import montpellier
from tests.conftest import cloned, filled


@pytest.fixture(scope="session", autouse=True)
def worker_modules() -> None:
    """Every kind of job can be run."""
    for name in WORKER_MODULES:
        import_module(name)


@pytest.fixture(scope="session")
def imported_city(
    cluster: Cluster, template: str, real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """A database with the files of Montpellier that clones are made from."""
    folder, var = real_data / "montpellier", tmp_path_factory.mktemp("import")
    return filled(cluster, template, "montpellier", lambda empty: montpellier.fill(empty, folder, var))


@pytest.fixture(scope="module")
def city_database(cluster: Cluster, imported_city: str) -> Iterator[Database]:
    """A register with the files of Montpellier, shared by the tests of one file."""
    with cloned(cluster, imported_city) as database:
        yield database
