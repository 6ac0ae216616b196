"""Files that take long are made for a reader one at a time, and two at a time by a process."""

import pytest

from infra_registry.config import Settings
from infra_registry.db import Database
from tests.web.site import Site
from web.site.replies import EXPORTS

FILES = ("/assets.csv", "/duties.csv", "/duties/opening.csv", "/duties/opening/export", "/map/export")
ME, OTHERS = "127.0.0.1 0", ("192.0.2.1 0", "192.0.2.2 0")


@pytest.fixture(scope="module")
def site(sample_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(sample_database, Settings(var_dir=tmp_path_factory.mktemp("var")))


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("busy", [(ME,), OTHERS], ids=["my own", "two of others"])
def test_a_file_waits_for_its_turn(site: Site, path: str, busy: tuple[str, ...]) -> None:
    for reader in busy:
        assert EXPORTS.take(reader)
    try:
        answer = site.visitor().get(path)
        assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "5")
        assert "a little later" in answer.text
    finally:
        for reader in busy:
            EXPORTS.give_back(reader)
    for _ in range(3):  # each gives its turn back
        assert site.visitor().get(path).status_code == 200
