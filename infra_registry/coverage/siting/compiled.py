"""How loops are compiled: on first use, in memory, one thread, no relaxed arithmetic (equal bits everywhere)."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """The function, compiled when it is first called. Nothing is written to disk."""
    made: Any = numba.njit(nogil=True)(function)
    return made  # type: ignore[no-any-return]
