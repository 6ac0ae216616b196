"""SQL of duties as stored, for lists, counts, the map and CSV: every reader under his own row security.

Row security shows the duties of what a reader sees exactly. On top of it names and addressees are shown only where
the publication table shows this reader the field they come from; a filter on them matches nothing else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from infra_registry.db import holding
from infra_registry.errors import Fault, Invalid
from infra_registry.formats.writing import csv_lines

MAX_PAGE = 200
CSV_CHUNK = 2000
COLUMNS = (
    "subject", "code", "name", "kind", "city", "rulebook", "clause", "effect", "modality", "standing", "kept",
    "by_reference", "addressee", "party", "missing", "as_of",
)  # fmt: skip
_PLAIN = {
    "book": "d.rulebook",
    "clause": "d.clause",
    "effect": "d.effect",
    "modality": "d.modality",
    "standing": "d.standing",
    "kept": "d.kept",
    "subject": "d.subject_kind",
    "kind": "a.kind",
}
ORDERS = {
    "city": "c.code, d.rulebook, d.clause, d.id",
    "law": "d.rulebook, d.clause, d.id",
    "standing": "array_position(ARRAY['broken', 'not_shown', 'untested', 'kept'], d.kept), d.standing, d.id",
    "subject": "coalesce(a.code, w.code, g.code, k.code), d.rulebook, d.clause",
}
_ASSET = "a.id, a.owner_id, a.operator_id, a.city_id"
NAME_SHOWN = f"field_shown(a.publication_id, 'name', {_ASSET})"
# An addressed party is shown where the reader is shown the field it comes from; one that stands in no field, as P3.
_ROLES = " ".join(
    f"WHEN {{party}} = a.{role}_id AND field_shown(a.publication_id, '{role}', {_ASSET}) THEN true"
    for role in ("controller", "owner", "operator")
)
_ELSE = f"field_shown(a.publication_id, 'party', {_ASSET})"
_PARTY_SHOWN = f"(CASE WHEN d.asset_id IS NULL THEN true {_ROLES} ELSE {_ELSE} END)"
# Which word of a clause is met tells of its parties; shown with them.
_WORD = f"""CASE WHEN d.asset_id IS NULL OR (field_shown(a.publication_id, 'owner', {_ASSET})
  AND field_shown(a.publication_id, 'operator', {_ASSET}) AND field_shown(a.publication_id, 'controller', {_ASSET}))
  THEN d.addressee END"""
FROM = """
FROM duty_current d LEFT JOIN asset a ON a.id = d.asset_id LEFT JOIN project w ON w.id = d.project_id
LEFT JOIN agreement g ON g.id = d.agreement_id LEFT JOIN key_area k ON k.id = d.key_area_id
LEFT JOIN area c ON c.id = d.city_id
"""
COUNTED = {**_PLAIN, "city": "c.code", "addressee": _WORD}
_SELECT = f"""
SELECT d.id, d.subject_kind AS subject, coalesce(a.code, w.code, g.code, k.code) AS code,
  CASE WHEN d.asset_id IS NULL THEN coalesce(w.name, k.name) WHEN {NAME_SHOWN} THEN a.name END AS name, a.kind,
  c.code AS city, c.name AS city_name, d.rulebook, d.clause, d.effect, d.modality, d.standing, d.kept, d.by_reference,
  {_WORD} AS addressee, p.code AS party, p.name AS party_name, p.name_en AS party_name_en, d.missing, d.as_of, d.digest
{FROM} LEFT JOIN party p ON p.id = d.addressee_id AND {_PARTY_SHOWN.format(party="d.addressee_id")}
"""


@dataclass(frozen=True, slots=True)
class DutyFilter:
    """What of the stored duties is meant; empty: all the reader sees. ``city`` and ``district`` are area codes,
    ``party`` the code of an addressed party, ``code`` that of the subject, ``words`` part of its name or code."""

    city: str = ""
    district: str = ""
    book: Sequence[str] = ()
    clause: str = ""
    effect: Sequence[str] = ()
    modality: Sequence[str] = ()
    standing: Sequence[str] = ()
    kept: Sequence[str] = ()
    subject: Sequence[str] = ()
    kind: Sequence[str] = ()
    party: str = ""
    code: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class DutyRow:
    """One stored duty as a reader sees it; what he may not see is None."""

    id: int
    subject: str
    code: str
    name: str | None
    kind: str | None
    city: str | None
    city_name: str | None
    rulebook: str
    clause: str
    effect: str
    modality: str
    standing: str
    kept: str
    by_reference: bool
    addressee: str | None
    party: str | None
    party_name: str | None
    party_name_en: str | None
    missing: Sequence[str]
    as_of: Any
    digest: str


@dataclass(frozen=True, slots=True)
class DutyPage:
    """A page of duties and how many match in all."""

    rows: tuple[DutyRow, ...]
    total: int


def listed(
    connection: Connection, query: DutyFilter, *, order: str = "city", limit: int = 50, offset: int = 0
) -> DutyPage:
    """One page. Raises Invalid for an order there is not."""
    if order not in ORDERS:
        raise Invalid([Fault("order", order[:40], "field.not_choice", " | ".join(ORDERS))])
    where, bound = condition(query)
    size = {"limit": max(1, min(limit, MAX_PAGE)), "offset": max(0, offset)}
    sql = text(f"SELECT d.id {FROM} WHERE {where} ORDER BY {ORDERS[order]} LIMIT :limit OFFSET :offset")
    ids = list(
        connection.scalars(sql, bound | size)
    )  # what is shown of a row is looked up for the page alone
    shown = connection.execute(text(f"{_SELECT} WHERE d.id = ANY (:ids)"), {"ids": ids})
    by_id = {row.id: DutyRow(*row) for row in shown}
    rows = tuple(by_id[key] for key in ids if key in by_id)
    return DutyPage(rows, total(connection, query))


def total(connection: Connection, query: DutyFilter) -> int:
    """How many duties match."""
    where, bound = condition(query)
    return int(connection.scalar(text(f"SELECT count(*) {FROM} WHERE {where}"), bound) or 0)


def counts(connection: Connection, query: DutyFilter, by: str) -> dict[str | None, int]:
    """How many match by the values of one property, most first. Raises Invalid for a property there is not."""
    if by not in COUNTED:
        raise Invalid([Fault("by", by[:40], "field.not_choice", " | ".join(COUNTED))])
    where, bound = condition(query)
    sql = text(
        f"SELECT {COUNTED[by]} AS value, count(*) AS n {FROM} WHERE {where} GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    return {row.value: row.n for row in connection.execute(sql, bound)}


def stream(connection: Connection, query: DutyFilter) -> Iterator[DutyRow]:
    """All that match, by subject and clause, read as they are sent."""
    where, bound = condition(query)
    sql = text(f"{_SELECT} WHERE {where} ORDER BY {ORDERS['subject']}, d.id")
    for row in connection.execute(sql, bound, execution_options={"yield_per": CSV_CHUNK}):
        yield DutyRow(*row)


def csv(connection: Connection, query: DutyFilter) -> Iterator[str]:
    """The lines of a CSV file of all that match; codes and keys, as other programs read them."""
    return csv_lines(
        COLUMNS,
        (
            [row.party_name if name == "party" else getattr(row, name) for name in COLUMNS]
            for row in stream(connection, query)
        ),
    )


def condition(query: DutyFilter) -> tuple[str, dict[str, Any]]:
    """A filter as SQL over ``FROM``, with its bound values."""
    parts, bound = ["true"], dict[str, Any]()
    for name, column in _PLAIN.items():
        chosen = getattr(query, name)
        if chosen:
            parts.append(f"{column} = ANY (:{name})")
            bound[name] = [chosen] if isinstance(chosen, str) else list(chosen)
    if query.city:
        parts.append("c.code = :city")
        bound["city"] = query.city
    if query.district:
        parts.append(
            "EXISTS (SELECT 1 FROM asset_area m JOIN area r ON r.id = m.area_id "
            "WHERE m.asset_id = d.asset_id AND m.level = 'exact' AND r.code = :district)"
        )
        bound["district"] = query.district
    if query.party:
        parts.append(
            "EXISTS (SELECT 1 FROM party q WHERE q.code = :party AND d.addressee_ids @> ARRAY[q.id] "
            f"AND {_PARTY_SHOWN.format(party='q.id')})"
        )
        bound["party"] = query.party
    if query.code:
        parts.append("coalesce(a.code, w.code, g.code, k.code) = :code")
        bound["code"] = query.code
    if query.words:
        parts.append(
            f"(coalesce(a.code, w.code, g.code, k.code) = upper(:words) OR (a.name ILIKE :like AND {NAME_SHOWN}) "
            "OR coalesce(w.name, k.name) ILIKE :like)"
        )
        bound |= {"words": query.words, "like": holding(query.words)}
    return " AND ".join(parts), {name: _clean(value) for name, value in bound.items()}


def _clean(value: Any) -> Any:
    """A NUL cannot be stored, so nothing has one; it must not reach the driver."""
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value
