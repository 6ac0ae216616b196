"""Files of the law on their way into force: the product's own when nothing stands there, all others by two persons.

What is in force changes only by a second person's approval. A faulty file changes nothing and is told.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import Connection

from infra_registry import jobs
from infra_registry.access import Actor, Permission, require
from infra_registry.duties.inforce import document_store as store
from infra_registry.duties.inforce.document_store import Filed, Stamp
from infra_registry.duties.inforce.law import law
from infra_registry.duties.inforce.law_file import VOCABULARY, Read, kind_of, read, read_vocabulary
from infra_registry.errors import Conflict, Fault, Forbidden, Invalid
from infra_registry.resources import DATA

FOLDERS = {"rulebook": "rulebooks", "procedure": "procedures", "calendar": "calendars"}
NOT_LAW = frozenset({"topics.toml", "manifest.toml", "penalty_paths.toml"})
PREVIEW, RECOUNT, REBUILD = "law.preview", "law.recount", "duties.rebuild"
NOT_A_NAME = re.compile(r"[^\w.\-]")
MAX_BYTES = 512 * 1024
MAX_NAME, MAX_NOTE, LEAST_NOTE = 80, 2000, 2
NEWER = "由产品附带的更新文件取代 / replaced by a newer file of the product"

_log = structlog.get_logger("law")


@dataclass(frozen=True, slots=True)
class Installed:
    """What became of each shipped file, by name: put in force, put forward, unchanged, refused with its faults."""

    put: tuple[str, ...] = ()
    proposed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    faulty: tuple[tuple[str, tuple[Fault, ...]], ...] = ()


def shipped_files(data: Path = DATA) -> Iterator[tuple[str, str, Path]]:
    """Kind, name and path of every file of the law that comes with the product."""
    for kind, folder in FOLDERS.items():
        for path in sorted((data / folder).glob("*.toml")):
            if path.name not in NOT_LAW:
                yield kind, f"{folder}/{path.name}", path


def install(connection: Connection, data: Path = DATA) -> Installed:
    """Put shipped files in force where nothing of their key is; put changed ones forward, by nobody.

    Runs after every migration and does nothing the second time. A file this register has seen before, in whatever
    state, is left alone: what people decided stands.
    """
    outcome: dict[str, list[str]] = {"put": [], "proposed": [], "unchanged": []}
    faulty: list[tuple[str, tuple[Fault, ...]]] = []
    for kind, name, path in shipped_files(data):
        try:
            file, text = read_shipped(kind, name, path)
            outcome[_install(connection, file, name, text)].append(name)
        except Invalid as error:
            faulty.append((name, tuple(error.faults)))
            for fault in error.faults:
                _log.warning("faulty file; what was in force stays", place=fault.field, code=fault.code)
    put, proposed, unchanged = (tuple(outcome[key]) for key in ("put", "proposed", "unchanged"))
    return Installed(put, proposed, unchanged, tuple(faulty))


def read_shipped(kind: str, name: str, path: Path) -> tuple[Read, str]:
    """One shipped file and its text; Invalid ``law.faulty`` when it is wrong or named otherwise than its key."""
    text = decoded(name, path.read_bytes())
    beside = path.with_name(f"{VOCABULARY}.toml")
    words = None
    if kind == "procedure" and beside != path and beside.exists():
        words = read_vocabulary(beside.name, decoded(beside.name, beside.read_bytes()))
    file = read(kind, name, text, words)
    if file.key != path.stem:
        raise Invalid([Fault(f"{name}:1 key", file.key, "law.unknown_value", path.stem)], "law.faulty")
    return file, text


def _install(connection: Connection, file: Read, name: str, text: str) -> str:
    stamp = Stamp(file.kind, file.key, file.digest)
    if store.in_force(connection, file.kind, file.key) is None:
        store.put(connection, stamp, name, text)
        return "put"
    if store.state_of(connection, stamp) is not None:
        return "unchanged"
    store.withdraw_shipped(connection, file.kind, file.key, NEWER)
    store.propose(connection, stamp, name, text, by=None)
    return "proposed"


def decoded(name: str, content: bytes) -> str:
    """The text of a file. Raises Invalid ``law.faulty`` when it is no UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid([Fault(name, error.start, "law.not_utf8", "UTF-8")], "law.faulty") from None


def propose(connection: Connection, actor: Actor, content: bytes, name: str, kind: str | None = None) -> int:
    """Put a file forward; its id. The preview is asked for with it and computed by a worker.

    Raises Invalid ``law.faulty`` naming file, line, key and value; Conflict ``law.same`` when this very file is in
    force, ``law.waits`` when it waits already.
    """
    require(actor, Permission.LAW_PROPOSE)
    name = NOT_A_NAME.sub("_", name.replace("\\", "/").rsplit("/", 1)[-1])[-MAX_NAME:] or "file.toml"
    text = decoded(name, content)
    _, file = law(connection).with_file(kind or kind_of(name, text), name, text)
    stamp = Stamp(file.kind, file.key, file.digest)
    standing = store.in_force(connection, file.kind, file.key)
    if standing and standing[1] == file.digest:
        raise Conflict("law.same", file=file.key)
    document = store.propose(connection, stamp, name, text, by=actor.user_id or None)
    if document is None:
        raise Conflict("law.waits", file=file.key)
    jobs.ask(connection, PREVIEW, actor, document=document)
    return document


def look_ahead(connection: Connection, actor: Actor, document: int) -> str:
    """Ask for the preview of a waiting file; the code of the job."""
    require(actor, Permission.LAW_PROPOSE)
    filed, _ = store.filed(connection, document)
    _must_wait(filed)
    return jobs.ask(connection, PREVIEW, actor, document=document)


def approve(connection: Connection, actor: Actor, document: int, note: str = "") -> Filed:
    """Put a waiting file in force, as a second person; what stood there is replaced, what rests on it is redone.

    Raises Forbidden for one's own proposal, Conflict ``law.decided`` when somebody else was quicker,
    ``law.no_preview`` and ``law.preview_old`` when nobody could have seen what it changes.
    """
    filed, text = _to_decide(connection, actor, document)
    standing = store.in_force(connection, filed.kind, filed.key)
    if filed.preview is None:
        raise Conflict("law.no_preview", file=filed.key)
    if filed.preview["against"] != (standing[1] if standing else None):
        raise Conflict("law.preview_old", file=filed.key)
    law(connection).with_file(filed.kind, filed.name, text)
    if standing:
        store.replace(connection, standing[0])
    store.decide(connection, document, "in_force", by=actor.user_id, note=_note(note))
    if filed.kind == "rulebook":
        jobs.ask(connection, REBUILD, actor, books=[filed.key])
    else:
        jobs.ask(connection, RECOUNT, actor)
    return store.filed(connection, document)[0]


def reject(connection: Connection, actor: Actor, document: int, note: str) -> Filed:
    """Turn a waiting file down, with a reason; nobody decides on his own."""
    if len(note.strip()) < LEAST_NOTE:
        raise Invalid([Fault("note", note, "law.note_needed", str(LEAST_NOTE))])
    _to_decide(connection, actor, document)
    store.decide(connection, document, "rejected", by=actor.user_id, note=_note(note))
    return store.filed(connection, document)[0]


def _to_decide(connection: Connection, actor: Actor, document: int) -> tuple[Filed, str]:
    store.lock(connection, document)
    filed, text = store.filed(connection, document)
    if not actor.is_authenticated:
        raise Forbidden("law.needs_person")
    if filed.proposed_by == actor.user_id:
        raise Forbidden("law.own_proposal")
    require(actor, Permission.LAW_APPROVE, filed)
    _must_wait(filed)
    return filed, text


def _must_wait(filed: Filed) -> None:
    if filed.state != "proposed":
        raise Conflict("law.decided", file=filed.key, by=filed.decider or "—")


def _note(note: str) -> str | None:
    return note.strip()[:MAX_NOTE] or None
