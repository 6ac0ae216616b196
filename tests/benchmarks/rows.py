"""A line of the table for what has no shape of its own."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured, ours, what stands beside it, their ratio and the budget; ``kept`` None where there is none."""

    what: str
    ours: str
    beside: str = ""
    ratio: str = ""
    budget: str = ""
    kept: bool | None = None

    def __str__(self) -> str:
        verdict = "" if self.kept is None else f": {'kept' if self.kept else 'missed'}"
        return f"| {self.what} | {self.ours} | {self.beside} | {self.ratio} | {self.budget}{verdict} |"


HEAD = ("| what | ours | beside it | ratio | budget |", "| --- | --- | --- | --- | --- |")
