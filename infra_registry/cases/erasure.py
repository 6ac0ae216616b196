"""The end of a case's content: due by a rule of the house, proposed by one handler, approved by another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection

from infra_registry.access import Actor, Permission, require
from infra_registry.cases import erasure_store as store
from infra_registry.cases import recusal
from infra_registry.cases.keys import Keys
from infra_registry.cases.store import read, rewrap, wrapped_keys
from infra_registry.errors import Conflict
from infra_registry.resources import DATA, tables

MOST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Rule:
    """Cases in one of ``states`` are due when their last step is ``days`` old; ``zh`` and ``en`` give the basis."""

    key: str
    states: tuple[str, ...]
    days: int
    zh: str
    en: str

    def basis(self, locale: str) -> str:
        """Why a case is due, in the reader's language."""
        return (self.en if locale == "en" else self.zh).format(days=self.days)


@cache
def rules() -> dict[str, Rule]:
    """The rules of the house by their key, from ``data/cases/retention.toml``."""
    rows = tables(DATA / "cases" / "retention.toml")["rule"]
    return {row["key"]: Rule(**{**row, "states": tuple(row["states"])}) for row in rows}


def mark_due(connection: Connection) -> int:
    """As the service: name the rule on every case that has become due, so that handlers are reminded; how many."""
    return sum(store.mark_due(connection, rule.key, rule.states, rule.days) for rule in rules().values())


def tend_secrets(connection: Connection, keys: Keys) -> tuple[int, int]:
    """As the service: give cases of before 0.3 a secret, and destroy what is left of erased ones'; how many each.

    A dump from before a case had its secret opens with the operator's key alone, until it is deleted.
    """
    given, destroyed = 0, 0
    for row in wrapped_keys(connection):
        if row.wrapped_key is None:
            destroyed += keys.destroy(row.number)
        elif keys.opens_alone(row.number, row.wrapped_key):
            rewrap(connection, row.id, keys.wrap(row.number, keys.unwrap(row.number, row.wrapped_key)))
            given += 1
    return given, destroyed


def due(connection: Connection, actor: Actor) -> Sequence[Any]:
    """This handler's cases that are due: number, state, rule, since when, whether proposed and by whom."""
    require(actor, Permission.CASE_ERASE)
    return store.due(connection, MOST_SHOWN)


def act(connection: Connection, keys: Keys, actor: Actor, number: str, name: str) -> None:
    """Propose, withdraw or approve the erasure of a case that is due; after an approval destroy its secret.

    Raises Conflict ``cases.erasure.shut`` where that is not open: not due, proposed already, or, for an approval,
    proposed by nobody or by the one who approves; Forbidden to a handler tied to an accused.
    """
    require(actor, Permission.CASE_ERASE)
    row = read(connection, number)
    if row is not None:
        recusal.refuse_tied(connection, keys, row)
    acts: dict[str, Callable[[], bool]] = {
        "propose": lambda: store.propose(connection, number, actor.user_id),
        "withdraw": lambda: store.withdraw(connection, number),
        "approve": lambda: store.approve(connection, number),
    }
    if name not in acts or not acts[name]():
        raise Conflict("cases.erasure.shut", number=number[:40])
