"""Whose things an import may speak of, accept and take back: one's own, and those of the cities one regulates."""

import pytest
from sqlalchemy import text

from infra_registry.access import SERVICE, Actor, Role, RoleGrant
from infra_registry.db import Database
from infra_registry.errors import Forbidden
from infra_registry.exchange import batches
from tests.integration.test_imports import TOWERS, check, codes, editor, party, read, run, scalar, upload
from tests.worker import run_pending

pytestmark = pytest.mark.usefixtures("var")


def city(database: Database, code: str, west: float) -> int:
    """A city one degree wide from this longitude on, at the latitudes of the masts."""
    sql = "INSERT INTO area (scheme, code, name, level) VALUES ('zone', :code, :code, 'city') RETURNING id"
    made = int(scalar(database, sql, code=code))
    outline = """INSERT INTO area_boundary (area_id, geom)
        VALUES (:id, ST_Multi(ST_MakeEnvelope(:west, 35, :east, 36, 4326))) RETURNING id"""
    scalar(database, outline, id=made, west=west, east=west + 1)
    return made


def regulator(database: Database, *cities: int | None) -> Actor:
    sql = "INSERT INTO user_account (login, name, password_hash) VALUES ('reg', 'reg', 'x') RETURNING id"
    user = int(scalar(database, sql))
    actor = Actor(user, roles=frozenset(RoleGrant(Role.REGULATOR, one) for one in cities))
    hold(database, actor)
    return actor


def hold(database: Database, actor: Actor) -> None:
    """These roles and no others, for the worker finds them in the database."""
    with database.use_case(SERVICE) as connection:
        values = {"user": actor.user_id}
        connection.execute(text("UPDATE user_role SET ended_at = now() WHERE user_id = :user"), values)
        for role in actor.roles:
            held = values | {"role": role.role, "area": role.area_id}
            connection.execute(
                text("INSERT INTO user_role (user_id, role, area_id) VALUES (:user, :role, :area)"), held
            )


@pytest.mark.parametrize("masts", [TOWERS, TOWERS.replace("116.", "20.")], ids=["another city", "no city"])
def test_whoever_decides_must_regulate_every_city_the_batch_touches(database: Database, masts: str) -> None:
    city(database, "A", 116)
    everywhere = regulator(database, None)
    written = run(database, everywhere, sent=upload(masts))
    waiting = check(database, everywhere, upload(masts.replace("T1", "T3")))
    limited = Actor(
        everywhere.user_id, roles=frozenset({RoleGrant(Role.REGULATOR, city(database, "B", 118))})
    )
    with pytest.raises(Forbidden), database.use_case(limited) as connection:
        batches.undo(connection, limited, written.code)
    with pytest.raises(Forbidden), database.use_case(limited) as connection:
        batches.accept(connection, limited, waiting.code, partial=False)
    with database.use_case(everywhere) as connection:
        batches.undo(connection, everywhere, written.code)
    hold(database, limited)
    run_pending(database)
    assert read(database, written.code).state == "accepted"
    assert scalar(database, "SELECT count(*) FROM asset") == 2


def test_a_regulator_of_a_city_imports_and_takes_back_what_lies_in_it(database: Database) -> None:
    actor = regulator(database, city(database, "A", 116))
    batch = run(database, actor, partial=True, sent=upload(TOWERS.replace("116.60", "118.60")))
    assert (batch.rows_written, codes(database, batch)) == (1, {"finding.not_your_city": 1})
    with database.use_case(actor) as connection:
        batches.undo(connection, actor, batch.code)
    run_pending(database)
    assert read(database, batch.code).state == "undone"
    assert scalar(database, "SELECT count(*) FROM asset") == 0


def test_an_import_does_not_tell_another_owners_references(database: Database) -> None:
    mine, other = party(database, "Carrier A"), party(database, "Carrier B")
    actor = editor(database, mine)
    run(database, sent=upload(TOWERS, owner="Carrier B"))
    claimed = "owner_ref,name,lon,lat,height_m,status,owner,operator\n" + "".join(
        f"{ref},Mast,116.59,35.41,40,in_use,Carrier B,Carrier A\n" for ref in ("T1", "T9")
    )
    batch = check(database, actor, upload(claimed))
    assert (batch.rows_faulty, codes(database, batch)) == (0, {"finding.consent": 2})
    head = "owner_ref,name,lon,lat,host\n"
    stations = head + "S1,One,116.59,35.41,T1\nS2,Two,116.59,35.41,T9\n"
    batch = check(database, actor, upload(stations, "kind:base_station"))
    assert (batch.rows_faulty, codes(database, batch)) == (2, {"finding.unknown_parent": 2})
    scalar(database, "UPDATE asset SET operator_id = :mine WHERE owner_ref = 'T1' RETURNING id", mine=mine)
    assert run(database, actor, partial=True, sent=upload(claimed)).rows_written == 1
    assert scalar(database, "SELECT name FROM asset WHERE owner_ref = 'T1'") == "Mast"
    assert scalar(database, "SELECT owner_id FROM asset WHERE owner_ref = 'T1'") == other


def test_undo_gives_an_asset_back_to_the_batch_it_came_from(database: Database) -> None:
    first = run(database, sent=upload(TOWERS))
    second = run(database, sent=upload(TOWERS.replace("Mast 1", "Mast one")))
    belongs = "SELECT batch_id FROM asset WHERE owner_ref = 'T1'"
    assert scalar(database, belongs) == second.id
    with database.use_case(SERVICE) as connection:
        batches.undo(connection, SERVICE, second.code)
    run_pending(database)
    assert scalar(database, belongs) == first.id
