"""Where a number of people comes from: a key of the catalogue with parameters, in any language. Pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Basis:
    """A message key and its parameters."""

    key: str
    params: dict[str, Any] = field(default_factory=dict)

    def stored(self) -> str:
        """As text for a column."""
        return json.dumps({"key": self.key, **self.params}, ensure_ascii=False, sort_keys=True)


def basis_of(stored: str | None) -> Basis | None:
    """A basis from a column: a stored key with parameters, or words somebody wrote; None for an empty column."""
    if not stored:
        return None
    try:
        params = json.loads(stored)
        return Basis(params.pop("key"), params)
    except (ValueError, KeyError, AttributeError, TypeError):
        return Basis("demand.basis.stated", {"text": stored})


POINTS = "demand.basis.points"
SUMMED = ("items", "people", "inside", "people_inside")


def joined(bases: Sequence[Basis]) -> tuple[Basis, ...]:
    """The same with points of one source in one sentence: a city's source often comes district by district.

    Numbers are added, codes of areas stand side by side, and the sentence keeps the place of the first.
    """
    result: list[Basis] = []
    of_source: dict[str, int] = {}
    for basis in bases:
        same = (
            of_source.setdefault(basis.params["source"], len(result)) if basis.key == POINTS else len(result)
        )
        if same == len(result):
            result.append(basis)
            continue
        first = result[same].params
        sums = {name: first[name] + basis.params[name] for name in SUMMED}
        result[same] = Basis(POINTS, {**first, **sums, "area": f"{first['area']}, {basis.params['area']}"})
    return tuple(result)
