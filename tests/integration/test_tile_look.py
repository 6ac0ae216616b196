"""A tile drawn by the statement that looks rests on the publication table of its own snapshot, on no older one."""

import mapbox_vector_tile
import psycopg
import pytest
from shapely.geometry import Point
from sqlalchemy import text

from infra_registry.access import ANONYMOUS, SERVICE
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind
from infra_registry.assets.register import register
from infra_registry.cluster import Addresses
from infra_registry.db import Database, faults, first_row
from infra_registry.publish import masks, tiles
from infra_registry.publish.query import Query
from infra_registry.publish.spatial import tile

LON, LAT = 116.53, 35.41
HIDE = text(
    "UPDATE publication_field SET access_class = 'P3' WHERE field = 'name' AND publication_id = "
    "(SELECT id FROM publication WHERE kind = 'tower' AND area_id IS NULL)"
)


def tower(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        register(connection, [Draft(Kind.TOWER, "named tower", Point(LON, LAT), code="T-LOOKED0001")])


def drawn(database: Database, found: masks.Look | None = None) -> tuple[masks.Look, dict[str, object]]:
    """The only feature of the tile, as the public gets it."""
    with database.public() as connection:
        here = tiles.Tile(15, *tile(LON, LAT, 15))
        looked, made = tiles.asset_tile(connection, ANONYMOUS, here, Query(), known_look=found)
    [feature] = mapbox_vector_tile.decode(made)["assets"]["features"]
    return looked, feature["properties"]


def test_what_was_hidden_since_the_last_look_is_not_drawn(database: Database) -> None:
    tower(database)
    before, shown = drawn(database)
    assert shown["name"] == "named tower"
    assert masks.supposed(ANONYMOUS) is not None  # the next tile is drawn with it, and found out
    with database.use_case(SERVICE) as connection:
        connection.execute(HIDE)
    after, shown = drawn(database)
    assert "name" not in shown
    assert tiles.etag(before, ANONYMOUS, "a") != tiles.etag(after, ANONYMOUS, "a")


def test_the_tag_is_that_of_a_look_of_its_own(database: Database) -> None:
    tower(database)
    first, _ = drawn(database)
    with database.public() as connection:
        looked = masks.look(connection, ANONYMOUS, "assets")
    assert first.version == looked.version
    assert drawn(database, looked)[0] is looked
    with database.use_case(SERVICE) as connection:
        connection.execute(text("UPDATE asset SET name = 'renamed' WHERE code = 'T-LOOKED0001'"))
    again, shown = drawn(database)
    assert shown["name"] == "renamed"
    assert again.version != first.version


def test_a_connection_the_server_ended_is_not_handed_out_twice(
    database: Database, addresses: Addresses
) -> None:
    assert addresses.superuser is not None
    with database.public() as connection:
        (process,) = first_row(connection, "SELECT pg_backend_pid()", {})
        with psycopg.connect(addresses.superuser, autocommit=True) as link:
            link.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
        with pytest.raises(psycopg.OperationalError) as lost:
            first_row(connection, "SELECT 1", {})
    known = faults.explain(lost.value)
    assert known is not None
    assert known.status == 503
    with database.public() as connection:
        assert first_row(connection, "SELECT pg_backend_pid()", {}) != (process,)
