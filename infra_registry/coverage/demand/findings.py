"""Findings on a file of people, roads or heights: place, value, and what would be right. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault or remark. ``where`` is a row number, or row and column of a cell, as the sender counts from 1."""

    code: str
    severity: str  # error: nothing was taken; warning: this was left out; note: taken, but to be known
    where: str = ""
    field: str = ""
    value: str = ""
    expected: str = ""


@dataclass(slots=True)
class Findings:
    """Findings as they come: every one is counted, the first twenty of a code are listed."""

    counts: dict[str, int] = field(default_factory=dict)
    listed: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding, times: int = 1) -> None:
        """Note one finding, standing for so many like it."""
        seen = self.counts.get(finding.code, 0)
        self.counts[finding.code] = seen + times
        if seen < MOST_LISTED:
            self.listed.append(finding)

    def many(self, findings: Iterable[Finding], times: int) -> None:
        """Note examples of one code that occurs ``times`` times in all."""
        shown = 0
        for finding in findings:
            self.add(finding)
            shown += 1
        if shown and times > shown:
            self.counts[self.listed[-1].code] += times - shown

    def left_out(self) -> int:
        """How many rows or cells were not counted."""
        codes = {item.code for item in self.listed if item.severity == "warning"}
        return sum(count for code, count in self.counts.items() if code in codes)

    @property
    def faulty(self) -> bool:
        """Whether something forbids loading."""
        return any(item.severity == "error" for item in self.listed)
