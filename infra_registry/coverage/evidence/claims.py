"""Claims: an operator says where it has coverage, from which model; a new claim ends the one before."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from infra_registry import codes
from infra_registry.access import Actor, Permission, PermissionSubject, require
from infra_registry.areas import store as areas
from infra_registry.areas.ground_store import day_of
from infra_registry.assets.fields import Field, choice, day, number, parse_all, text
from infra_registry.config import today
from infra_registry.coverage.evidence import claim_store
from infra_registry.coverage.evidence.claim_reading import Shape
from infra_registry.coverage.evidence.tables import ENVIRONMENTS, TECHNOLOGIES
from infra_registry.errors import Conflict, Fault, Invalid

# Columns of a claim as a form or command gives them, in the order they are asked.
FIELDS: tuple[Field, ...] = (
    choice("technology", *TECHNOLOGIES, required=True),
    choice("environment", *ENVIRONMENTS, required=True),
    day("as_of"),
    number("minimum_dbm", -200, 0),
    number("down_mbps", 0, 1e6),
    number("up_mbps", 0, 1e6),
    text("tool_name", required=True),
    text("tool_version"),
    text("tool_developer"),
    text("model", required=True),
    number("resolution_m", 1, 1000, required=True),
    number("receiver_height_m", 0.5, 50, required=True),
    text("terrain_source"),
    number("terrain_resolution_m", 0.01, 1e5),
    text("clutter_source"),
)
MAX_BUDGET = 4000


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim on record: its code, the codes of those it replaced, and what was done to its shape."""

    code: str
    replaced: tuple[str, ...]
    notices: tuple[tuple[str, dict[str, Any]], ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """A claim as it was sent: values by field name as text, its shape, the digest of the file it came in."""

    values: Mapping[str, Any]
    shape: Shape
    digest: str
    sample: bool = False
    code: str | None = None


def _operator(connection: Connection, name: str) -> tuple[int | None, Fault | None]:
    """The party of a code or name. Two of one name are a fault that lists both codes: a claim is keyed by code."""
    if not name.strip():
        return None, Fault("operator", "", "field.required")
    parties = claim_store.parties_called(connection, name.strip())
    if not parties:
        return None, Fault("operator", name[:80], "claims.operator_unknown")
    if len(parties) > 1:
        listed = ", ".join(row.code for row in parties)
        return None, Fault("operator", name[:80], "claims.operator_ambiguous", listed)
    return int(parties[0].id), None


def check(raw: Mapping[str, Any], newest: date | None = None) -> tuple[dict[str, Any], list[Fault]]:
    """Values of the claim's own columns, and everything that is wrong with them.

    ``newest`` is the legal day of the claim's area; the register's where the area is not known.
    """
    newest = newest or today()
    values, faults = parse_all(FIELDS, raw)
    values["as_of"] = values["as_of"] or newest
    if values["as_of"] > newest:
        faults.append(Fault("as_of", values["as_of"].isoformat(), "claims.future", newest.isoformat()))
    values["link_budget"], fault = _budget(raw.get("link_budget"))
    return values, faults + ([fault] if fault else [])


def add(connection: Connection, actor: Actor, sent: Sent) -> Claimed:
    """Put a claim on record; one that stood for the same operator, area, technology and environment ends.

    Raises Invalid with every fault, Forbidden for another party's claim, Conflict ``claims.claim_older``.
    """
    require(actor, Permission.EVIDENCE_CLAIM)
    area = areas.find(connection, str(sent.values.get("area") or ""))
    values, faults = check(sent.values, day_of(connection, area.id) if area else None)
    operator_id, fault = _operator(connection, str(sent.values.get("operator") or ""))
    faults += [fault] if fault else []
    if area is None:
        faults.append(Fault("area", str(sent.values.get("area") or "")[:40], "claims.area_unknown"))
    if faults or area is None or operator_id is None:
        raise Invalid(faults)
    city_id = area.id if area.level == "city" else area.parent_id or area.id
    require(actor, Permission.EVIDENCE_CLAIM, PermissionSubject(None, operator_id, city_id))
    if claim_store.in_area(connection, area.id, sent.shape.geometry) is False:
        raise Invalid([Fault("file", area.code, "claims.outside_area", area.name)])
    key = {"operator_id": operator_id, "area_id": area.id}
    key |= {name: values[name] for name in ("technology", "environment")}
    replaced = _replace(connection, key, values["as_of"])
    code = sent.code or codes.new("claim")
    file = {"code": code, "digest": sent.digest, "vertices": sent.shape.vertices, "sample": sent.sample}
    claim_store.add(connection, values | key | file, sent.shape.geometry)
    return Claimed(code, replaced, sent.shape.notices)


def end(connection: Connection, actor: Actor, code: str) -> None:
    """Take a claim back as of today. Raises Conflict ``claims.claim_ended``."""
    claim = claim_store.claim(connection, code)
    require(actor, Permission.EVIDENCE_CLAIM, PermissionSubject(None, claim["operator_id"], claim["city_id"]))
    if claim["ended_on"] is not None:
        raise Conflict("claims.claim_ended", code=code, on=claim["ended_on"].isoformat())
    claim_store.end(connection, [claim["id"]], max(day_of(connection, claim["area_id"]), claim["as_of"]))


def _replace(connection: Connection, key: Mapping[str, Any], as_of: date) -> tuple[str, ...]:
    claim_store.lock(connection, "|".join(str(value) for value in key.values()))
    standing = claim_store.standing(connection, key)
    newer = next((row for row in standing if row.as_of > as_of), None)
    if newer is not None:
        raise Conflict(
            "claims.claim_older", code=newer.code, on=newer.as_of.isoformat(), as_of=as_of.isoformat()
        )
    claim_store.end(connection, [row.id for row in standing], as_of)
    return tuple(row.code for row in standing)


def _budget(raw: Any) -> tuple[dict[str, Any], Fault | None]:
    """A link budget: one ``name = value`` a line, or a flat JSON object."""
    sent = str(raw or "").strip()
    wrong = Fault("link_budget", sent[:40], "claims.link_budget", "eirp_dbm = 46")
    if len(sent) > MAX_BUDGET:
        return {}, wrong
    if sent.startswith("{"):
        try:
            budget = json.loads(sent)
        except (ValueError, RecursionError):
            return {}, wrong
    else:
        pairs = [line.partition("=") for line in sent.splitlines() if line.strip()]
        if any(not name.strip() or not mark or not value.strip() for name, mark, value in pairs):
            return {}, wrong
        budget = {name.strip(): value.strip() for name, _, value in pairs}
    flat = all(isinstance(value, str | int | float | bool) or value is None for value in budget.values())
    return (budget, None) if flat and "\\u0000" not in json.dumps(budget) else ({}, wrong)
