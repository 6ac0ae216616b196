"""The end of a case's content: due by a rule of the house, proposed by one handler, approved by another.

The identity in a decided case ends by a rule alone, and the case is archived: its story stays.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection

from infra_registry.access import Actor, Permission, require
from infra_registry.cases import erasure_store as store
from infra_registry.cases import recusal
from infra_registry.cases.keys import Keys
from infra_registry.cases.store import read
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
    return {row["key"]: Rule(**{**row, "states": tuple(row["states"])}) for row in _retention()["rule"]}


def identity_rule() -> Rule:
    """The rule by which a decided case is archived and its reporter's identity erased, from the same file."""
    [row] = _retention()["identity"]
    return Rule(**{**row, "states": tuple(row["states"])})


def _retention() -> dict[str, list[dict[str, Any]]]:
    return tables(DATA / "cases" / "retention.toml")


def mark_due(connection: Connection) -> int:
    """As the service: name the rule on every case that has become due, so that handlers are reminded; how many."""
    return sum(store.mark_due(connection, rule.key, rule.states, rule.days) for rule in rules().values())


def archive(connection: Connection) -> int:
    """As the service: erase the identities that the rule ends, in cases whose parts have keys of their own; how many.

    Their secrets go with ``tend_secrets`` once this is committed.
    """
    rule = identity_rule()
    return store.archive(connection, rule.states, rule.days)


def tend_secrets(connection: Connection, keys: Keys) -> int:
    """As the service: destroy what is left of the secrets of what was erased; of how many cases."""
    return sum(
        keys.destroy(row.number, "identity" if row.story_stays else None) for row in store.erased(connection)
    )


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
