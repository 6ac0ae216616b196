"""Files of the law on their way into force: the product's own when nothing stands there, all others by two persons.

What is in force changes only by a second person's approval. A faulty file changes nothing and is told.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import Connection

from infra_registry.duties import document_store as store
from infra_registry.duties.document_store import Stamp
from infra_registry.duties.law_file import VOCABULARY, Read, read, read_vocabulary
from infra_registry.errors import Fault, Invalid

DATA = Path(__file__).resolve().parents[2] / "data"
FOLDERS = {"rulebook": "rulebooks", "procedure": "procedures", "calendar": "calendars"}
NOT_LAW = frozenset({"topics.toml", "manifest.toml", "penalty_paths.toml"})
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
    found: dict[str, list[str]] = {"put": [], "proposed": [], "unchanged": []}
    faulty: list[tuple[str, tuple[Fault, ...]]] = []
    for kind, name, path in shipped_files(data):
        try:
            made, text = _read(kind, name, path)
            found[_install(connection, made, name, text)].append(name)
        except Invalid as error:
            faulty.append((name, tuple(error.faults)))
            for fault in error.faults:
                _log.warning("faulty file; what was in force stays", place=fault.field, code=fault.code)
    put, proposed, unchanged = (tuple(found[key]) for key in ("put", "proposed", "unchanged"))
    return Installed(put, proposed, unchanged, tuple(faulty))


def _read(kind: str, name: str, path: Path) -> tuple[Read, str]:
    text = decoded(name, path.read_bytes())
    beside = path.with_name(f"{VOCABULARY}.toml")
    words = None
    if kind == "procedure" and beside != path and beside.exists():
        words = read_vocabulary(beside.name, decoded(beside.name, beside.read_bytes()))
    made = read(kind, name, text, words)
    if made.key != path.stem:
        raise Invalid([Fault(f"{name}:1 key", made.key, "law.unknown_value", path.stem)], "law.faulty")
    return made, text


def _install(connection: Connection, made: Read, name: str, text: str) -> str:
    stamp = Stamp(made.kind, made.key, made.digest)
    if store.in_force(connection, made.kind, made.key) is None:
        store.put(connection, stamp, name, text)
        return "put"
    if store.known(connection, stamp) is not None:
        return "unchanged"
    store.withdraw_shipped(connection, made.kind, made.key, NEWER)
    store.propose(connection, stamp, name, text, by=None)
    return "proposed"


def decoded(name: str, content: bytes) -> str:
    """The text of a file. Raises Invalid ``law.faulty`` when it is no UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid([Fault(name, error.start, "law.not_utf8", "UTF-8")], "law.faulty") from None


def faults_of(data: Path = DATA) -> Iterator[Fault]:
    """What is wrong in the shipped files, without a database."""
    for kind, name, path in shipped_files(data):
        try:
            _read(kind, name, path)
        except Invalid as error:
            yield from error.faults
