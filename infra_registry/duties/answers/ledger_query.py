"""Filters, order and page of the ledger of opening: read from text parameters, written as SQL over shown rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra_registry.duties.answers.ledger_store import ORDERS, Where
from infra_registry.duties.tables import OPENING_STATES
from infra_registry.errors import Fault, Invalid
from infra_registry.formats import whole
from infra_registry.rules.engine import Standing

MOST_PAGES = 5000
PARAMETERS = (
    "area",
    "district",
    "body",
    "state",
    "standing",
    "ground",
    "rulebook",
    "clause",
    "kind",
    "venue",
    "q",
    "waiting",
    "unasked",
    "sort",
    "page",
)


_DISTRICT = """EXISTS (SELECT 1 FROM asset_area m JOIN area r ON r.id = m.area_id
  WHERE m.asset_id = l.asset_id AND m.level = 'exact' AND r.code = :district)"""
_UNASKED = """my_party() <> 0 AND NOT EXISTS (SELECT 1 FROM asset x WHERE x.id = l.asset_id
    AND my_party() IN (x.owner_id, x.operator_id, x.controller_id))
  AND NOT EXISTS (SELECT 1 FROM opening_requests(l.asset_id) r
    WHERE r.asker_id = my_party() AND r.answered_on IS NULL)"""


@dataclass(frozen=True, slots=True)
class Query:
    """What to list: filters by name, order, page (from 1)."""

    city: str = ""
    district: str = ""
    body: str = ""
    state: tuple[str, ...] = ()
    standing: tuple[str, ...] = ()
    ground: str = ""
    rulebook: str = ""
    clause: str = ""
    kind: tuple[str, ...] = ()
    venue: str = ""
    q: str = ""
    unasked: bool = False  # without a request of the reader's own that has no answer, and not his own
    waiting: bool = False  # only with a request that has no answer
    sort: str = "state"
    descending: bool = False
    page: int = 1
    limit: int = 50


def parse(raw: Mapping[str, str], *, strict: bool = True) -> Query:
    """A query from text parameters. Raises Invalid naming each wrong one; with ``strict`` off wrong ones fall away."""
    faults: list[Fault] = []
    states = _listed(raw, "state", OPENING_STATES, faults)
    standings = _listed(raw, "standing", tuple(Standing), faults)
    sort = raw.get("sort", "").removeprefix("-") or "state"
    if sort not in ORDERS:
        faults.append(Fault("sort", sort[:40], "field.not_choice", " | ".join(ORDERS)))
        sort = "state"
    number = whole(raw.get("page") or "1", MOST_PAGES, least=1)
    if number is None:
        faults.append(Fault("page", raw["page"][:40], "field.out_of_range", f"1 … {MOST_PAGES}"))
    if faults and strict:
        raise Invalid(faults)
    plain: dict[str, Any] = {
        name: raw.get(name, "").strip()[:100]
        for name in ("district", "body", "ground", "rulebook", "clause", "venue", "q")
    }
    return Query(
        city=raw.get("area", "").strip()[:100],
        **plain,
        state=states,
        standing=standings,
        kind=tuple(item for item in raw.get("kind", "")[:200].split(",") if item),
        waiting=raw.get("waiting") in ("1", "true"),
        unasked=raw.get("unasked") in ("1", "true"),
        sort=sort,
        descending=raw.get("sort", "").startswith("-"),
        page=number or 1,
    )


def _listed(
    raw: Mapping[str, str], name: str, allowed: Sequence[str], faults: list[Fault]
) -> tuple[str, ...]:
    values = [item for item in raw.get(name, "").split(",") if item]
    faults += [
        Fault(name, item[:40], "field.not_choice", " | ".join(allowed))
        for item in values
        if item not in allowed
    ]
    return tuple(item for item in values if item in allowed)


def where(query: Query) -> Where:
    """The filters as SQL over rows ``l``, values bound."""
    parts, values = ["true"], {}
    for name, column in (("city", "city_code"), ("body", "body_code"), ("ground", "ground"), ("rulebook", "rulebook"),
                         ("clause", "clause"), ("venue", "venue")):  # fmt: skip
        if value := getattr(query, name):
            parts.append(f"l.{column} = :{name}")
            values[name] = value
    for name in ("state", "standing", "kind"):
        if chosen := getattr(query, name):
            parts.append(f"l.{name} = ANY (:{name})")
            values[name] = list(chosen)
    if query.district:
        parts.append(_DISTRICT)
        values["district"] = query.district
    if query.unasked:
        parts.append(_UNASKED)
    if query.waiting:
        parts.append("l.asked_on IS NOT NULL")
    if query.q:
        parts.append(
            "(l.code = upper(:q) OR strpos(lower(l.name), lower(:q)) > 0 OR strpos(lower(l.name_en), lower(:q)) > 0)"
        )
        values["q"] = query.q
    return Where(" AND ".join(parts), values)
