"""SQL of the files of the law: in force, proposed, replaced, rejected; content is text, known by its digest."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, case, func, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert

from infra_registry.assets.ledger_tables import agreement, project
from infra_registry.assets.tables import asset
from infra_registry.config import DEFAULT_ZONE
from infra_registry.duties.tables import key_area, law_document
from infra_registry.errors import NotFound

HELD = ("in_force", "replaced")


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which file of a kind and key is meant: what a cache is asked by."""

    kind: str
    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class Filed:
    """A file of the law with what became of it; the product's own has nobody as proposer."""

    id: int
    kind: str
    key: str
    name: str
    digest: str
    state: str
    preview: dict[str, Any] | None
    note: str | None
    proposed_by: int | None
    proposer: str | None
    proposed_at: datetime
    decided_by: int | None
    decider: str | None
    decided_at: datetime | None


_FILED = select(
    law_document.c.id,
    law_document.c.doc_kind,
    law_document.c.doc_key,
    law_document.c.name,
    law_document.c.digest,
    law_document.c.state,
    law_document.c.preview,
    law_document.c.note,
    law_document.c.proposed_by,
    func.law_person(law_document.c.proposed_by),
    law_document.c.proposed_at,
    law_document.c.decided_by,
    func.law_person(law_document.c.decided_by),
    law_document.c.decided_at,
)


def stamps(connection: Connection, on: date | None = None) -> tuple[Stamp, ...]:
    """What is in force now, or was at the end of a day here; of a key that came later, its first file."""
    query = select(law_document.c.doc_kind, law_document.c.doc_key, law_document.c.digest)
    if on is None:
        query = query.where(law_document.c.state == "in_force")
        rows = connection.execute(query.order_by(law_document.c.doc_kind, law_document.c.doc_key))
    else:
        decided = func.date(func.timezone(DEFAULT_ZONE, law_document.c.decided_at)) <= on
        # Of those decided by that day the last; where there was none yet, the first there ever was.
        when = func.extract("epoch", law_document.c.decided_at)
        rows = connection.execute(
            query.ext(distinct_on(law_document.c.doc_kind, law_document.c.doc_key))
            .where(law_document.c.state.in_(HELD))
            .order_by(
                law_document.c.doc_kind,
                law_document.c.doc_key,
                decided.desc(),
                case((decided, -when), else_=when),
            )
        )
    return tuple(Stamp(*row) for row in rows)


def contents(connection: Connection, stamps: tuple[Stamp, ...]) -> dict[Stamp, tuple[str, str]]:
    """Name and text of files that are or were in force."""
    rows = connection.execute(
        select(
            law_document.c.doc_kind,
            law_document.c.doc_key,
            law_document.c.digest,
            law_document.c.name,
            law_document.c.content,
        ).where(law_document.c.state.in_(HELD), law_document.c.digest.in_([stamp.digest for stamp in stamps]))
    )
    return {Stamp(kind, key, digest): (name, text) for kind, key, digest, name, text in rows}


def history(connection: Connection, *, limit: int = 200) -> tuple[Filed, ...]:
    """Every file the reader may see: what waits first, then by day."""
    waiting = law_document.c.state != "proposed"
    when = func.coalesce(law_document.c.decided_at, law_document.c.proposed_at).desc()
    rows: Any = connection.execute(_FILED.order_by(waiting, when, law_document.c.id.desc()).limit(limit))
    return tuple(Filed(*row) for row in rows)


def filed(connection: Connection, document: int) -> tuple[Filed, str]:
    """One file and its text. Raises NotFound ``law.no_document``."""
    row: Any = connection.execute(
        _FILED.add_columns(law_document.c.content).where(law_document.c.id == document)
    ).one_or_none()
    if row is None:
        raise NotFound("law.no_document", id=document)
    return Filed(*row[:-1]), row[-1]


def in_force(connection: Connection, kind: str, key: str) -> tuple[int, str, str] | None:
    """Id, digest and text of what is in force under a key."""
    row = connection.execute(
        select(law_document.c.id, law_document.c.digest, law_document.c.content).where(
            law_document.c.doc_kind == kind, law_document.c.doc_key == key, law_document.c.state == "in_force"
        )
    ).one_or_none()
    return (row.id, row.digest, row.content) if row else None


def state_of(connection: Connection, stamp: Stamp) -> str | None:
    """The newest state this very file ever had here; None when it was never seen."""
    state: str | None = connection.scalar(
        select(law_document.c.state)
        .where(
            law_document.c.doc_kind == stamp.kind,
            law_document.c.doc_key == stamp.key,
            law_document.c.digest == stamp.digest,
        )
        .order_by(law_document.c.id.desc())
        .limit(1)
    )
    return state


def put(connection: Connection, stamp: Stamp, name: str, text: str) -> None:
    """Put a file of the product in force where nothing of its key is."""
    values = {"doc_kind": stamp.kind, "doc_key": stamp.key, "digest": stamp.digest, "name": name}
    connection.execute(
        insert(law_document).values(**values, content=text, state="in_force", decided_at=func.now())
    )


def propose(connection: Connection, stamp: Stamp, name: str, text: str, *, by: int | None) -> int | None:
    """Put a file forward; its id, or None when the same file waits already."""
    values = {"doc_kind": stamp.kind, "doc_key": stamp.key, "digest": stamp.digest, "name": name}
    document: int | None = connection.scalar(
        upsert(law_document)
        .values(**values, content=text, state="proposed", proposed_by=by)
        .on_conflict_do_nothing()
        .returning(law_document.c.id)
    )
    return document


def withdraw_shipped(connection: Connection, kind: str, key: str, note: str) -> None:
    """Take back what an earlier version of the product put forward and nobody decided on."""
    connection.execute(
        update(law_document)
        .where(
            law_document.c.doc_kind == kind,
            law_document.c.doc_key == key,
            law_document.c.state == "proposed",
            law_document.c.proposed_by.is_(None),
        )
        .values(state="rejected", note=note, decided_at=func.now())
    )


def lock(connection: Connection, document: int) -> None:
    """Wait for whoever decides on the same key, and hold it to the end of the transaction."""
    row = connection.execute(
        select(law_document.c.doc_kind, law_document.c.doc_key).where(law_document.c.id == document)
    ).one_or_none()
    if row is None:
        raise NotFound("law.no_document", id=document)
    connection.execute(select(func.pg_advisory_xact_lock(7305110, func.hashtext(f"{row[0]}/{row[1]}"))))


def decide(
    connection: Connection, document: int, state: str, *, by: int | None, note: str | None = None
) -> None:
    """Move one file to a state, with who did so now."""
    connection.execute(
        update(law_document)
        .where(law_document.c.id == document)
        .values(state=state, decided_by=by, decided_at=func.now(), note=note)
    )


def replace(connection: Connection, document: int) -> None:
    """Mark what was in force as replaced; who had put it in force stays written."""
    connection.execute(update(law_document).where(law_document.c.id == document).values(state="replaced"))


def keep_preview(connection: Connection, document: int, preview: dict[str, Any]) -> None:
    """Keep what a proposal would change."""
    connection.execute(update(law_document).where(law_document.c.id == document).values(preview=preview))


def seen_codes(connection: Connection, codes: list[str]) -> dict[str, str]:
    """Those codes of subjects the reader may see at all, with what each is: asset, project, agreement, key_area."""
    kinds: dict[str, str] = {}
    for table in (asset, project, agreement, key_area):
        rows = connection.scalars(select(table.c.code).where(table.c.code.in_(codes)))
        kinds |= dict.fromkeys(rows, table.name)
    return kinds
