"""Roles that one person does not hold together, from ``data/access/apart.toml``."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from infra_registry.access import Role
from infra_registry.resources import DATA, tables


@dataclass(frozen=True, slots=True)
class Rule:
    """None of ``roles`` goes with any of ``never_with``; why, by language."""

    roles: frozenset[Role]
    never_with: frozenset[Role]
    why: dict[str, str]


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, as it stands in the file. Raises ValueError for a role that does not exist."""
    return tuple(
        Rule(
            frozenset(map(Role, row["roles"])),
            frozenset(map(Role, row["never_with"])),
            {"zh-Hans": row["zh"], "en": row["en"]},
        )
        for row in tables(DATA / "access" / "apart.toml")["rule"]
    )


def excluding(role: Role, others: Iterable[str]) -> Role | None:
    """The first of the other roles, by name, that does not go with this one; None where all do."""
    return next((Role(other) for other in sorted(others) if _kept_apart(role, Role(other))), None)


def _kept_apart(first: Role, second: Role) -> bool:
    return any(
        (first in rule.roles and second in rule.never_with)
        or (second in rule.roles and first in rule.never_with)
        for rule in rules()
    )
