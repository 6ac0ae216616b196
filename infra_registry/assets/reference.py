"""Reference data that code declares and policies need: transitions, and the publication table from data files."""

import hashlib
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from infra_registry.areas.tables import area
from infra_registry.assets.kinds import KINDS, TRANSITIONS, Kind
from infra_registry.assets.tables import publication, publication_field, status_transition
from infra_registry.resources import DATA, tables_in

PUBLICATION = DATA / "publication"
STRICTEST = "P3"
COMMON = (
    "code",
    "kind",
    "status",
    "name",
    "name_en",
    "address",
    "owner",
    "operator",
    "controller",
    "source",
    "sample",
    "precision_m",
    "changed_at",
    "host",
    "owner_ref",
    "operators",
    "operators_count",
    "capacity",
    "presence",
    "valid_from",
    "cells",
    "ends",
)


def field_names(kind: Kind) -> tuple[str, ...]:
    """Every field of a kind that may be published: the common ones and its own."""
    return COMMON + tuple(field.name for field in KINDS[kind].fields)


def load(connection: Connection, folder: Path = PUBLICATION) -> None:
    """Load transitions and the publication table; unchanged files (by digest) are left alone."""
    rows = [{"old_status": old, "new_status": new} for old, news in TRANSITIONS.items() for new in news]
    connection.execute(delete(status_transition))
    connection.execute(insert(status_transition), rows)
    load_publication(connection, folder)


def load_publication(connection: Connection, folder: Path = PUBLICATION) -> None:
    """Load the publication tables; one of an area that is not registered yet waits until this is called again."""
    for path in sorted(folder.glob("*.toml")):
        _load_file(connection, path)


def _load_file(connection: Connection, path: Path) -> None:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    table = tables_in(content, path.name)
    area_id = None
    if "area" in table:
        area_id = connection.scalar(select(area.c.id).where(area.c.code == table["area"]))
        if area_id is None:  # the area is not registered here yet; its table waits for it
            return
    for kind in Kind:
        if kind.value in table["kind"]:
            _load_kind(connection, kind, area_id, digest, table)


def _load_kind(
    connection: Connection, kind: Kind, area_id: int | None, digest: str, table: dict[str, Any]
) -> None:
    stored = connection.execute(
        select(publication.c.id, publication.c.digest).where(
            publication.c.kind == kind.value, publication.c.area_id.is_not_distinct_from(area_id)
        )
    ).one_or_none()
    if stored and stored.digest == digest:
        return
    values = {
        "access_class": table["kind"][kind.value]["class"],
        "digest": digest,
        "basis": table.get("basis"),
        "min_hosts": table["kind"][kind.value].get("min_hosts", 1),
    }
    if stored:
        key = stored.id
        connection.execute(update(publication).where(publication.c.id == key).values(values))
    else:
        key = connection.scalar(
            insert(publication).values(kind=kind.value, area_id=area_id, **values).returning(publication.c.id)
        )
    named = {**table.get("common", {}).get("fields", {}), **table["kind"][kind.value].get("fields", {})}
    statement = upsert(publication_field)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["publication_id", "field"], set_={"access_class": statement.excluded.access_class}
        ),
        [
            {"publication_id": key, "field": name, "access_class": named.get(name, STRICTEST)}
            for name in field_names(kind)
        ],
    )
