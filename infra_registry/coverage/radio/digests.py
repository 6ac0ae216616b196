"""The digest of a run's inputs: SHA-256 over plain numbers and words, the same for equal inputs whoever asks."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.grids.stations import StationArrays
from infra_registry.resources import COVERAGE_DATA


def digest_of(parts: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical form of the parts."""
    written = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(written.encode()).hexdigest()


@cache
def data_digest() -> str:
    """SHA-256 over the data files of coverage: defaults, classes, limits, remedies."""
    digest = hashlib.sha256()
    for path in sorted(COVERAGE_DATA.glob("*.toml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def of_network(network: Any) -> list[Any]:
    """A ``Network``: stations column by column, counts left out, codes by key, cells and the defaults they took."""
    columns = [[group.operator, group.technology, *_columns(group.stations)] for group in network.groups]
    facts = [
        [*name, len(fact.stations), fact.cells, fact.cells_defaulted, dict(fact.filled)]
        for name, fact in sorted(network.facts.items())
    ]
    codes = hashed("\n".join(network.codes).encode())
    return [*columns, dict(network.counts), codes, facts]


def hashed(value: NDArray[Any] | bytes) -> str:
    """SHA-256 over bytes or over an array's numbers."""
    content = value if isinstance(value, bytes) else np.ascontiguousarray(value).tobytes()
    return hashlib.sha256(content).hexdigest()


def _columns(stations: StationArrays) -> Iterable[Any]:
    for name in type(stations).__dataclass_fields__:
        value = getattr(stations, name)
        yield [str(scenario) for scenario in value] if name == "scenarios" else hashed(value)
