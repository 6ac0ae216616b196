"""Seal the events of ended transactions into the chain, and recompute the chain."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, text

from infra_registry.audit.chain import ORIGIN, Anchor, Batch, Finding, Seal, examine, link
from infra_registry.audit.tables import audit_seal
from infra_registry.errors import RegistryError

LOCK = 7_305_101
BATCH_LIMIT = 1_000_000
VERIFY_TIMEOUT_MS = 600_000
MAX_ANCHOR_CHARACTERS = 10_000

# Every column of audit_event but its place in the order (id, txid); a unit test holds the list complete.
CONTENT_COLUMNS = (
    "at",
    "actor",
    "role",
    "action",
    "object",
    "ref",
    "row_count",
    "digest",
    "request",
    "facts",
)

# Fields are joined with their lengths, so that no value can pass for a border; NULL is a length of -1.
_SHOWN = {
    "at": "(extract(epoch FROM e.at) * 1000000)::bigint::text",
    "row_count": "e.row_count::text",
    "digest": "encode(e.digest, 'hex')",
    "facts": "e.facts::text",
}
_CONTENT = " || ".join(
    f"coalesce(length({shown})::text || ':' || {shown}, '-1:')"
    for shown in (_SHOWN.get(name, f"e.{name}") for name in CONTENT_COLUMNS)
)
_HASHES = f"""SELECT e.txid, e.id, h.content,
    pg_catalog.sha256(pg_catalog.int8send(e.txid) || pg_catalog.int8send(e.id) || h.content) AS whole
  FROM audit_event e
  CROSS JOIN LATERAL (SELECT pg_catalog.sha256(pg_catalog.convert_to({_CONTENT}, 'UTF8')) AS content OFFSET 0) h"""  # noqa: S608  constants of this module
_DIGESTS = """count(*) AS row_count,
  pg_catalog.sha256(coalesce(string_agg(whole, ''::bytea ORDER BY txid, id), '')) AS events,
  pg_catalog.sha256(coalesce(string_agg(content, ''::bytea ORDER BY content), '')) AS content"""


def seal(connection: Connection) -> Seal | None:
    """Close the events of ended transactions that no seal covers yet; None when there are none.

    Run as the service. Transactions still open hold the horizon: theirs and later ones wait. Raises
    RegistryError ``audit.counter_behind`` when the server counts transactions from below the last seal,
    as after loading a logical dump: new events could then hide inside a sealed range.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    last = _last(connection)
    begin = last.below_txid if last else 0
    horizon = int(
        connection.scalar(text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")) or 0
    )
    if horizon < begin:
        raise RegistryError("audit.counter_behind", horizon=horizon, sealed=begin)
    horizon = _shortened(connection, begin, horizon)
    row = connection.execute(
        text(f"SELECT {_DIGESTS} FROM ({_HASHES} WHERE e.txid >= :begin AND e.txid < :horizon) s"),  # noqa: S608
        {"begin": begin, "horizon": horizon},
    ).one()
    if row.row_count == 0:
        return None
    new_seal = link(
        (last.seq if last else 0) + 1,
        begin,
        horizon,
        Batch(row.row_count, bytes(row.events), bytes(row.content)),
        last.hash if last else ORIGIN,
    )
    _insert(connection, new_seal)
    return new_seal


def seal_all(connection: Connection) -> list[Seal]:
    """Seal until nothing is left to seal (a backlog makes several links)."""
    return list(iter(lambda: seal(connection), None))


def head(connection: Connection) -> tuple[int, str]:
    """How many seals there are and the last one's hash in hex; (0, "") before the first."""
    last = _last(connection)
    return (last.seq, last.hash.hex()) if last else (0, "")


def export_head(connection: Connection, path: Path) -> Anchor:
    """Write the head to a file outside the database, for ``verify`` to hold the chain against later."""
    count, digest = head(connection)
    partial = path.with_name(path.name + ".partial")
    body = {"count": count, "hash": digest, "time": datetime.now(UTC).isoformat(timespec="seconds")}
    partial.write_text(json.dumps(body) + "\n", "utf-8")
    partial.replace(path)
    return Anchor(count, digest)


def read_anchor(path: Path) -> Anchor:
    """The head ``export_head`` wrote; raises RegistryError ``audit.anchor_unreadable``."""
    try:
        with path.open(encoding="utf-8") as file:
            body = json.loads(file.read(MAX_ANCHOR_CHARACTERS))
        return Anchor(int(body["count"]), str(body["hash"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RegistryError("audit.anchor_unreadable", path=str(path)) from error


def verify(connection: Connection, anchor: Anchor | None = None) -> list[Finding]:
    """Recompute every batch from the events that are there now and compare; an empty list is a whole chain.

    Sees what the actor may read: run as the service or an auditor. Reads one snapshot, so that sealing may
    go on meanwhile.
    """
    connection.execute(
        text("SELECT set_config('statement_timeout', :t, true), set_config('work_mem', '128MB', true)"),
        {"t": str(VERIFY_TIMEOUT_MS)},
    )
    rows = connection.execute(
        text(
            f"""SELECT s.*, n.row_count AS now_count, n.events AS now_events, n.content AS now_content
            FROM audit_seal s LEFT JOIN LATERAL (SELECT {_DIGESTS} FROM (
              {_HASHES} WHERE e.txid >= s.from_txid AND e.txid < s.below_txid) x) n ON true ORDER BY s.seq"""  # noqa: S608
        )
    ).all()
    batches = {r.seq: Batch(r.now_count, bytes(r.now_events), bytes(r.now_content)) for r in rows}
    return list(examine([_seal(row) for row in rows], batches, anchor=anchor))


def waiting(connection: Connection) -> int:
    """Events no seal covers yet."""
    return int(
        connection.scalar(
            text(
                "SELECT count(*) FROM audit_event WHERE txid >= "
                "coalesce((SELECT below_txid FROM audit_seal ORDER BY seq DESC LIMIT 1), 0)"
            )
        )
        or 0
    )


def _shortened(connection: Connection, begin: int, horizon: int) -> int:
    """The horizon, or an earlier transaction when more than a batch waits; transactions stay whole."""
    cut = connection.scalar(
        text(
            "SELECT txid FROM audit_event WHERE txid >= :begin AND txid < :horizon "
            "ORDER BY txid, id OFFSET :limit LIMIT 1"
        ),
        {"begin": begin, "horizon": horizon, "limit": BATCH_LIMIT},
    )
    first = connection.scalar(
        text("SELECT min(txid) FROM audit_event WHERE txid >= :begin AND txid < :horizon"),
        {"begin": begin, "horizon": horizon},
    )
    return horizon if cut is None or first is None else max(int(cut), int(first) + 1)


def _last(connection: Connection) -> Seal | None:
    row = connection.execute(text("SELECT * FROM audit_seal ORDER BY seq DESC LIMIT 1")).one_or_none()
    return _seal(row) if row else None


def _seal(row: Any) -> Seal:
    batch = Batch(row.row_count, bytes(row.events), bytes(row.content))
    return Seal(
        row.seq, row.from_txid, row.below_txid, batch, bytes(row.previous), bytes(row.hash), row.sealed_at
    )


def _insert(connection: Connection, new_seal: Seal) -> None:
    batch = new_seal.batch
    connection.execute(
        insert(audit_seal).values(
            seq=new_seal.seq,
            events=batch.events,
            content=batch.content,
            from_txid=new_seal.from_txid,
            below_txid=new_seal.below_txid,
            row_count=batch.row_count,
            previous=new_seal.previous,
            hash=new_seal.hash,
        )
    )
