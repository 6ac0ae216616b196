"""How loops are compiled: one thread, no relaxed arithmetic (equal bits everywhere), kept for the next process.

What is kept lies under the register's own directory, in a folder named after every source of this package: numba
itself looks only at the file a loop stands in, not at the constants it takes from others. Where nothing can be
written, loops are compiled anew by each process.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba

from infra_registry.config import compiled_dir

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """The function, compiled when it is first called for its types; division by zero is as in numpy."""
    made: Any = numba.njit(nogil=True, error_model="numpy", cache=_kept())(function)
    return made  # type: ignore[no-any-return]


def inlined(function: F) -> F:
    """The function, laid into those that call it."""
    made: Any = numba.njit(inline="always", error_model="numpy")(function)
    return made  # type: ignore[no-any-return]


@cache
def _kept() -> bool:
    """True when what is compiled can be kept; numba's setting of that name, where given, is the place."""
    settings: Any = numba.config
    place = Path(settings.CACHE_DIR or compiled_dir()) / _sources()
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o750)
        probe = place / ".writable"
        probe.touch()
        probe.unlink(missing_ok=True)
    except OSError:
        return False
    settings.CACHE_DIR = str(place)
    return True


def _sources() -> str:
    found = sorted(Path(__file__).parent.rglob("*.py"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in found)).hexdigest()[:16]
