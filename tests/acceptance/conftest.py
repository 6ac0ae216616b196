"""A worker's modules, as in the product."""

from importlib import import_module

import pytest

from infra_registry.cli.worker_modules import WORKER_MODULES


@pytest.fixture(scope="session", autouse=True)
def worker_modules() -> None:
    """Every kind of job can be run."""
    for name in WORKER_MODULES:
        import_module(name)
