"""The digest of a run's inputs: SHA-256 over plain numbers and words, the same for equal inputs whoever asks."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infra_registry.coverage.grids.stations import StationArrays
from infra_registry.coverage.grids.work import Group
from infra_registry.resources import COVERAGE_DATA


def digest_of(parts: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical form of the parts."""
    written = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(written.encode()).hexdigest()


@cache
def data_digest() -> str:
    """SHA-256 over the data files of coverage: defaults, classes, limits, remedies."""
    found = hashlib.sha256()
    for path in sorted(COVERAGE_DATA.glob("*.toml")):
        found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def of_groups(groups: Sequence[Group], counts: Mapping[str, int]) -> list[Any]:
    """The stations of every group column by column, and what was left out."""
    columns = [[group.operator, group.technology, *_columns(group.stations)] for group in groups]
    return [*columns, dict(counts)]


def of_network(network: Any) -> list[Any]:
    """A ``Network``: what computes, and what a result tells besides: stations by key, cells, defaults they took."""
    facts = [
        [*name, len(fact.stations), fact.cells, fact.cells_defaulted, dict(fact.filled)]
        for name, fact in sorted(network.facts.items())
    ]
    codes = hashed("\n".join(network.codes).encode())
    return [*of_groups(network.groups, network.counts), codes, facts]


def hashed(value: NDArray[Any] | bytes) -> str:
    """SHA-256 over bytes or over an array's numbers."""
    content = value if isinstance(value, bytes) else np.ascontiguousarray(value).tobytes()
    return hashlib.sha256(content).hexdigest()


def _columns(stations: StationArrays) -> Iterable[Any]:
    for name in type(stations).__dataclass_fields__:
        value = getattr(stations, name)
        yield [str(one) for one in value] if name == "scenarios" else hashed(value)
