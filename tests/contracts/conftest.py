"""What the contracts look at, whole."""

from importlib import import_module

import pytest


@pytest.fixture(scope="session", autouse=True)
def every_table() -> None:
    """All modules that declare tables are imported, so that the metadata is whole."""
    import_module("migrations.models")
