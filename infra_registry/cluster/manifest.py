"""What a backup says of itself, so that a restore can be compared with it.

The server goes on working during a backup. Rows and the audit chain are therefore looked at before
and after; what is restored must lie between the two views, and equal them when nobody was writing.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

FORMAT = 1
NAME = "manifest.json"
AuditHead = Callable[[str], tuple[int, str] | None]


@dataclass(frozen=True, slots=True)
class Contents:
    """One view of a database: rows per table and the sealed end of the audit chain."""

    counts: dict[str, int]
    audit_head: tuple[int, str] | None


@dataclass(frozen=True, slots=True)
class FileSet:
    """A tree of files: how many, how many bytes, one SHA-256 over names and contents."""

    count: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything a restore checks. ``made_at`` is UTC in ISO 8601."""

    made_at: str
    server_version: str
    system_identifier: str
    database: str
    superuser: str
    before: Contents
    after: Contents
    files: FileSet

    def write(self, directory: Path) -> None:
        """Write ``manifest.json``."""
        text = json.dumps({"format": FORMAT, **asdict(self)}, indent=1, ensure_ascii=False, sort_keys=True)
        (directory / NAME).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, directory: Path) -> "Manifest":
        """Read it back. Raises OSError, ValueError, KeyError or TypeError when it is not one."""
        data: dict[str, Any] = json.loads((directory / NAME).read_text("utf-8"))
        if data.pop("format") != FORMAT:
            raise ValueError("unknown format")
        data["before"], data["after"] = _contents(data["before"]), _contents(data["after"])
        data["files"] = FileSet(**data["files"])
        return cls(**data)

    def differences(self, now: Contents) -> tuple[str, ...]:
        """What a restored database has that the backup cannot have had; empty when all is well."""
        differences = []
        for table in sorted({*self.before.counts, *self.after.counts, *now.counts}):
            low, high = sorted((self.before.counts.get(table, 0), self.after.counts.get(table, 0)))
            have = now.counts.get(table, 0)
            if not low <= have <= high:
                differences.append(f"{table}: {have}, not {low} … {high}")
        if not self._head_fits(now.audit_head):
            differences.append(
                f"audit: {now.audit_head}, not {self.before.audit_head} … {self.after.audit_head}"
            )
        return tuple(differences)

    def _head_fits(self, head: tuple[int, str] | None) -> bool:
        ends = (self.before.audit_head, self.after.audit_head)
        if head in ends:
            return True
        counts = [end[0] for end in ends if end is not None]
        # A batch sealed while the backup ran: no hash of it was seen, only the ends around it.
        return head is not None and len(counts) == 2 and counts[0] < head[0] < counts[1]


def contents_of(url: str, audit_head: AuditHead) -> Contents:
    """Count every table a backup holds at one moment: not the unlogged. ``url`` must see all rows (superuser)."""
    counts: dict[str, int] = {}
    with psycopg.connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        tables = connection.execute(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND c.relpersistence = 'p'"
            " AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
            " AND n.nspname NOT LIKE 'pg_t%' ORDER BY 1, 2"
        ).fetchall()
        for schema, table in tables:
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
            row = connection.execute(query).fetchone()
            counts[f"{schema}.{table}"] = row[0] if row else 0
    return Contents(counts, audit_head(url))


def describe_files(directory: Path) -> FileSet:
    """Digest a tree. An absent directory is an empty one."""
    total = hashlib.sha256()
    count = size = 0
    for path in sorted(p for p in directory.rglob("*") if p.is_file()):
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        total.update(f"{digest}  {path.relative_to(directory).as_posix()}\n".encode())
        count, size = count + 1, size + path.stat().st_size
    return FileSet(count, size, total.hexdigest())


def _contents(data: dict[str, Any]) -> Contents:
    head = data["audit_head"]
    return Contents(data["counts"], (head[0], head[1]) if head else None)
