"""Rows of a file that name other parties: told when the file is checked, held back when it is accepted."""

from collections import defaultdict
from collections.abc import Sequence

from shapely.geometry import Point
from sqlalchemy import Connection

from infra_registry.access import Actor
from infra_registry.assets import consents, edit
from infra_registry.assets.kinds import Kind
from infra_registry.assets.store import cities_of
from infra_registry.errors import Fault
from infra_registry.exchange import matching
from infra_registry.exchange.matching import Found
from infra_registry.exchange.related import HOSTS
from infra_registry.exchange.staged import Row, Staged
from infra_registry.exchange.store import Batch
from infra_registry.parties import store as parties_store

# The parties whose consent rows wait for, and the city whose regulator may answer for them.
Wait = tuple[frozenset[int], int | None]


def waits(connection: Connection, actor: Actor, rows: Sequence[Row], existing: Found) -> list[Wait]:
    """For each row about an asset, whose consent it needs and in which city it lies; ``existing`` by its row."""
    cities = cities_of(connection, [row.geometry or Point() for row in rows])
    registered = [existing.get((row.target, row.key)) for row in rows]
    return [
        (edit.concerned(actor, city_id, match.own if match else {}, row.values), city_id)
        for row, match, city_id in zip(rows, registered, cities, strict=True)
    ]


def tell(connection: Connection, staged: Staged, actor: Actor, rows: Sequence[Row], existing: Found) -> None:
    """Refuse rows that are not the actor's to send, and say of the others whose consent they need."""
    listed = waits(connection, actor, rows, existing)
    names = parties_store.names_of(connection, {key for parties, _ in listed for key in parties})
    for row, (parties, city_id) in zip(rows, listed, strict=True):
        if edit.regulates(actor, city_id):
            continue
        if actor.party_id in (row.values.get("owner_id"), row.values.get("operator_id")) or consents.may_ask(
            actor, row.values
        ):
            if parties:
                listed_names = ", ".join(names[key] for key in sorted(parties))
                staged.warn(row, Fault("owner", listed_names, "finding.consent"))
        elif actor.regulated():
            staged.fault(row, Fault("geometry", row.sent, "finding.not_your_city"))
        else:
            worded = row.values.get("owner_stated") or row.values.get("operator_stated")
            staged.fault(row, Fault("owner", worded, "finding.not_yours", actor.name))


def meant(existing: Found, row: Row) -> tuple[int | None, int | None]:
    """The registered asset a row speaks of and its version; none for a new one."""
    match = existing.get((row.target, row.key))
    return (match.id, match.version) if match else (None, None)


def hold(connection: Connection, actor: Actor, batch: Batch, rows: Sequence[Row], near_m: float) -> list[Row]:
    """Let rows wait for those they name, and with a new one all that hangs on it; the rows to be written now."""
    if edit.regulates(actor, None):
        return list(rows)
    things = [row for row in rows if row.target in Kind.__members__.values()]
    things.sort(key=lambda row: (row.target not in HOSTS, row.parent_key is not None))
    existing = matching.found_in_register(connection, things, batch, near_m)
    own = waits(connection, actor, things, existing)
    nobody: Wait = (frozenset(), None)
    cells = [(row, nobody) for row in rows if row.target == "cell"]
    above: dict[tuple[bool, str], Wait] = {}
    groups: dict[Wait, list[Row]] = defaultdict(list)
    for row, (parties, city_id) in [*zip(things, own, strict=True), *cells]:
        host_parties, host_city = above.get((row.target == "cell", row.parent_key or ""), nobody)
        wait = (
            parties | host_parties,
            host_city if parties <= host_parties and host_parties else city_id,
        )
        if not wait[0]:
            continue
        groups[wait].append(row)
        if (row.target, row.key) not in existing and (row.target in HOSTS or row.target == Kind.BASE_STATION):
            above[row.target == Kind.BASE_STATION, row.key] = wait
    for (parties, city_id), some in groups.items():
        facts = {"name": batch.file_name, "batch_id": batch.id, "row_count": len(some), "city_id": city_id}
        consent = consents.ask(connection, actor, parties, facts | {"draft": {}})
        for row in some:
            row.outcome, row.consent_id = "waiting", consent.id
            row.asset_id, row.version = meant(existing, row)
    return [row for row in rows if row.consent_id is None]
