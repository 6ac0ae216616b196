"""Registers filled once for all test processes and copied for each test: their database and their directory."""

import pickle
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra_registry.cluster import Cluster
from infra_registry.db import Database
from tests.conftest import cloned, filled


@dataclass(frozen=True)
class Origin:
    """A filled register: the database clones are made from, its directory, and what its maker returned."""

    template: str
    var: Path
    content: Any


def origin(cluster: Cluster, template: str, name: str, fill: Callable[[Database], Any]) -> Origin:
    """The register that ``fill`` has written to; what it returns has to be picklable, for the other processes."""
    var, kept = cluster.directory / f"{name}.var", cluster.directory / f"{name}.pickle"

    def write(database: Database) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("REGISTRY_VAR", str(var))
            kept.write_bytes(pickle.dumps(fill(database)))

    title = filled(cluster, template, name, write)
    return Origin(title, var, pickle.loads(kept.read_bytes()))


@contextmanager
def copied(cluster: Cluster, begun: Origin, var: Path) -> Iterator[Database]:
    """A register of one's own that begins as a copy of ``begun``, its files in ``var``."""
    if begun.var.exists():
        shutil.copytree(begun.var, var, dirs_exist_ok=True)
    with cloned(cluster, begun.template) as database:
        yield database
