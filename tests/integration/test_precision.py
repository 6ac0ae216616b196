"""Every reader sees exactly one row per visible asset, at his own level, and a grant's end counts at once."""

from datetime import UTC, datetime, timedelta

import pytest
from geoalchemy2.shape import from_shape
from shapely.geometry import LineString, MultiPolygon, Point, box
from sqlalchemy import insert, text, update
from sqlalchemy.exc import ProgrammingError

from infra_registry.access import ANONYMOUS, SERVICE, Actor, Role, RoleGrant
from infra_registry.assets.draft import Draft, Registered
from infra_registry.assets.kinds import Kind
from infra_registry.assets.register import register
from infra_registry.config import today
from infra_registry.db import Database
from infra_registry.parties.tables import party, place_grant

CENTRE = Point(116.5871, 35.4153)


@pytest.fixture
def parties(database: Database) -> dict[str, int]:
    with database.use_case(SERVICE) as connection:
        return {
            name: connection.scalar(
                insert(party).values(code=name, name=name, kind="carrier").returning(party.c.id)
            )
            for name in ("owner", "guest", "other")
        }


@pytest.fixture
def assets(database: Database, parties: dict[str, int]) -> dict[str, Registered]:
    owner = parties["owner"]
    drafts = {
        "tower": Draft(Kind.TOWER, "tower", CENTRE, owner_id=owner),
        "station": Draft(Kind.BASE_STATION, "station", CENTRE, owner_id=owner),
        "duct": Draft(
            Kind.DUCT,
            "duct",
            LineString([(116.58, 35.41), (116.5991, 35.4153)]),
            owner_id=owner,
            fields={"bore_count": 4},
        ),
        "withheld": Draft(
            Kind.ROOM,
            "withheld",
            CENTRE,
            owner_id=owner,
            access_class="P4",
            withheld_reason="command post",
            withheld_review_on=today() + timedelta(days=90),
        ),
        "aggregate": Draft(Kind.ROOM, "aggregate", CENTRE, owner_id=owner, access_class="P0"),
    }
    with database.use_case(SERVICE) as connection:
        return dict(zip(drafts, register(connection, list(drafts.values())), strict=True))


def actor(parties: dict[str, int], name: str, *roles: Role) -> Actor:
    return Actor(
        user_id=900 + parties[name], party_id=parties[name], roles=frozenset(RoleGrant(r) for r in roles)
    )


def seen(database: Database, who: Actor) -> dict[str, str]:
    with database.use_case(who) as connection:
        rows = connection.execute(text("SELECT name, level FROM asset_place ORDER BY name")).all()
    assert len({row.name for row in rows}) == len(rows), "an asset is shown at two levels"
    return {row.name: row.level for row in rows}


def test_public_sees_points_and_cells(database: Database, assets: dict[str, Registered]) -> None:
    assert seen(database, ANONYMOUS) == {"duct": "cell", "station": "cell", "tower": "exact"}


def test_seeker_sees_stations_at_100_m(
    database: Database, assets: dict[str, Registered], parties: dict[str, int]
) -> None:
    assert seen(database, actor(parties, "guest", Role.SEEKER)) == {
        "duct": "cell",
        "station": "hundred",
        "tower": "exact",
    }


def test_owner_and_regulator_see_all_exactly(
    database: Database, assets: dict[str, Registered], parties: dict[str, int]
) -> None:
    whole = dict.fromkeys(("aggregate", "duct", "station", "tower", "withheld"), "exact")
    assert seen(database, actor(parties, "owner", Role.CARRIER_EDITOR)) == whole
    assert seen(database, actor(parties, "other", Role.REGULATOR)) == whole
    assert seen(database, SERVICE) == whole


@pytest.fixture
def grant(database: Database, assets: dict[str, Registered], parties: dict[str, int]) -> int:
    now = datetime.now(UTC)
    with database.use_case(SERVICE) as connection:
        return connection.scalar(
            insert(place_grant)
            .values(
                code="g1",
                party_id=parties["guest"],
                purpose="fibre to the school",
                starts_at=now - timedelta(days=1),
                ends_at=now + timedelta(days=1),
                geom=from_shape(MultiPolygon([box(116.5, 35.4, 116.6, 35.5)]), 4326),
            )
            .returning(place_grant.c.id)
        )


def test_grant_opens_its_area_to_its_party_only(
    database: Database, grant: int, parties: dict[str, int]
) -> None:
    guest = seen(database, actor(parties, "guest", Role.SEEKER))
    assert guest == {"aggregate": "exact", "duct": "exact", "station": "exact", "tower": "exact"}
    assert seen(database, actor(parties, "other", Role.SEEKER))["duct"] == "cell"


@pytest.mark.parametrize(
    "end", [{"revoked_at": text("now()")}, {"ends_at": text("now() - interval '1 second'")}]
)
def test_ended_grant_opens_nothing(
    database: Database, grant: int, parties: dict[str, int], end: dict
) -> None:
    with database.use_case(SERVICE) as connection:
        connection.execute(update(place_grant).where(place_grant.c.id == grant).values(**end))
    assert seen(database, actor(parties, "guest", Role.SEEKER))["duct"] == "cell"


def test_line_that_leaves_the_area_stays_blurred(
    database: Database, assets: dict[str, Registered], parties: dict[str, int]
) -> None:
    now = datetime.now(UTC)
    with database.use_case(SERVICE) as connection:
        connection.execute(
            insert(place_grant).values(
                code="g2",
                party_id=parties["guest"],
                purpose="half of it",
                starts_at=now - timedelta(days=1),
                ends_at=now + timedelta(days=1),
                geom=from_shape(MultiPolygon([box(116.57, 35.4, 116.59, 35.5)]), 4326),
            )
        )
    assert seen(database, actor(parties, "guest", Role.SEEKER))["duct"] == "cell"


def test_blurred_point_is_the_centre_of_its_cell(database: Database, assets: dict[str, Registered]) -> None:
    with database.use_case(ANONYMOUS) as connection:
        row = connection.execute(
            text(
                "SELECT ST_X(geom) AS lon, ST_Y(geom) AS lat, precision_m FROM asset_place WHERE name = 'station'"
            )
        ).one()
    assert (row.lon, row.lat) != (CENTRE.x, CENTRE.y)
    assert abs(row.lon - CENTRE.x) <= 360 / 2**15 / 2
    assert 950 < row.precision_m < 1000


def test_duct_shows_every_cell_it_touches(database: Database, assets: dict[str, Registered]) -> None:
    with database.use_case(ANONYMOUS) as connection:
        covered, kind = connection.execute(
            text(
                "SELECT ST_Covers(geom, ST_GeomFromText('LINESTRING(116.58 35.41, 116.5991 35.4153)', 4326)), "
                "GeometryType(geom) FROM asset_place WHERE name = 'duct'"
            )
        ).one()
    assert (covered, kind) == (True, "MULTIPOLYGON")


def test_integer_cell_holds_the_shown_geometry(database: Database, assets: dict[str, Registered]) -> None:
    with database.use_case(ANONYMOUS) as connection:
        wrong = connection.scalar(text("SELECT count(*) FROM asset_place WHERE cell <> place_cell(geom)"))
    assert wrong == 0


def test_publication_table_that_comes_late_rehomes(database: Database, parties: dict[str, int]) -> None:
    from infra_registry.areas.tables import area, area_boundary
    from infra_registry.assets import reference

    with database.use_case(SERVICE) as connection:
        register(
            connection, [Draft(Kind.BASE_STATION, "mast", Point(3.87, 43.61), owner_id=parties["owner"])]
        )
        city = connection.scalar(
            insert(area)
            .values(scheme="foreign", code="FR-34172", name="Montpellier", level="city")
            .returning(area.c.id)
        )
        outline = from_shape(MultiPolygon([box(3.7, 43.5, 4.0, 43.7)]), 4326)
        connection.execute(insert(area_boundary).values(area_id=city, geom=outline))
    assert seen(database, ANONYMOUS) == {"mast": "cell"}
    with database.use_case(SERVICE) as connection:
        reference.load_publication(connection)
    assert seen(database, ANONYMOUS) == {"mast": "exact"}


def test_moved_asset_takes_the_city_it_lies_in(database: Database, parties: dict[str, int]) -> None:
    from infra_registry.areas.tables import area, area_boundary
    from infra_registry.assets import edit

    with database.use_case(SERVICE) as connection:
        for code, west in (("1", 116.0), ("2", 117.0)):
            key = connection.scalar(
                insert(area).values(scheme="gb2260", code=code, name=code, level="city").returning(area.c.id)
            )
            outline = from_shape(MultiPolygon([box(west, 35, west + 1, 36)]), 4326)
            connection.execute(insert(area_boundary).values(area_id=key, geom=outline))
        made = register(connection, [Draft(Kind.DUCT, "d", LineString([(116.5, 35.5), (116.51, 35.5)]))])[0]
    with database.use_case(SERVICE) as connection:
        line = LineString([(117.5, 35.5), (117.51, 35.5)])
        edit.edit(connection, SERVICE, made.code, 1, edit.Change(geometry=line))
    with database.use_case(SERVICE) as connection:
        found = connection.execute(
            text(
                "SELECT c.code, p.city_id = a.city_id AS same FROM asset a JOIN area c ON c.id = a.city_id "
                "JOIN asset_place p ON p.asset_id = a.id AND p.level = 'exact'"
            )
        ).one()
    assert (found.code, found.same) == ("2", True)


def test_regulator_of_one_city_is_none_elsewhere(database: Database, parties: dict[str, int]) -> None:
    from infra_registry.areas.tables import area, area_boundary

    with database.use_case(SERVICE) as connection:
        key = connection.scalar(
            insert(area).values(scheme="gb2260", code="1", name="1", level="city").returning(area.c.id)
        )
        outline = from_shape(MultiPolygon([box(116, 35, 117, 36)]), 4326)
        connection.execute(insert(area_boundary).values(area_id=key, geom=outline))
    local = Actor(901, 0, "local", frozenset({RoleGrant(Role.REGULATOR, key)}))
    now = datetime.now(UTC)

    def grant(where: MultiPolygon) -> None:
        with database.use_case(local) as connection:
            connection.execute(
                insert(place_grant).values(
                    code=str(where.bounds[0]),
                    party_id=parties["guest"],
                    purpose="fibre",
                    starts_at=now,
                    ends_at=now + timedelta(days=1),
                    geom=from_shape(where, 4326),
                )
            )

    grant(MultiPolygon([box(116.1, 35.1, 116.2, 35.2)]))
    with pytest.raises(ProgrammingError, match="row-level security"):
        grant(MultiPolygon([box(116.9, 35.1, 117.2, 35.2)]))
    wide = insert(area_boundary).values(
        area_id=key, geom=from_shape(MultiPolygon([box(100, 20, 120, 40)]), 4326)
    )
    with database.use_case(local) as connection, pytest.raises(ProgrammingError, match="row-level security"):
        connection.execute(wide)
