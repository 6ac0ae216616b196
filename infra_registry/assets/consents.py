"""Registering in another party's name, or handing over: the draft waits until every party it names has agreed."""

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any, TypeVar

import shapely
from shapely.geometry import mapping
from sqlalchemy import Connection, func

from infra_registry import audit, codes, jobs
from infra_registry.access import Actor, Permission, PermissionSubject, Role, require
from infra_registry.assets import consent_store, edit, register, store
from infra_registry.assets.consent_store import Consent
from infra_registry.assets.draft import Draft, Registered, check
from infra_registry.assets.edit import PARTIES, Change
from infra_registry.assets.kinds import Kind, Status
from infra_registry.db.connection import acting_as
from infra_registry.errors import Conflict, Fault, Forbidden, Invalid
from infra_registry.parties import ties

LEAST_REASON, MOST_REASON = 4, 500
Stated = TypeVar("Stated", Draft, Change)


def enter(connection: Connection, actor: Actor, draft: Draft) -> Registered | Consent:
    """Register an asset, or ask the other parties it names. Raises Forbidden or Invalid."""
    faults = check(draft)
    if faults:
        raise Invalid(faults)
    city_id = store.cities_of(connection, [draft.geometry])[0]
    parties = edit.concerned(actor, city_id, {}, edit.named_in(draft))
    if not parties or not may_ask(actor, edit.named_in(draft)):
        require(actor, Permission.ASSET_CREATE, PermissionSubject(draft.owner_id, draft.operator_id, city_id))
        return register.register(connection, [draft])[0]
    facts = {"name": draft.name.strip(), "kind": draft.kind.value, "draft": packed(draft), "city_id": city_id}
    return ask(connection, actor, parties, facts)


def change(connection: Connection, actor: Actor, code: str, version: int, values: Change) -> int | Consent:
    """Change an asset, or ask the parties whose name it takes up or gives up; meanwhile it stays as it is.

    The new version, or the consent asked for. Raises as ``edit.edit``; Conflict ``consent.pending`` while one waits.
    """
    row = edit.writable(connection, actor, code, version)
    parties = edit.concerned(actor, row.city_id, edit.named_in(row), values.columns)
    if not parties:
        return edit.edit(connection, actor, code, version, values)
    waiting = consent_store.waiting_code(connection, row.id)
    if waiting:
        raise Conflict("consent.pending", code=waiting)
    edit.parsed(Kind(row.kind), values)
    columns = {name: value for name, value in values.columns.items() if value != getattr(row, name)}
    facts = {"name": row.name, "kind": row.kind, "asset_id": row.id, "city_id": row.city_id}
    facts["draft"] = packed(replace(values, columns=columns)) | {"version": version}
    return ask(connection, actor, parties, facts)


def may_ask(actor: Actor, named: Mapping[str, Any]) -> bool:
    """An editor of some party asks others about a thing that has an owner or an operator."""
    editor = actor.has(Role.CARRIER_EDITOR) or actor.has(Role.OWNER_EDITOR)
    return bool(actor.party_id and editor and (named.get("owner_id") or named.get("operator_id")))


def ask(connection: Connection, actor: Actor, parties: Collection[int], facts: dict[str, Any]) -> Consent:
    """Let a draft wait for these parties."""
    require(actor, Permission.ASSET_CREATE)
    code, listed = codes.new("consent"), sorted(parties)
    asked_by = {"asked_by": actor.user_id, "asked_party": actor.party_id}
    consent_store.add(connection, {"code": code, "parties": listed, "missing": listed} | asked_by | facts)
    return consent_store.read(connection, code)


def answer(connection: Connection, actor: Actor, code: str, *, agree: bool, reason: str = "") -> Consent:
    """Agree for one's party, or refuse; a regulator of the city does it for parties without an account.

    What all have agreed to is written in the same transaction; rows of a file by a job. A refusal ends the matter. A
    refusal and an answer in another's place want a reason of 4 to 500 characters. Raises NotFound, Forbidden, Invalid,
    Conflict ``consent.ended``, or what writing raises: then nothing is kept.
    """
    waiting = consent_store.read(connection, code)
    with acting_as(connection, replace(actor, service=True)):
        waiting = locked(connection, code)
        speaks_for = _speaks_for(connection, actor, waiting)
        in_place = actor.party_id not in speaks_for
        reason = reason.strip()
        if (in_place or not agree or reason) and not LEAST_REASON <= len(reason) <= MOST_REASON:
            expected = f"{LEAST_REASON} … {MOST_REASON}"
            raise Invalid([Fault("reason", reason[:60], "consent.reason", expected)])
        facts = {"agree": agree, "parties": sorted(speaks_for), "in_place": in_place, "reason": reason}
        audit.note(connection, "update", "consent", ref=code, facts=facts)
        missing = [party for party in waiting.missing if party not in speaks_for]
        if not agree:
            end(connection, actor, waiting, "refused", reason)
        else:
            consent_store.change(connection, waiting.id, {"missing": missing})
            if not missing:
                _carry_out(connection, actor, waiting)
    return consent_store.read(connection, code)


def withdraw(connection: Connection, actor: Actor, code: str) -> Consent:
    """Take back what one's own party asked for. Raises NotFound, Forbidden or Conflict ``consent.ended``."""
    asked_for = consent_store.read(connection, code)
    if not actor.service and actor.party_id != asked_for.asked_party:
        raise Forbidden("access.denied", permission=Permission.ASSET_CREATE.value)
    require(actor, Permission.ASSET_CREATE)
    with acting_as(connection, replace(actor, service=True)):
        end(connection, actor, locked(connection, code), "withdrawn")
    return consent_store.read(connection, code)


def end(connection: Connection, actor: Actor, waiting: Consent, state: str, reason: str = "") -> None:
    """Decide what waited; as the product."""
    decided = {"state": state, "reason": reason or None, "decided_by": actor.user_id or None}
    consent_store.change(connection, waiting.id, decided | {"decided_at": func.now()})


def locked(connection: Connection, code: str) -> Consent:
    """The consent, locked, while it waits; Conflict ``consent.ended`` afterwards."""
    waiting = consent_store.locked(connection, code)
    if waiting.state != "waiting":
        raise Conflict("consent.ended", code=code, state=waiting.state)
    return waiting


def _speaks_for(connection: Connection, actor: Actor, waiting: Consent) -> set[int]:
    """For which of the parties the actor answers: his own, else as a regulator those that cannot."""
    own = PermissionSubject(actor.party_id if actor.party_id in waiting.parties else None)
    if may_ask(actor, {"owner_id": own.owner_id}):
        require(actor, Permission.ASSET_EDIT, own)
        return {actor.party_id}
    if not edit.regulates(actor, waiting.city_id):
        raise Forbidden("access.denied", permission=Permission.ASSET_EDIT.value)
    require(actor, Permission.ASSET_EDIT)
    for party in {waiting.asked_party, *waiting.parties}:
        ties.refuse_tied(connection, party, "consent.own_party")
    silent = set(waiting.missing) - consent_store.keepers(connection, waiting.missing)
    if not silent:
        raise Conflict("consent.has_account", code=waiting.code)
    return silent


def _carry_out(connection: Connection, actor: Actor, agreed: Consent) -> None:
    if agreed.batch_id is not None:  # the job ends it, so that what fails can be agreed to again
        jobs.ask(connection, "imports.agreed", actor, consent=agreed.code)
        return
    values = dict(agreed.draft)
    if agreed.asset_code is None:
        registered = register.register(connection, [unpacked(Draft, values)])[0]
        consent_store.change(connection, agreed.id, {"asset_id": registered.id})
    else:
        product, version = replace(actor, service=True), values.pop("version")
        edit.edit(connection, product, agreed.asset_code, version, unpacked(Change, values))
    end(connection, actor, agreed, "agreed")


def stated(item: Consent) -> dict[str, Any]:
    """What a draft says, by field, without inside ids: parties by ``names``, the place as GeoJSON."""
    values = item.draft | item.draft.get("columns", {}) | item.draft.get("fields", {})
    shown = {name: values[name] for name in values if name not in ("columns", "fields", "version", "host_id")}
    for name in PARTIES:
        if name in shown:
            shown[name.removesuffix("_id")] = item.names.get(shown.pop(name))
    if "host_id" in values:
        shown["host"] = item.host_code
    if "geometry" in shown:
        shown["geometry"] = mapping(shapely.from_wkb(bytes.fromhex(shown["geometry"])))
    return shown


def document(item: Consent) -> dict[str, Any]:
    """A consent for programs: parties by code."""
    codes_of = {key: name.code for key, name in item.names.items()}
    same = ("code", "state", "kind", "name", "row_count", "asset_code", "batch_code", "reason")
    return {name: getattr(item, name) for name in same} | {
        "asked_by": codes_of[item.asked_party],
        "asked_at": item.asked_at.isoformat(),
        "parties": [codes_of[key] for key in item.parties],
        "waits_for": [codes_of[key] for key in item.missing if item.state == "waiting"],
        "decided_at": item.decided_at.isoformat() if item.decided_at else None,
        "draft": {name: getattr(value, "code", value) for name, value in stated(item).items()},
    }


def packed(draft: Draft | Change) -> dict[str, Any]:
    """A draft or a change as JSON: only what it states."""
    stated = {item.name: getattr(draft, item.name) for item in fields(draft)}
    shape, day = stated["geometry"], stated["valid_from"]
    stated["geometry"] = None if shape is None else shapely.to_wkb(shape, hex=True)
    stated["valid_from"] = None if day is None else day.isoformat()
    return {name: value for name, value in stated.items() if value not in (None, {}, False)}


def unpacked(sort: type[Stated], values: Mapping[str, Any]) -> Stated:
    """The draft or change that ``packed`` made JSON of."""
    stated = dict(values)
    if "geometry" in stated:
        stated["geometry"] = shapely.from_wkb(bytes.fromhex(stated["geometry"]))
    if "valid_from" in stated:
        stated["valid_from"] = date.fromisoformat(stated["valid_from"])
    for name, read in (("kind", Kind), ("status", Status)):
        if name in stated:
            stated[name] = read(stated[name])
    return sort(**stated)
