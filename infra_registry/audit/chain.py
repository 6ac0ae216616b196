"""The chain itself, without a database: how a seal is hashed, and what is wrong with a list of seals."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

ORIGIN = bytes(32)
EMPTY = hashlib.sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class Batch:
    """Digests over the events of one range of transactions: in their order, and free of it."""

    row_count: int = 0
    events: bytes = EMPTY
    content: bytes = EMPTY


@dataclass(frozen=True, slots=True)
class Seal:
    """One link: a batch of events, closed on the hash of the link before it."""

    seq: int
    from_txid: int
    below_txid: int
    batch: Batch
    previous: bytes
    hash: bytes
    sealed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Anchor:
    """The head as it was written outside the database: how many seals, and the hash of the last."""

    count: int
    hash: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that cannot be so in an untouched audit; ``code`` is a message key."""

    code: str
    seq: int
    params: dict[str, Any]


def link(seq: int, from_txid: int, below_txid: int, batch: Batch, previous: bytes) -> Seal:
    """Close a batch on the chain: SHA-256 over every field of the seal, fixed widths, big-endian."""
    head = b"".join(
        number.to_bytes(8, "big", signed=True) for number in (seq, from_txid, below_txid, batch.row_count)
    )
    digest = hashlib.sha256(b"registry-audit-1" + head + batch.events + batch.content + previous).digest()
    return Seal(seq, from_txid, below_txid, batch, previous, digest)


def examine(
    seals: Sequence[Seal], batches: dict[int, Batch], *, anchor: Anchor | None = None
) -> Iterator[Finding]:
    """Findings of a chain: its links, then each batch against the events ``found`` in its range now."""
    yield from _links(seals)
    for seal in seals:
        yield from _events(seal, batches.get(seal.seq, Batch()))
    if anchor is not None:
        yield from _head(seals, anchor)


def _links(seals: Sequence[Seal]) -> Iterator[Finding]:
    seen: dict[bytes, int] = {}
    previous, below, seq = ORIGIN, 0, 0
    for seal in seals:
        if seal.previous in seen:
            yield Finding("audit.found.fork", seal.seq, {"other": seen[seal.previous]})
        elif seal.previous != previous or seal.from_txid != below or seal.seq != seq + 1:
            yield Finding("audit.found.seal_missing", seal.seq, {"expected": seq + 1})
        seen.setdefault(seal.previous, seal.seq)
        if link(seal.seq, seal.from_txid, seal.below_txid, seal.batch, seal.previous).hash != seal.hash:
            yield Finding("audit.found.seal_edited", seal.seq, {})
        previous, below, seq = seal.hash, seal.below_txid, seal.seq


def _events(seal: Seal, now: Batch) -> Iterator[Finding]:
    sealed = seal.batch
    where = {"from_txid": seal.from_txid, "below_txid": seal.below_txid}
    if now.row_count < sealed.row_count:
        yield Finding("audit.found.deleted", seal.seq, {"count": sealed.row_count - now.row_count, **where})
    elif now.row_count > sealed.row_count:
        yield Finding("audit.found.inserted", seal.seq, {"count": now.row_count - sealed.row_count, **where})
    elif now.events != sealed.events:
        reordered = now.content == sealed.content
        yield Finding("audit.found.reordered" if reordered else "audit.found.edited", seal.seq, where)


def _head(seals: Sequence[Seal], anchor: Anchor) -> Iterator[Finding]:
    if anchor.count == 0:
        return
    at = next((seal for seal in seals if seal.seq == anchor.count), None)
    if at is None:
        last = seals[-1].seq if seals else 0
        yield Finding("audit.found.tail_cut", last, {"count": last, "anchored": anchor.count})
    elif at.hash.hex() != anchor.hash:
        yield Finding("audit.found.rewritten", at.seq, {"anchored": anchor.hash, "hash": at.hash.hex()})
