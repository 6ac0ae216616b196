"""What the law asks of one subject, computed now from the register as it stands: the answer behind a subject's page.

The connection is the product's own (``SERVICE``): facts are read whole for judging. Whether the reader may know of
the subject is asked first, with ``require_seen`` on his own connection; and a page shows a fact's value only to who
sees the field it comes from.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from sqlalchemy import Connection

from infra_registry.access import SERVICE
from infra_registry.db.connection import acting_as
from infra_registry.duties.judging import facts, reach_store
from infra_registry.duties.judging.addressees import Addressed, addressed
from infra_registry.duties.judging.facts import SubjectFacts
from infra_registry.errors import NotFound
from infra_registry.rules.engine import Answer, Duty, ask
from infra_registry.rules.masking import Sight
from infra_registry.rules.model import Rulebook, SubjectKind

Loader = Callable[[Connection, list[int], date], list[SubjectFacts]]
LOADERS: dict[SubjectKind, Loader] = {
    SubjectKind.ASSET: facts.of_assets,
    SubjectKind.PROJECT: facts.of_projects,
    SubjectKind.AGREEMENT: facts.of_agreements,
    SubjectKind.AREA: facts.of_key_areas,
}


class Lawful(Protocol):
    """An object with the rulebooks in force: ``Law``, or a set of books under test."""

    @property
    def books(self) -> Sequence[Rulebook]:
        """Rulebooks, each once."""


@dataclass(frozen=True, slots=True)
class SubjectAnswer:
    """The answer of the law about a subject, with the subject as it was judged."""

    item: SubjectFacts
    answer: Answer
    on: date

    def addressed(self, duty: Duty) -> Addressed:
        """The parties a duty of this subject is addressed to."""
        return addressed(duty.clause.addressee, self.item.holders)


def of(connection: Connection, law: Lawful, kind: SubjectKind, code: str, on: date) -> Answer:
    """What is asked of a subject on a day; NotFound ``duty.no_subject``."""
    return ask(law.books, load(connection, kind, code, on).subject, on)


def load(connection: Connection, kind: SubjectKind, code: str, on: date) -> SubjectFacts:
    """A subject with its facts on a day; NotFound ``duty.no_subject``."""
    key = reach_store.id_of(connection, kind, code)
    subjects = LOADERS[kind](connection, [key], on) if key is not None else []
    if not subjects:
        raise NotFound("duty.no_subject", code=code)
    return subjects[0]


def many(
    connection: Connection, law: Lawful, kind: SubjectKind, ids: Iterable[int], on: date
) -> list[SubjectAnswer]:
    """What is asked of several subjects on a day, by id; those that do not exist are left out."""
    subjects = LOADERS[kind](connection, list(ids), on)
    return [SubjectAnswer(subject, ask(law.books, subject.subject, on), on) for subject in subjects]


def answer_for_reader(
    connection: Connection, law: Lawful, code: str, on: date, sight: Sight
) -> SubjectAnswer:
    """The answer about an asset as far as its reader may know it, on his own connection.

    It is judged by no fact and addressed to no party that he is not shown.
    """
    with acting_as(connection, SERVICE):
        item = load(connection, SubjectKind.ASSET, code, on)
    fields = {"owner": "owner", "operator": "operator", "controller": "controller", "builder": "party"}
    hidden: dict[str, Any] = {role: None for role, field in fields.items() if not sight.shows(field)}
    subject = sight.subject(item.subject)
    shown = replace(item, subject=subject, holders=replace(item.holders, **hidden))
    return SubjectAnswer(shown, ask(law.books, subject, on), on)


def require_seen(connection: Connection, kind: SubjectKind, code: str) -> None:
    """NotFound ``duty.no_subject`` unless the reader whose connection this is may know the subject exactly."""
    if not reach_store.seen(connection, kind, code):
        raise NotFound("duty.no_subject", code=code)
