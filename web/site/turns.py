"""Turns at something that takes long, few at a time in a process and fewer for one visitor."""

from collections import Counter
from threading import Lock


class Turns:
    """At most ``most`` turns at once, of them ``each`` for one visitor."""

    def __init__(self, most: int, each: int) -> None:
        self.most, self.each = most, each
        self._lock = Lock()
        self._taken: Counter[str] = Counter()

    def take(self, visitor: str) -> bool:
        """Take a turn, to be given back; False where none is free."""
        with self._lock:
            if self._taken.total() >= self.most or self._taken[visitor] >= self.each:
                return False
            self._taken[visitor] += 1
            return True

    def give_back(self, visitor: str) -> None:
        """End a turn that was taken."""
        with self._lock:
            self._taken[visitor] -= 1
            if not self._taken[visitor]:
                del self._taken[visitor]
