"""Where a number of people comes from: a key of the catalogue with parameters, in any language. Pure."""

import json
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
    """A basis from a column: one of ours, or the words somebody wrote; None when nothing is said."""
    if not stored:
        return None
    if stored.startswith("{"):
        try:
            params = json.loads(stored)
            return Basis(params.pop("key"), params)
        except (ValueError, KeyError, AttributeError):
            return Basis("demand.basis.stated", {"text": stored})
    return Basis("demand.basis.stated", {"text": stored})
