"""Challenges: somebody disputes a claim, its operator answers, the regulator settles. Events are only added.

No instrument sets a time for any of it: the days that went by are counted and shown, never ordered.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection

from infra_registry import codes
from infra_registry.access import Actor, Permission, PermissionSubject, allows, require
from infra_registry.areas import store as areas
from infra_registry.areas.ground_store import day_of
from infra_registry.assets.fields import Field, choice, day, number, parse_all, text
from infra_registry.coverage.evidence import challenge_store, claim_store, moves
from infra_registry.coverage.evidence.moves import Move
from infra_registry.coverage.evidence.tables import CHALLENGE_REASONS
from infra_registry.errors import Conflict, Fault, Forbidden, Invalid
from infra_registry.files import Kept

MAX_EVIDENCE = 20 << 20
FIELDS: tuple[Field, ...] = (
    choice("reason", *CHALLENGE_REASONS, required=True),
    text("detail", max_length=2000, required=True),
    day("seen_on"),
    number("lon", -180, 180),
    number("lat", -90, 90),
    text("asset", max_length=40),
    text("area", max_length=80),
)


def file(
    connection: Connection,
    actor: Actor,
    claim_code: str,
    raw: Mapping[str, Any],
    *,
    evidence: Kept | None = None,
    sample: bool = False,
    code: str | None = None,
) -> str:
    """File a challenge on a claim; its code. The file is already in the vault.

    Raises Invalid with every fault, NotFound ``claims.no_claim``, Conflict ``claims.claim_ended``.
    """
    require(actor, Permission.CHALLENGE_FILE)
    claim = claim_store.claim(connection, claim_code)
    if claim["ended_on"] is not None:
        raise Conflict("claims.claim_ended", code=claim_code, on=claim["ended_on"].isoformat())
    values, faults = _read(raw, day_of(connection, claim["area_id"]))
    shape, fault = _place(connection, claim, values)
    faults += [fault] if fault else []
    if faults:
        raise Invalid(faults)
    number = code or codes.new("challenge")
    row = {
        "code": number,
        "claim_id": claim["id"],
        "reason": values["reason"],
        "detail": values["detail"],
        "seen_on": values["seen_on"],
        "evidence_digest": evidence.digest if evidence else None,
        "evidence_name": evidence.name if evidence else None,
        "sample": sample,
    }
    challenge_id = challenge_store.add(connection, row, shape)
    challenge_store.add_event(connection, challenge_id, moves.FIRST, None)
    return number


def offered(actor: Actor, challenge: Mapping[str, Any]) -> tuple[Move, ...]:
    """The moves this actor may make now."""
    return tuple(move for move in moves.open_moves(challenge["state"]) if _may(actor, move, challenge))


def move(connection: Connection, actor: Actor, code: str, name: str, *, version: int, note: str = "") -> str:
    """Make a move against the version that was read; the new state.

    Raises Conflict ``claims.move_shut`` or ``claims.moved_on``, Forbidden, Invalid for a missing reason.
    """
    challenge = challenge_store.challenge(connection, code)
    if challenge["version"] != version:
        raise Conflict("claims.moved_on", code=code)
    planned = moves.plan(challenge["state"], name, note)
    if not _may(actor, planned, challenge):
        raise Forbidden("access.denied", permission=planned.permission.value)
    over = planned.end in moves.OVER
    done = challenge_store.move(connection, code, version, planned.end, over=over)
    if done is None:
        raise Conflict("claims.moved_on", code=code)
    challenge_store.add_event(connection, done, planned.end, note.strip())
    return planned.end


def _may(actor: Actor, planned: Move, challenge: Mapping[str, Any]) -> bool:
    """Withdrawing is for whoever filed it; the rest is asked of the permission page with the challenge as subject."""
    if planned.permission is Permission.CHALLENGE_FILE:
        return actor.service or (actor.is_authenticated and challenge["user_id"] == actor.user_id)
    return allows(
        actor, planned.permission, PermissionSubject(None, challenge["operator_id"], challenge["city_id"])
    )


def _read(raw: Mapping[str, Any], newest: date) -> tuple[dict[str, Any], list[Fault]]:
    values, faults = parse_all(FIELDS, raw)
    values["seen_on"] = values["seen_on"] or newest
    if values["seen_on"] > newest:
        faults.append(Fault("seen_on", values["seen_on"].isoformat(), "claims.future", newest.isoformat()))
    if (values["lon"] is None) != (values["lat"] is None):
        faults.append(Fault("lat" if values["lat"] is None else "lon", "", "claims.half_point"))
    return values, faults


def _place(
    connection: Connection, claim: Mapping[str, Any], values: Mapping[str, Any]
) -> tuple[Any, Fault | None]:
    """The shape of a typed point, the place of an asset as this reader sees it, a district, or the whole claim."""
    point, field, claim_id = None, "lon", claim["id"]
    if values["lon"] is not None and values["lat"] is not None:
        point = values["lon"], values["lat"]
    elif values["asset"]:
        point, field = challenge_store.place_of(connection, values["asset"]), "asset"
        if point is None:
            return None, Fault("asset", values["asset"], "claims.no_asset")
    if point is not None:
        if not claim_store.touching(connection, claim_id, point):
            return None, Fault(field, f"{point[0]:.5f} {point[1]:.5f}", "claims.not_claimed_there")
        return challenge_store.place(connection, claim_id, point=point), None
    if not values["area"]:
        return challenge_store.place(connection, claim_id), None
    area = areas.find(connection, values["area"])
    if area is None:
        return None, Fault("area", values["area"], "claims.area_unknown")
    shape = challenge_store.place(connection, claim_id, area_id=area.id)
    return shape, None if shape else Fault("area", values["area"], "claims.not_claimed_there")
