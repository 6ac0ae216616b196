"""SQL of ``duty_current``: reading the rows of some subjects, writing only what differs."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from infra_registry.duties.judging.reach_store import COLUMNS
from infra_registry.rules.model import SubjectKind

LOCK = 7305110
# Columns of a stored duty that are no text; lists travel joined by commas.
_TYPES = {"subject_id": "bigint", "city_id": "bigint", "by_reference": "boolean", "addressee_id": "bigint"}
_LISTS = {"addressee_ids": "bigint", "missing": "text", "fields": "text"}


@dataclass(frozen=True, slots=True)
class Line:
    """One duty of one subject as it is stored. Lists are joined by commas; ``fields`` are the published ones."""

    subject_id: int
    city_id: int | None
    rulebook: str
    clause: str
    effect: str
    modality: str
    standing: str
    kept: str
    by_reference: bool
    addressee: str | None
    addressee_id: int | None
    addressee_ids: str
    missing: str
    digest: str
    fields: str


_COLUMNS = tuple(column.name for column in fields(Line) if column.name != "subject_id")


def lock(connection: Connection) -> None:
    """Wait until nobody else writes the projection; held to the end of the transaction."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def stored(
    connection: Connection, kind: SubjectKind, ids: Sequence[int], books: Sequence[str] | None
) -> dict[Line, int]:
    """The rows of these subjects (of these rulebooks, or of all) with their ids."""
    column = COLUMNS[kind]
    names = ", ".join(
        f"array_to_string({name}, ',') AS {name}" if name in _LISTS else name for name in _COLUMNS
    )
    only = "" if books is None else " AND rulebook = ANY (:books)"
    sql = text(f"SELECT id, {column}, {names} FROM duty_current WHERE {column} = ANY (:ids){only}")
    bound = {"ids": list(ids)} | ({} if books is None else {"books": list(books)})
    return {Line(*row[1:]): row[0] for row in connection.execute(sql, bound)}


def remove(connection: Connection, ids: Sequence[int]) -> None:
    """Remove rows by id."""
    if ids:
        connection.execute(text("DELETE FROM duty_current WHERE id = ANY (:ids)"), {"ids": list(ids)})


def write(connection: Connection, kind: SubjectKind, lines: Sequence[Line], on: date) -> None:
    """Insert rows in one statement."""
    if not lines:
        return
    columns: list[tuple[Any, ...]] = list(zip(*map(astuple, lines), strict=True))
    arrays = ", ".join(
        f"CAST(:c{i} AS {_TYPES.get(name, 'text')}[])" for i, name in enumerate(("subject_id", *_COLUMNS))
    )
    values = ", ".join(
        f"string_to_array(n.{name}, ',')::{_LISTS[name]}[]" if name in _LISTS else f"n.{name}"
        for name in _COLUMNS
    )
    names = ", ".join(_COLUMNS)
    sql = text(
        f"INSERT INTO duty_current (subject_kind, {COLUMNS[kind]}, {names}, as_of, needs) "
        f"SELECT :kind, n.subject_id, {values}, :day, "
        "standing_needed(:kind, n.subject_id, string_to_array(n.fields, ',')) "
        f"FROM unnest({arrays}) AS n(subject_id, {names})"
    )
    bound = {f"c{i}": list(column) for i, column in enumerate(columns)}
    connection.execute(sql, {**bound, "kind": kind.value, "day": on})


def follow_opening(connection: Connection, ids: Sequence[int]) -> None:
    """Bring the ledger of opening in step with the standing of its clause."""
    if ids:
        connection.execute(text("SELECT opening_refresh(:ids)"), {"ids": list(ids)})


def follow_masks(connection: Connection, rests_on: Mapping[int, str]) -> None:
    """What the openings of assets rest on, by asset id, and anew what a reader needs to be told of their duties."""
    bound = {"ids": list(rests_on), "fields": list(rests_on.values())}
    connection.execute(text("SELECT opening_rests(:ids, :fields), refresh_needs(:ids)"), bound)


def forget(connection: Connection, books: Sequence[str]) -> int:
    """Remove the rows of every rulebook that is not among these; how many."""
    done = connection.execute(
        text("DELETE FROM duty_current WHERE NOT rulebook = ANY (:books)"), {"books": list(books)}
    )
    return int(done.rowcount)
