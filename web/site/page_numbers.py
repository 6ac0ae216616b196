"""Pages of a list by number, knowing how many rows there are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from web.site.context import url_with

SIZE = 50
LAST = 2000


@dataclass(frozen=True, slots=True)
class Turn:
    """Which page of a list; ``total`` once it is known."""

    number: int
    size: int = SIZE
    total: int = 0

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return (self.number - 1) * self.size

    @property
    def first(self) -> int:
        """The number of the first row shown."""
        return min(self.offset + 1, self.total)

    @property
    def last(self) -> int:
        """The number of the last row shown."""
        return min(self.offset + self.size, self.total)

    @property
    def previous(self) -> str | None:
        """The address of the page before."""
        return url_with(page=self.number - 1 if self.number > 2 else None) if self.number > 1 else None

    @property
    def next(self) -> str | None:
        """The address of the page after."""
        return url_with(page=self.number + 1) if self.last < self.total else None

    def of(self, total: int) -> "Turn":
        """The same page, knowing how many rows there are."""
        return replace(self, total=total)


def read(arguments: Mapping[str, str]) -> Turn:
    """The page asked for; anything that is no page number is the first."""
    text = arguments.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 1
    return Turn(min(max(number, 1), LAST))
