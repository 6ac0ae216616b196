"""How loops are compiled with numba: one thread, no relaxed arithmetic (equal bits everywhere), cached on disk.

The cache lies under the register's own directory, in a folder named after the digest of all sources of this package:
numba itself looks only at the file a loop stands in, not at the constants it takes from others. Where nothing can be
written, each process compiles the loops anew.
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
    return numba.njit(nogil=True, error_model="numpy", cache=_cached())(function)  # type: ignore[return-value]


def inlined(function: F) -> F:
    """The function, inlined into the compiled functions that call it."""
    return numba.njit(inline="always", error_model="numpy")(function)  # type: ignore[return-value]


@cache
def _cached() -> bool:
    """True when the cache can be written; numba's setting ``CACHE_DIR``, where given, is the place."""
    settings: Any = numba.config
    sources = b"\0".join(path.read_bytes() for path in sorted(Path(__file__).parent.rglob("*.py")))
    place = Path(settings.CACHE_DIR or compiled_dir()) / hashlib.sha256(sources).hexdigest()[:16]
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o750)
        probe = place / ".writable"
        probe.touch()
        probe.unlink(missing_ok=True)
    except OSError:
        return False
    settings.CACHE_DIR = str(place)
    return True
