"""What goes out is what the publication table names: no column more."""

import tomllib

from sqlalchemy import text

from infra_registry.access import SERVICE
from infra_registry.assets.kinds import KINDS, Kind
from infra_registry.assets.reference import COMMON, PUBLICATION, field_names
from infra_registry.db import Database
from infra_registry.publish import assets, record
from infra_registry.publish.query import Query
from tests.integration.register_fixtures import fill


def test_every_field_of_every_kind_has_a_class() -> None:
    for path in PUBLICATION.glob("*.toml"):
        table = tomllib.loads(path.read_text("utf-8"))
        for kind, rules in table["kind"].items():
            assert set(rules.get("fields", {})) <= set(field_names(Kind(kind))), (path.name, kind)
    default = tomllib.loads((PUBLICATION / "default.toml").read_text("utf-8"))
    named = set(default["common"]["fields"])
    for kind in Kind:
        listed = named | set(default["kind"][kind.value].get("fields", {}))
        assert {field.name for field in KINDS[kind].fields} <= listed, kind


def test_published_keys_equal_the_table(database: Database) -> None:
    filled = fill(database)
    actor = filled.actors["regulator"]
    with database.use_case(actor) as connection:
        for item in assets.search(connection, actor, Query(limit=100)).items:
            kind = Kind(item.values["kind"])
            found = record.detail(connection, actor, item.values["code"])
            out = {assets.FIELD_OF.get(key, key) for key in item.values}
            assert out <= set(field_names(kind))
            assert set(found.fields) == {field.name for field in KINDS[kind].fields}


def test_database_holds_the_table(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        rows = connection.execute(
            text(
                "SELECT p.kind, f.field FROM publication p JOIN publication_field f "
                "ON f.publication_id = p.id WHERE p.area_id IS NULL"
            )
        ).all()
    for kind in Kind:
        assert {field for k, field in rows if k == kind} == set(field_names(kind))
    assert set(COMMON) <= {field for _, field in rows}
