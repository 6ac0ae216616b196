"""What a rulebook holds: instrument, clauses, conditions, exceptions, consequences, and what was left out and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from infra_registry.rules.codes import (
    BINDING,
    Action,
    Effect,
    Force,
    InstrumentKind,
    Mark,
    Modality,
    SubjectKind,
)


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in both languages, ours, never those of the instrument."""

    zh: str
    en: str

    def of(self, locale: str) -> str:
        """The words in the reader's language."""
        return self.en if locale == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Check:
    """A question about facts, three-valued: ``op`` all, any, not over ``parts``; is, in, at_least, has over ``fact``.

    An ``in`` or ``has`` list that is ``open`` (the text ends in "and others") answers "not shown" for a value that is
    neither listed nor in ``never``.
    """

    op: str
    parts: tuple["Check", ...] = ()
    fact: str = ""
    values: tuple[object, ...] = ()
    open: bool = False
    never: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a clause. In an opening clause its ``key`` is a ground of refusal."""

    key: str
    text: Text
    test: Check


@dataclass(frozen=True, slots=True)
class Fine:
    """A fine in ``currency`` units; ``mandatory`` False: the authority may. ``times_gain`` replaces the bounds."""

    mandatory: bool
    least: int | None = None
    most: int | None = None
    currency: str = "CNY"
    factor: str | None = None
    times_gain: tuple[int, int] | None = None
    when: Text | None = None


@dataclass(frozen=True, slots=True)
class Consequence:
    """What follows from a breach. ``stated`` False: the instrument states nothing, and that is what is said."""

    stated: bool
    article: str | None = None
    orders: tuple[str, ...] = ()
    order_mandatory: bool = True
    fines: tuple[Fine, ...] = ()
    authority: str | None = None
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Name:
    """What an authority is called from a day on; ``verified`` False: shown so."""

    name: Text
    since: date | None = None
    verified: bool = False
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority: the name in the text first, then its successors by date, which never overwrite it."""

    key: str
    level: str
    in_text: Text
    successors: tuple[Name, ...] = ()

    def on(self, day: date) -> Name:
        """Name of the authority on a day: the last successor begun, else the name in the text."""
        names = [name for name in self.successors if name.since is None or name.since <= day]
        return names[-1] if names else Name(self.in_text, verified=True)


@dataclass(frozen=True, slots=True)
class Zone:
    """A special zone the instrument names; ``direct`` and ``own`` carry the duties, ``reference`` is weaker."""

    code: str
    name: Text
    mode: str
    article: str


@dataclass(frozen=True, slots=True)
class TopicPlace:
    """A clause's place in a topic of the comparison; ``strong`` where the topic turns on it."""

    topic: str
    brief: Text | None = None
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause. ``key`` cites it inside the instrument (``18.1``); ``rows`` are the rows of the manifest it models.

    ``judged_since`` names the date fact that must fall on or after the clause's first day: what was done before is not
    judged by it. ``kept_when`` None: the register cannot tell whether it is kept. ``broken_when``: what has to be shown
    for a breach besides that it is not kept, where not every failing is one.
    """

    key: str
    article: str
    modality: Modality
    title: Text
    statement: Text
    rows: tuple[str, ...] = ()
    paragraph: str = ""
    subject: SubjectKind | None = None
    addressee: tuple[str, ...] = ()
    counterparty: tuple[str, ...] = ()
    opens_for: tuple[str, ...] = ()
    when: Check | None = None
    conditions: tuple[Condition, ...] = ()
    exceptions: tuple[Condition, ...] = ()
    kept_when: Check | None = None
    broken_when: Check | None = None
    evidence: tuple[str, ...] = ()
    judged_since: str | None = None
    gate: tuple[Action, ...] = ()
    effect: Effect = Effect.INFORM
    consequence: Consequence | None = None
    authority: str | None = None
    places: tuple[TopicPlace, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    last_checked: date | None = None
    mark: Mark = Mark.VERIFIED
    remedy: Text | None = None
    register: Text | None = None


@dataclass(frozen=True, slots=True)
class NotModelled:
    """A row of the manifest that no clause models, and why."""

    row: str
    reason: Text


@dataclass(frozen=True, slots=True)
class NotHeld:
    """A part of the instrument that is known and whose text is not held: the answer is "law not held"."""

    articles: str
    reason: Text


@dataclass(frozen=True, slots=True)
class Instrument:
    """The instrument behind a rulebook. ``areas``: codes it holds in, ``*`` everywhere in the country.

    ``shown_from``: of a draft, which is never in force, the day from which it can be shown.
    """

    key: str
    title: Text
    short: Text
    kind: InstrumentKind
    force: Force
    areas: tuple[str, ...]
    in_force_from: date | None
    in_force_until: date | None
    last_checked: date
    mark: Mark
    number: str = ""
    note: Text | None = None
    shown_from: date | None = None


@dataclass(frozen=True, slots=True)
class Rulebook:
    """An instrument with everything the register holds of it; ``digest`` is that of the file it was read from."""

    instrument: Instrument
    clauses: tuple[Clause, ...]
    authorities: Mapping[str, Authority]
    zones: tuple[Zone, ...]
    not_modelled: tuple[NotModelled, ...]
    not_held: tuple[NotHeld, ...]
    digest: str

    @property
    def key(self) -> str:
        """The key of the instrument, which is also the name of its file."""
        return self.instrument.key

    def clause(self, key: str) -> Clause:
        """The clause of that key; KeyError when there is none."""
        for clause in self.clauses:
            if clause.key == key:
                return clause
        raise KeyError(key)


__all__ = [
    "BINDING",
    "Action",
    "Authority",
    "Check",
    "Clause",
    "Condition",
    "Consequence",
    "Effect",
    "Fine",
    "Force",
    "Instrument",
    "InstrumentKind",
    "Mark",
    "Modality",
    "Name",
    "NotHeld",
    "NotModelled",
    "Rulebook",
    "SubjectKind",
    "Text",
    "TopicPlace",
    "Zone",
]
