"""Registers that several files of this folder begin with."""

from pathlib import Path

import pytest

from infra_registry.db import Database
from tests.integration.radio_town import Town, make_town


@pytest.fixture
def town(database: Database, var: Path) -> Town:
    """The city of the radio runs; a file with a city of its own overrides it."""
    return make_town(database)
