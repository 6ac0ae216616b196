"""What comes of reading a file: staged rows and findings, before anything of the register is touched. Pure."""

from dataclasses import dataclass, field
from typing import Any

from shapely.geometry.base import BaseGeometry

from infra_registry.errors import Fault
from infra_registry.formats.table import Note


@dataclass(slots=True)
class Row:
    """One row on its way in. ``number`` is the sender's; ``values`` hold only what is stated.

    ``outcome``: new, changed, unchanged, repeated (an exact repetition within the file, not written again), or waiting
    for a consent.
    """

    part: str
    number: int
    target: str
    key: str
    values: dict[str, Any]
    parent_key: str | None = None
    weak: bool = False
    geometry: BaseGeometry | None = None
    sent: str | None = None
    faulty: bool = False
    outcome: str | None = None
    asset_id: int | None = None
    version: int | None = None
    before: dict[str, Any] | None = None
    consent_id: int | None = None

    @property
    def good(self) -> bool:
        """True when the row may be written."""
        return not self.faulty and self.outcome != "repeated"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a row or a whole part: an ``error`` keeps the row out, the others do not."""

    severity: str
    code: str
    part: str
    row_number: int | None = None
    field: str | None = None
    value: str | None = None
    expected: str | None = None


@dataclass(slots=True)
class Staged:
    """All rows and findings of a file."""

    rows: list[Row] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    rows_read: int = 0

    def note(self, part: str, note: Note, number: int | None = None) -> None:
        """Keep what a reader or a binding noticed."""
        self.findings.append(
            Finding(note.severity, note.code, part, number, note.field, note.value, note.expected)
        )

    def fault(self, row: Row, fault: Fault) -> None:
        """The row cannot be written, and why."""
        row.faulty = True
        self._add("error", row, fault)

    def warn(self, row: Row, fault: Fault) -> None:
        """Something odd about a row that will be written all the same."""
        self._add("warning", row, fault)

    def _add(self, severity: str, row: Row, fault: Fault) -> None:
        shown = None if fault.value is None else str(fault.value)[:200]
        self.findings.append(
            Finding(severity, fault.code, row.part, row.number, fault.field, shown, fault.expected or None)
        )

    @property
    def rows_faulty(self) -> int:
        """Rows that will not be written because something is wrong with them."""
        return sum(row.faulty for row in self.rows)
