"""Cases in the database: file, follow, list, read, move, erase. Nothing here opens a seal."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from infra_registry.cases.tables import accused, case_event, case_file, case_identity


def add(connection: Connection, values: Mapping[str, Any]) -> int | None:
    """Add a case; None when a case with this number or of this form is there already."""
    query = upsert(case_file).values(values).on_conflict_do_nothing().returning(case_file.c.id)
    return connection.execute(query).scalar_one_or_none()


def add_accused(connection: Connection, case_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add the accused of a case: registered parties by id, others by their place in the sealed list."""
    if rows:
        connection.execute(insert(accused), [{"case_id": case_id, **row} for row in rows])


def add_identity(connection: Connection, case_id: int, sealed: bytes, wrapped: bytes) -> None:
    """The complainant, sealed, and its key, wrapped. The service writes it and cannot read it."""
    connection.execute(insert(case_identity).values(case_id=case_id, sealed=sealed, wrapped_key=wrapped))


def add_event(connection: Connection, values: Mapping[str, Any]) -> None:
    """Add an event of a case: a move with its state, reason and sealed words."""
    connection.execute(insert(case_event).values(values))


def by_form(connection: Connection, form_digest: bytes) -> Any:
    """The case a form became: number and time; None when it was not sent yet."""
    query = select(case_file.c.number, case_file.c.received_at).where(case_file.c.form_digest == form_digest)
    return connection.execute(query).one_or_none()


def to_track(connection: Connection, number: str) -> Any:
    """What tracking needs of a case; None when there is none of this number."""
    column = case_file.c
    query = select(
        column.id,
        column.number,
        column.city_id,
        column.secret_hash,
        column.state,
        column.reason,
        column.received_at,
        column.wrapped_key,
        column.erased_at,
        column.erasure_rule,
    ).where(column.number == number)
    return connection.execute(query).one_or_none()


def read(connection: Connection, number: str) -> Any:
    """A case with the names of its places; None when there is none for this reader."""
    query = text(
        """SELECT f.*, c.name AS city, c.name_en AS city_en,
          d.name AS district, d.name_en AS district_en, a.code AS asset_code, a.name AS asset_name,
          (f.assigned_to IS NOT NULL AND f.assigned_to = my_user()) AS mine
        FROM case_file f LEFT JOIN area c ON c.id = f.city_id LEFT JOIN area d ON d.id = f.district_id
          LEFT JOIN asset a ON a.id = f.asset_id WHERE f.number = :number"""
    )
    return connection.execute(query, {"number": number}).one_or_none()


def open_points(connection: Connection) -> Sequence[Any]:
    """Cases of before 0.3 whose point is not sealed yet, with longitude and latitude in degrees."""
    column = case_file.c
    spot = func.ST_X(column.geom).label("lon"), func.ST_Y(column.geom).label("lat")
    query = select(column.id, column.number, column.wrapped_key, *spot)
    open_ones = query.where(column.geom.is_not(None), column.wrapped_key.is_not(None))
    return connection.execute(open_ones.with_for_update()).all()  # a renewal of keys meanwhile waits


def close_point(connection: Connection, case_id: int, sealed: bytes) -> None:
    """Keep the point sealed and no longer open."""
    change = {"sealed_point": sealed, "geom": None}
    connection.execute(update(case_file).where(case_file.c.id == case_id).values(**change))


def conflicted(connection: Connection, number: str) -> bool:
    """True when the case would be this handler's, were his own party not accused in it."""
    return bool(connection.scalar(text("SELECT accuses_me_in(:number)"), {"number": number}))


def accused_of(connection: Connection, case_id: int) -> Sequence[Any]:
    """Part, place in the list, and the registered party where there is one."""
    query = text(
        """SELECT x.part, x.ord, p.code, p.name, p.name_en FROM accused x LEFT JOIN party p ON p.id = x.party_id
        WHERE x.case_id = :case ORDER BY x.ord"""
    )
    return connection.execute(query, {"case": case_id}).all()


def events_of(connection: Connection, case_id: int) -> Sequence[Any]:
    """Events of a case, oldest first."""
    query = select(case_event).where(case_event.c.case_id == case_id).order_by(case_event.c.id)
    return connection.execute(query).all()


def identity_of(connection: Connection, case_id: int) -> Any:
    """The sealed complainant and its wrapped key, for readers row security lets; None where there is none."""
    column = case_identity.c
    query = select(column.sealed, column.wrapped_key).where(column.case_id == case_id)
    return connection.execute(query).one_or_none()


def change_state(connection: Connection, number: str, version: int, change: Mapping[str, Any]) -> int | None:
    """Move on the version that was read; the case's id, or None when somebody else was quicker."""
    query = (
        update(case_file)
        .where(case_file.c.number == number, case_file.c.version == version)
        .values(**change, version=version + 1)
        .returning(case_file.c.id)
    )
    return connection.execute(query).scalar_one_or_none()


def erase(connection: Connection, number: str) -> bool:
    """Destroy the case's key and every text; False when there is no such case or it is erased."""
    return bool(connection.scalar(text("SELECT erase_case(:number)"), {"number": number}))
