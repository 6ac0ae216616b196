"""Migrations that registers have already run stay as they are; what changes the schema is a new revision."""

import hashlib
from pathlib import Path

import pytest
from procrastinate import __version__ as installed
from procrastinate.schema import SchemaManager

import infra_registry
from infra_registry.resources import MIGRATIONS

QUEUE_SCHEMA = MIGRATIONS / "queue" / "procrastinate_3_10_0.sql"
FROZEN = {
    "versions/0001_ground.py": "bc6bc54748859f04c707f2f0db44450ca50192ac2a9d7d6701cd2267fd60cd7e",
    "versions/0002_law.py": "214d64d4ba17f8e0c791e0e742185ae4c52a1e50f4339a3f4b5a1132d1e235a2",
    "versions/0003_coverage.py": "b89a07cd9a675118a89f411bf6d096b691586ec2eb523c83ef7ef4a579cfc823",
    "versions/0004_public_places.py": "2a4a8f5122a666bb4e1af1bfdd9d0abe90344499d13428a3c40483bb9a60962b",
    "queue/procrastinate_3_10_0.sql": "c70ec4b400a60ad9592787653aae5ae77ae41bf801d56b5bd2712751a07f2009",
}


@pytest.mark.parametrize("name", FROZEN)
def test_a_migration_that_was_run_is_never_rewritten(name: str) -> None:
    assert hashlib.sha256((MIGRATIONS / name).read_bytes()).hexdigest() == FROZEN[name]


def test_the_schema_of_the_queue_is_that_of_the_installed_release() -> None:
    """Another release of the queue library needs a new revision that runs the library's own migration files.

    They stand in ``procrastinate/sql/migrations``; copy those newer than 3.10.0 into ``migrations/queue``, run them in
    the new revision and compare the copy here. The file of 3.10.0 stays: revision 0001 runs it.
    """
    assert installed == "3.10.0"
    assert QUEUE_SCHEMA.read_text("utf-8") == SchemaManager.get_schema()


def test_the_queue_is_reached_through_its_library() -> None:
    """Its tables are named where the age of the last heartbeat is read, and nowhere else in the product."""
    root = Path(infra_registry.__file__).parents[1]
    naming = [
        path.relative_to(root).as_posix()
        for top in ("infra_registry", "web")
        for path in (root / top).rglob("*.py")
        if "procrastinate_" in path.read_text("utf-8")
    ]
    assert naming == ["infra_registry/db/state.py"]
