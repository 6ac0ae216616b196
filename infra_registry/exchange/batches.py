"""What a sender does with an import: send it, read what was found, accept, refuse, undo. Work is done by jobs."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func

from infra_registry import codes, jobs
from infra_registry.access import NOWHERE, Actor, Permission, PermissionSubject, Role, allows, require
from infra_registry.assets.store import cities_of
from infra_registry.errors import Conflict, Forbidden, NotFound
from infra_registry.exchange import register_store, store
from infra_registry.exchange.catalogue import move_m, named
from infra_registry.exchange.moves import in_words
from infra_registry.exchange.store import Batch
from infra_registry.files import Kept
from infra_registry.formats.crs import known
from infra_registry.parties import store as parties

MAX_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is stored and how its sender wants it read. ``crs`` None: what the mapping or the file says."""

    file: Kept
    mapping: str
    crs: str | None = None
    owner: str | None = None
    dry_run: bool = False


def receive(connection: Connection, actor: Actor, upload: Upload) -> Batch:
    """Take a stored file in: batch and job commit together with the caller's transaction.

    Raises Forbidden for another party's things, NotFound for an unknown mapping or party, FormatError ``crs.*``.
    """
    require(actor, Permission.IMPORT_RUN)
    mapping = named(upload.mapping)
    party_id = _party(connection, actor, upload.owner)
    crs = known(upload.crs) if upload.crs else None
    code = codes.new("import")
    store.add(
        connection,
        {
            "code": code,
            "user_id": actor.user_id or None,
            "party_id": party_id,
            "file_name": upload.file.name,
            "file_hash": upload.file.digest,
            "byte_count": upload.file.byte_count,
            "mapping": upload.mapping,
            "mapping_digest": mapping.digest or None,
            "declared_crs": crs,
            "dry_run": upload.dry_run,
        },
    )
    batch = store.read(connection, code)
    store.set_job(connection, batch.id, jobs.ask(connection, "imports.check", actor, batch=code))
    return store.read(connection, code)


def accept(connection: Connection, actor: Actor, code: str, *, partial: bool, moves: bool = False) -> Batch:
    """Ask for a checked batch to be written: all of it, or with ``partial`` its good rows; ``moves`` confirms far ones.

    Raises Conflict ``import.has_faults`` when all is asked for and rows are faulty, ``import.moves`` when a far move is
    not confirmed, ``import.not_staged``, ``import.dry_run``, ``import.under_way`` while other work on the batch
    waits or runs.
    """
    batch = _at_rest(connection, actor, code)
    ready(batch, partial=partial)
    confirmed(batch, 0 if moves else store.moved(connection, batch.id).far)
    job_code = jobs.ask(connection, "imports.accept", actor, batch=code, partial=partial, moves=moves)
    store.set_job(connection, batch.id, job_code)
    return store.read(connection, code)


def confirmed(batch: Batch, far: int) -> None:
    """Raise Conflict when this many far moves are not confirmed."""
    if far:
        limit = in_words(move_m(batch.mapping))
        raise Conflict("import.moves", code=batch.code, count=far, limit=limit)


def ready(batch: Batch, *, partial: bool) -> None:
    """Raise Conflict unless the batch can be accepted now."""
    if batch.state != "staged":
        raise Conflict("import.not_staged", code=batch.code, state=batch.state)
    if batch.dry_run:
        raise Conflict("import.dry_run", code=batch.code)
    if batch.rows_faulty and not partial:
        raise Conflict("import.has_faults", code=batch.code, count=batch.rows_faulty)


def refuse(connection: Connection, actor: Actor, code: str) -> Batch:
    """Decide against a batch: nothing of it is written, its findings stay readable."""
    batch = _decidable(connection, actor, code)
    if batch.state not in ("received", "checking", "staged", "failed"):
        raise Conflict("import.not_staged", code=code, state=batch.state)
    store.change(connection, batch.id, state="refused", **decided(actor))
    return store.read(connection, code)


def undo(connection: Connection, actor: Actor, code: str) -> Batch:
    """Ask for an accepted batch to be taken back; what was changed or used since is listed, not touched."""
    batch = _at_rest(connection, actor, code)
    if batch.state != "accepted":
        raise Conflict("import.not_accepted", code=code, state=batch.state)
    store.set_job(connection, batch.id, jobs.ask(connection, "imports.undo", actor, batch=code))
    return store.read(connection, code)


def decided(actor: Actor) -> dict[str, Any]:
    """Who decided, and when."""
    return {"decided_at": func.now(), "decided_by": actor.user_id or None}


def _decidable(connection: Connection, actor: Actor, code: str) -> Batch:
    batch = store.locked(connection, code)
    permitted(connection, actor, batch)
    return batch


def _at_rest(connection: Connection, actor: Actor, code: str) -> Batch:
    """The batch, locked; Conflict ``import.under_way`` while a job works on it, so that one job has the last word."""
    batch = _decidable(connection, actor, code)
    if store.under_way(connection, batch.id):
        raise Conflict("import.under_way", code=code, job=batch.job_code or "–")
    return batch


def permitted(connection: Connection, actor: Actor, batch: Batch) -> None:
    """Raise Forbidden unless the actor may decide about every city the batch touches.

    Cities are those its rows lie in and those of the assets it wrote.
    """
    if allows(actor, Permission.IMPORT_ACCEPT, PermissionSubject(batch.party_id, city_id=NOWHERE)):
        return
    require(actor, Permission.IMPORT_ACCEPT, PermissionSubject(batch.party_id))
    rows = store.rows(connection, batch.id)
    touched = set(cities_of(connection, [row.geometry for row in rows if row.geometry is not None]))
    touched |= register_store.cities_of_assets(connection, [row.asset_id for row in rows if row.asset_id])
    for city_id in touched:
        require(
            actor, Permission.IMPORT_ACCEPT, PermissionSubject(batch.party_id, city_id=city_id or NOWHERE)
        )


def _party(connection: Connection, actor: Actor, owner: str | None) -> int | None:
    """The party whose things the file lists: the named one, the sender's own, or none for a regulator."""
    if not owner:
        return None if _regulates(actor) else actor.party_id
    ids = parties.ids_of(connection, [owner])
    if owner not in ids:
        raise NotFound("party.not_found", code=owner)
    if not _regulates(actor) and ids[owner] != actor.party_id:
        raise Forbidden("access.denied", permission=Permission.IMPORT_RUN.value)
    return ids[owner]


def _regulates(actor: Actor) -> bool:
    return actor.service or actor.has(Role.REGULATOR)


def preview(connection: Connection, batch_id: int, limit: int) -> dict[str, Any] | None:
    """Points of the first good rows as one GeoJSON geometry, for a small map; None when no row has a place."""
    staged = store.rows(connection, batch_id, limit=limit)
    points = [row.geometry.representative_point() for row in staged if row.geometry is not None]
    if not points:
        return None
    return {"type": "MultiPoint", "coordinates": [[round(p.x, 6), round(p.y, 6)] for p in points]}
