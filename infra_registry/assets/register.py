"""Registering assets, one or thirty thousand: the only way a new asset comes to be."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from infra_registry import codes
from infra_registry.areas.ground_store import day_of
from infra_registry.assets import store
from infra_registry.assets.draft import Draft, Registered, check, withholding_faults
from infra_registry.assets.fields import parse
from infra_registry.assets.kinds import field as declared
from infra_registry.errors import Fault, Invalid

CHUNK = 5000


def register(connection: Connection, drafts: Sequence[Draft], *, on: date | None = None) -> list[Registered]:
    """Write new assets with details, places, status and provenance, in the order given.

    City, publication row and default access class follow from the place. Raises Invalid with every
    fault (field prefixed by the draft's position when there are several); then nothing is written.
    """
    faults = [
        _located(fault, index, len(drafts)) for index, draft in enumerate(drafts) for fault in check(draft)
    ]
    if faults:
        raise Invalid(faults)
    profiles = store.profiles(connection)
    homes: list[int | None] = []
    for start in range(0, len(drafts), CHUNK):
        homes += store.cities_of(connection, [draft.geometry for draft in drafts[start : start + CHUNK]])
    _check_withheld(connection, drafts, homes, profiles)
    registered: list[Registered] = []
    for start in range(0, len(drafts), CHUNK):
        chunk = [_typed(draft) for draft in drafts[start : start + CHUNK]]
        cities = homes[start : start + CHUNK]
        days = {city: on or day_of(connection, city) for city in set(cities)}
        ids = store.insert_assets(
            connection,
            [store.row(draft, city, profiles, days[city]) for draft, city in zip(chunk, cities, strict=True)],
        )
        store.insert_details(connection, list(zip(ids, chunk, strict=True)))
        store.insert_places(connection, list(zip(ids, [draft.geometry for draft in chunk], strict=True)))
        registered += [Registered(key, draft.code or "") for key, draft in zip(ids, chunk, strict=True)]
    return registered


def _check_withheld(
    connection: Connection,
    drafts: Sequence[Draft],
    homes: Sequence[int | None],
    profiles: Mapping[tuple[int | None, str], store.Profile],
) -> None:
    """Refuse what would be withheld, also by default, without a good reason or review."""
    faults: list[Fault] = []
    days: dict[int | None, date] = {}
    for index, (draft, city) in enumerate(zip(drafts, homes, strict=True)):
        default = store.profile(draft.kind, city, profiles).access_class
        if (draft.access_class or default) == "P4":
            days[city] = days.get(city) or day_of(connection, city)
            faults += [
                _located(replace(fault, field=f"withheld_{fault.field}"), index, len(drafts))
                for fault in withholding_faults(draft.withheld_reason, draft.withheld_review_on, days[city])
            ]
    if faults:
        raise Invalid(faults)


def _typed(draft: Draft) -> Draft:
    fields = {name: parse(declared(draft.kind, name), raw)[0] for name, raw in draft.fields.items()}
    return replace(draft, fields=fields, code=draft.code or codes.new(draft.kind))


def _located(fault: Fault, index: int, total: int) -> Fault:
    return fault if total == 1 else replace(fault, field=f"{index}.{fault.field}")
