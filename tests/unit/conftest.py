"""Unit tests use no server."""

import pytest


@pytest.fixture(scope="session")
def cluster() -> None:
    """Every fixture of a register asks for this one first."""
    pytest.fail("a test that needs a register belongs in tests/integration")
