"""The form of the page that explains due dates: what was asked, and the reckoning or the reason there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from infra_registry.duties.dates import clock_words
from infra_registry.duties.inforce.law import Law
from infra_registry.errors import Fault, Invalid, NotFound, RegistryError
from infra_registry.formats import whole
from infra_registry.rules import clock
from infra_registry.rules.clock import Due, Granted, Pause
from infra_registry.rules.procedures import Choice, Deadline, Found, Procedures, choose
from web.site.context import locale, t
from web.site.errors import messages

FIELDS = ("deadline", "start", "extension", "length", "pause", "first", "last")
FIELD_OF = {"clock.extension": "extension", "clock.extension_length": "length", "clock.pause": "pause"}
MAX = 80


@dataclass(slots=True)
class Answer:
    """The form with its answer. ``deadline``: the rule of the day asked for, whose further fields are shown."""

    asked: dict[str, str]
    deadline: Deadline | None = None
    choice: Choice | None = None
    due: Due | None = None
    steps: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)


def options(procedures: Procedures | None) -> list[tuple[str, str]]:
    """Every deadline that is held or known to be open, by its newest rule set's words."""
    if procedures is None:
        return []
    newest: dict[str, str] = {}
    for item in procedures.items:
        rules = item.rule_set.name.of(locale())
        newest |= {one.id: f"{one.name.of(locale())} · {rules}" for one in item.deadlines}
        newest |= {one.id: f"{one.name.of(locale())} · {rules}" for one in item.open}
    return [(key, newest[key]) for key in procedures.ids()]


def answer(law: Law, sent: Mapping[str, str]) -> Answer:
    """What the page says to what was sent; an empty form is answered by nothing."""
    made = Answer({name: sent.get(name, "").strip()[:MAX] for name in FIELDS})
    if not made.asked["deadline"] and not made.asked["start"]:
        return made
    try:
        _reckon(law, made)
    except Invalid as refused:
        made.errors = messages(refused)
    except RegistryError as refused:
        where = FIELD_OF.get(refused.code, "first" if refused.code == "clock.pause_days" else "start")
        made.errors = {where: t(refused.code, **refused.params)}
    return made


def _reckon(law: Law, made: Answer) -> None:
    if law.procedures is None:
        raise NotFound("law.no_procedures")
    if made.asked["deadline"] not in law.procedures.ids():
        raise Invalid([Fault("deadline", made.asked["deadline"], "law.choose_deadline")])
    start = _day("start", made.asked["start"])
    made.choice = choose(law.procedures, made.asked["deadline"], start)
    if made.choice.found is not Found.HELD or made.choice.deadline is None:
        made.steps = [clock_words.explain_choice(made.choice, locale())]
        return
    made.deadline = made.choice.deadline
    made.due = clock.due(
        made.deadline, start, law.calendar, extensions=_extensions(made.asked), pauses=_pauses(made.asked)
    )
    made.steps = clock_words.explain(made.due, locale())


def _day(name: str, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Invalid([Fault(name, value, "law.no_day", "2026-09-25")]) from None


def _extensions(asked: Mapping[str, str]) -> list[Granted]:
    if not asked["extension"]:
        return []
    length = whole(asked["length"], 9999)
    if asked["length"] and length is None:
        raise Invalid([Fault("length", asked["length"], "law.no_number", "15")])
    return [Granted(asked["extension"], length)]


def _pauses(asked: Mapping[str, str]) -> list[Pause]:
    if not asked["pause"]:
        return []
    return [Pause(asked["pause"], _day("first", asked["first"]), _day("last", asked["last"]))]
