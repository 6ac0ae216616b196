"""One fast private cluster for all test processes, one migrated template, clones of it for tests."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from infra_registry.cluster import Addresses, Cluster, cluster_addresses
from infra_registry.db import Database, migrate

TEMPLATE = "registry_template"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A running cluster, shared by the workers of a run; stopped by the process that outlives them."""
    shared = os.environ.get("REGISTRY_TEST_CLUSTER")
    if shared:
        yield Cluster(Path(shared), fast=True)
        return
    directory = Path(tempfile.mkdtemp(prefix="registry-test-"))
    made = Cluster(directory, fast=True)
    made.up()
    try:
        yield made
    finally:
        made.down()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """A migrated database that clones are made from."""
    with Path(f"{cluster.directory}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one test process migrates, the others find it done
        addresses = cluster_addresses(cluster, TEMPLATE)
        migrate(addresses.owner, addresses.superuser)
    return TEMPLATE


def clone(cluster: Cluster, template: str) -> Addresses:
    """A fresh copy of a database."""
    name = f"t{uuid4().hex[:16]}"
    with psycopg.connect(cluster.url("registry_super", "postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER registry_owner')
    return cluster_addresses(cluster, name)


def drop(cluster: Cluster, addresses: Addresses) -> None:
    """Remove a clone, ending what still uses it."""
    name = addresses.app.split("?")[0].rsplit("/", 1)[1]
    with psycopg.connect(cluster.url("registry_super", "postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def addresses(cluster: Cluster, template: str) -> Iterator[Addresses]:
    """Log-ins of a fresh, migrated, empty register for one test."""
    made = clone(cluster, template)
    try:
        yield made
    finally:
        drop(cluster, made)


@pytest.fixture
def database(addresses: Addresses) -> Iterator[Database]:
    """The fresh register on the application's log-in."""
    made = Database(addresses.app)
    try:
        yield made
    finally:
        made.dispose()


@pytest.fixture(scope="module")
def module_database(cluster: Cluster, template: str) -> Iterator[Database]:
    """A register shared by the tests of one file that only read what a fixture of the file wrote."""
    made = clone(cluster, template)
    database = Database(made.app)
    try:
        yield database
    finally:
        database.dispose()
        drop(cluster, made)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of published files, or a skip that says so."""
    folder = os.environ.get("REGISTRY_REAL_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("no real data: set REGISTRY_REAL_DATA")
    return Path(folder)
