"""The publication table is read once per version: a change of it counts at the next request, one undone never does."""

from sqlalchemy import text

from infra_registry.access import ANONYMOUS, SERVICE
from infra_registry.db import Database
from infra_registry.publish import masks, tiles

HIDE = text(
    "UPDATE publication_field SET access_class = 'P3' WHERE field = 'name' AND publication_id = "
    "(SELECT id FROM publication WHERE kind = 'tower' AND area_id IS NULL)"
)


def look(database: Database) -> masks.Look:
    with database.public() as connection:
        return masks.look(connection, ANONYMOUS, "assets")


def test_a_change_counts_at_once_and_changes_the_etag(database: Database) -> None:
    before = look(database)
    with database.use_case(SERVICE) as connection:
        connection.execute(HIDE)
    after = look(database)
    assert len(after.masks.hidden("name")) == len(before.masks.hidden("name")) + 1
    assert tiles.etag(before, ANONYMOUS, "a") != tiles.etag(after, ANONYMOUS, "a")


def test_a_change_that_was_undone_is_not_kept(database: Database) -> None:
    before = look(database).masks.hidden("name")
    with database.use_case(SERVICE) as connection:
        connection.execute(HIDE)
        assert masks.load(connection, ANONYMOUS).hidden("name") != before
        connection.rollback()
    assert look(database).masks.hidden("name") == before


def test_the_public_connection_is_the_public_and_cannot_write(database: Database) -> None:
    with database.public() as connection:
        assert connection.scalar(text("SELECT current_user")) == "registry_public"
        assert connection.scalar(text("SHOW transaction_read_only")) == "on"
