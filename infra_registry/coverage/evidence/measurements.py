"""Measurements: a file is one batch and one transaction; faulty rows refuse it, unless the good ones are asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from infra_registry.access import Actor, Permission, require
from infra_registry.coverage.evidence import claim_store, measurement_store
from infra_registry.coverage.evidence.measurement_reading import Finding, Rows
from infra_registry.errors import Conflict, Fault

SHOWN = 500  # findings of a file on a page


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a file: rows read, written, faulty, without a value; findings when nothing was written too."""

    digest: str
    read: int
    written: int
    faulty: int
    empty: int
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> bool:
        """Nothing was written because rows are faulty."""
        return self.written == 0 and self.faulty > 0


def digest_of(files: Sequence[tuple[str, bytes]]) -> str:
    """The digest of a batch: of its file, or of the digests of its files in any order."""
    digests = sorted(sha256(data).hexdigest() for _, data in files)
    return digests[0] if len(digests) == 1 else sha256("".join(digests).encode()).hexdigest()


def load(
    connection: Connection,
    actor: Actor,
    rows: Rows,
    digest: str,
    *,
    partial: bool = False,
    sample: bool = False,
) -> Loaded:
    """Write the good rows of a file in the caller's transaction: all or, with ``partial``, those without fault.

    Operators are keyed by party; a name no party has stays as stated, a name two parties have is a fault.
    Raises Conflict ``claims.already_loaded`` for a file this reader has loaded before.
    """
    require(actor, Permission.EVIDENCE_MEASURE)
    measurement_store.lock(connection, digest)
    there = measurement_store.count(connection, digest)
    if there:
        raise Conflict("claims.already_loaded", count=there, digest=digest[:16])
    ready, ambiguous = _keyed(connection, rows)
    findings = tuple(rows.findings) + tuple(ambiguous)
    faulty = len({(finding.part, finding.row) for finding in findings})
    written = 0
    if ready and (partial or not findings):
        written = measurement_store.add(
            connection, [row | {"digest": digest, "sample": sample} for row in ready]
        )
    return Loaded(digest, rows.read, written, faulty, rows.empty, findings)


def take_back(connection: Connection, actor: Actor, digest: str) -> int:
    """Delete what came in a file, as far as this user may; how many. Conflict ``claims.not_loaded`` for none."""
    require(actor, Permission.EVIDENCE_MEASURE)
    gone = measurement_store.take_back(connection, digest)
    if not gone:
        raise Conflict("claims.not_loaded", digest=digest[:16])
    return gone


def _keyed(connection: Connection, rows: Rows) -> tuple[list[dict[str, Any]], list[Finding]]:
    """Rows with their operator by id, or as stated; findings about names that two parties have."""
    parties: dict[str, list[Any]] = {}
    ready: list[dict[str, Any]] = []
    findings: list[Finding] = []
    for part, number, values in rows.good:
        row = dict(values)
        name = row.pop("operator") or ""
        if name and name not in parties:
            parties[name] = claim_store.parties_called(connection, name)
        matches = parties.get(name, [])
        if len(matches) > 1:
            listed = ", ".join(party.code for party in matches)
            findings.append(
                Finding(part, number, Fault("operator", name, "claims.operator_ambiguous", listed))
            )
            continue
        row["operator_id"] = matches[0].id if matches else None
        row["operator_stated"] = name or None if not matches else None
        ready.append(row)
    return ready, findings
