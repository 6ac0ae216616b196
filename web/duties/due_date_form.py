"""The form of the page that explains due dates: what was asked, and the reckoning or the reason there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from infra_registry.duties.dates import clock_words
from infra_registry.duties.inforce.law import Law
from infra_registry.errors import Fault, Invalid, NotFound, RegistryError
from infra_registry.formats import day, whole
from infra_registry.rules import clock
from infra_registry.rules.clock import Due, Granted, Pause
from infra_registry.rules.procedures import Choice, Deadline, DeadlineState, Procedures, choose
from web.site.context import locale, t
from web.site.errors import messages

FIELDS = ("deadline", "start", "extension", "length", "pause", "first", "last")
FIELD_OF = {"clock.extension": "extension", "clock.extension_length": "length", "clock.pause": "pause"}
MAX = 80


@dataclass(slots=True)
class Answer:
    """The form with its answer. ``deadline``: the rule of the day asked for, whose further fields are shown."""

    sent: dict[str, str]
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
        newest |= {entry.id: f"{entry.name.of(locale())} · {rules}" for entry in item.deadlines}
        newest |= {entry.id: f"{entry.name.of(locale())} · {rules}" for entry in item.open}
    return [(key, newest[key]) for key in procedures.ids()]


def answer(law: Law, sent: Mapping[str, str]) -> Answer:
    """What the page says to what was sent; an empty form is answered by nothing."""
    result = Answer({name: sent.get(name, "").strip()[:MAX] for name in FIELDS})
    if not result.sent["deadline"] and not result.sent["start"]:
        return result
    try:
        _reckon(law, result)
    except Invalid as refused:
        result.errors = messages(refused)
    except RegistryError as refused:
        where = FIELD_OF.get(refused.code, "first" if refused.code == "clock.pause_days" else "start")
        result.errors = {where: t(refused.code, **refused.params)}
    return result


def _reckon(law: Law, result: Answer) -> None:
    if law.procedures is None:
        raise NotFound("law.no_procedures")
    if result.sent["deadline"] not in law.procedures.ids():
        raise Invalid([Fault("deadline", result.sent["deadline"], "law.choose_deadline")])
    start = _day("start", result.sent["start"])
    result.choice = choose(law.procedures, result.sent["deadline"], start)
    if result.choice.state is not DeadlineState.HELD or result.choice.deadline is None:
        result.steps = [clock_words.explain_choice(result.choice, locale())]
        return
    result.deadline = result.choice.deadline
    result.due = clock.due(
        result.deadline,
        start,
        law.calendar,
        extensions=_extensions(result.sent),
        pauses=_pauses(result.sent),
    )
    result.steps = clock_words.explain(result.due, locale())


def _day(name: str, value: str) -> date:
    written = day(value)
    if written is None:
        raise Invalid([Fault(name, value, "law.no_day", "2026-09-25")])
    return written


def _extensions(sent: Mapping[str, str]) -> list[Granted]:
    if not sent["extension"]:
        return []
    length = whole(sent["length"], 9999)
    if sent["length"] and length is None:
        raise Invalid([Fault("length", sent["length"], "law.no_number", "15")])
    return [Granted(sent["extension"], length)]


def _pauses(sent: Mapping[str, str]) -> list[Pause]:
    if not sent["pause"]:
        return []
    return [Pause(sent["pause"], _day("first", sent["first"]), _day("last", sent["last"]))]
