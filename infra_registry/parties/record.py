"""Organisations are entered and changed by people: values from a form, checked and then written."""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from infra_registry import codes
from infra_registry.access import Actor, Permission, require
from infra_registry.errors import Conflict, Fault, Invalid, NotFound
from infra_registry.parties import store, uscc
from infra_registry.parties.store import Party
from infra_registry.parties.tables import PARTY_KINDS

FIELDS = ("name", "name_en", "kind", "uscc", "country", "contact")
_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_LENGTHS = {"name": (2, 200), "name_en": (0, 200), "contact": (0, 200)}


def check(raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """The values to be written, and everything that is wrong with them."""
    values = {name: str(raw.get(name) or "").strip() for name in FIELDS}
    values["uscc"] = uscc.normal(values["uscc"])
    values["country"] = values["country"].upper() or "CN"
    faults = [
        Fault(name, values[name][:60], f"party.{name}", f"{low} … {high}")
        for name, (low, high) in _LENGTHS.items()
        if not low <= len(values[name]) <= high
    ]
    if values["kind"] not in PARTY_KINDS:
        faults.append(Fault("kind", values["kind"][:40], "party.kind", " | ".join(PARTY_KINDS)))
    if not _COUNTRY.match(values["country"]):
        faults.append(Fault("country", values["country"][:10], "party.country", "CN"))
    if values["uscc"]:
        faults += uscc.faults(values["uscc"])
    return {name: value or None for name, value in values.items()}, faults


def create(connection: Connection, actor: Actor, raw: Mapping[str, Any], *, sample: bool = False) -> str:
    """Enter an organisation: its code. Raises Invalid, or Conflict when the credit code is registered."""
    require(actor, Permission.PARTY_EDIT)
    values, faults = check(raw)
    if faults:
        raise Invalid(faults)
    _free(connection, values["uscc"])
    code = codes.new("party")
    store.add(connection, {**values, "code": code, "sample": sample})
    return code


def change(connection: Connection, actor: Actor, code: str, raw: Mapping[str, Any], *, version: int) -> int:
    """Change an organisation from the version that was read: the new version. Raises Conflict when it moved on."""
    require(actor, Permission.PARTY_EDIT)
    values, faults = check(raw)
    if faults:
        raise Invalid(faults)
    before = read(connection, code)
    if values["uscc"] != before.uscc:
        _free(connection, values["uscc"])
    changed = store.change(connection, code, values, version=version)
    if changed is None:
        raise Conflict("party.changed", code=code)
    return changed


def read(connection: Connection, code: str) -> Party:
    """The organisation with this code. Raises NotFound ``party.unknown``."""
    party = store.read(connection, code)
    if party is None:
        raise NotFound("party.unknown", code=code[:40])
    return party


def _free(connection: Connection, code: str | None) -> None:
    if code and store.with_uscc(connection, code):
        raise Invalid([Fault("uscc", code, "party.uscc_taken")])
