"""The reckoning of a due date as JSON to be stored, and as sentences in either language."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Any

from babel.dates import format_date

from infra_registry.rules.calendar import DAY, Day, Why
from infra_registry.rules.clock import Due
from infra_registry.rules.model import Mark
from infra_registry.rules.procedures import Choice, Deadline, DeadlineState
from infra_registry.words import say

_BABEL = {"zh-Hans": "zh_Hans", "en": "en_GB"}
Line = tuple[str, dict[str, Any]]
# What is stored under its own name of a reckoning, its deadline, rule set and extensions.
_RECKONED = ("start", "first_day", "paused", "period_end", "years", "due_on", "provisional", "digest")
_DEADLINE = ("name", "n", "unit", "basis", "mark", "note", "late")
_RULE_SET = ("key", "name", "instrument", "valid_from", "valid_to", "mark", "note")
_EXTENSION = ("key", "name", "unit", "needs", "mark")


def as_data(due: Due) -> dict[str, Any]:
    """The whole reckoning as JSON: what a page prints years later without the files of today."""
    data: dict[str, Any] = _json(
        {
            **_rule(due.deadline),
            **{name: getattr(due, name) for name in _RECKONED},
            "skipped": [_day(day) for day in due.skipped],
            "made_up": [_day(day) for day in due.made_up],
            "moved_over": [_day(day) for day in due.moved_over],
            "pauses": [
                {"kind": p.kind, "name": due.deadline.pauses[p.kind], "first": p.first, "last": p.last}
                for p in due.pauses
            ],
            "extensions": [
                {**{name: getattr(extension.rule, name) for name in _EXTENSION}, "n": extension.n}
                for extension in due.extensions
            ],
        }
    )
    return data


def _rule(deadline: Deadline) -> dict[str, Any]:
    rules = deadline.rule_set
    return {
        **{name: getattr(deadline, name) for name in _DEADLINE},
        "deadline": deadline.id,
        "event": deadline.event_name,
        "condition": deadline.condition_name,
        "rule_set": {name: getattr(rules, name) for name in _RULE_SET},
        "counting": {"basis": deadline.counting.basis, "mark": deadline.counting.mark},
        "end": {"rule": deadline.end, "basis": deadline.end_basis, "mark": deadline.end_mark},
    }


def _day(day: Day) -> dict[str, Any]:
    return {"on": day.on, "why": day.why, "name": day.name, "ground": day.ground}


def _json(value: Any) -> Any:
    """A value as JSON has it: dates by ISO 8601, members of enumerations by value, dataclasses by field."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {name: _json(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_json(part) for part in value]
    if is_dataclass(value):
        return {part.name: _json(getattr(value, part.name)) for part in fields(value)}
    return value


def explain(due: Due | Mapping[str, Any], locale: str) -> list[str]:
    """The reckoning in sentences, in the order a reader asks: result, start, length, days off, basis."""
    data = as_data(due) if isinstance(due, Due) else due
    return [say(locale, key, **params) for key, params in _lines(data, locale)]


def explain_choice(choice: Choice, locale: str) -> str:
    """Why there is no due date: a value that is not held, a day before every rule set, none in force."""
    if choice.state is DeadlineState.NOT_HELD and choice.open:
        rules = choice.open.rule_set
        return say(
            locale,
            "clock.not_held",
            name=choice.open.name.of(locale),
            rules=rules.instrument.of(locale),
            reason=choice.open.reason.of(locale),
        )
    since = day_text(choice.since, locale) if choice.since else ""
    return say(locale, f"clock.{choice.state.value}", date=day_text(choice.case_date, locale), since=since)


def day_text(on: date, locale: str) -> str:
    """A date as it is written in a letter."""
    return format_date(on, "long", _BABEL.get(locale, "en_GB"))


def _lines(data: Mapping[str, Any], locale: str) -> Iterator[Line]:
    yield "clock.due", {"name": _of(data["name"], locale), "date": _date(data["due_on"], locale)}
    if data["provisional"]:
        for used in data["years"]:
            if used["ground"] != "published":
                yield f"clock.ground.{used['ground']}", {"year": used["year"], "title": _title(used, locale)}
    if data["condition"]:
        yield "clock.condition", {"condition": _of(data["condition"], locale)}
    yield (
        "clock.start",
        {
            "event": _of(data["event"], locale),
            "start": _date(data["start"], locale),
            "first": _date(data["first_day"], locale),
        },
    )
    counting = data["counting"]
    yield "clock.counting", {"basis": _marked(counting["basis"], counting["mark"], locale)}
    yield "clock.length", {"length": _length(data["n"], data["unit"], locale)}
    for extension in data["extensions"]:
        needs = (
            _of(extension["needs"], locale) if extension["needs"] else say(locale, "clock.extension_of_right")
        )
        yield (
            "clock.extended",
            {
                "name": _of(extension["name"], locale),
                "length": _length(extension["n"], extension["unit"], locale),
                "needs": needs,
            },
        )
    yield from _pauses(data, locale)
    yield from _days_off(data, locale)
    yield from _end(data, locale)
    yield from _ground(data, locale)


def _pauses(data: Mapping[str, Any], locale: str) -> Iterator[Line]:
    for pause in data["pauses"]:
        first, last = _date(pause["first"], locale), _date(pause["last"], locale)
        yield "clock.paused", {"name": _of(pause["name"], locale), "first": first, "last": last}
    if data["pauses"]:
        yield "clock.paused_days", {"days": len(data["paused"])}


def _days_off(data: Mapping[str, Any], locale: str) -> Iterator[Line]:
    if data["skipped"]:
        yield (
            "clock.skipped",
            {"days": len(data["skipped"]), "list": _runs(data["skipped"], locale)},
        )
    if data["made_up"]:
        yield "clock.made_up", {"days": len(data["made_up"]), "list": _runs(data["made_up"], locale)}


def _end(data: Mapping[str, Any], locale: str) -> Iterator[Line]:
    end = data["end"]
    if data["moved_over"]:
        yield (
            "clock.moved_over",
            {
                "end": _date(data["period_end"], locale),
                "list": _runs(data["moved_over"], locale),
                "date": _date(data["due_on"], locale),
                "basis": _marked(end["basis"], end["mark"], locale),
            },
        )
    elif end["rule"] == "as_it_falls":
        yield "clock.as_it_falls", {"basis": _marked(end["basis"], end["mark"], locale)}


def _ground(data: Mapping[str, Any], locale: str) -> Iterator[Line]:
    rules, late = data["rule_set"], data["late"]
    instrument = _marked(rules["instrument"], rules["mark"], locale)
    basis = _marked(data["basis"], data["mark"], locale)
    yield "clock.basis", {"rules": instrument, "basis": basis}
    since = _date(rules["valid_from"], locale)
    if rules["valid_to"]:
        yield "clock.valid_between", {"since": since, "until": _date(rules["valid_to"], locale)}
    else:
        yield "clock.valid_since", {"since": since}
    for used in data["years"]:
        if used["ground"] == "published":
            yield "clock.ground.published", {"year": used["year"], "title": _title(used, locale)}
    for note in (rules["note"], data["note"]):
        if note:
            yield "clock.note", {"note": _of(note, locale)}
    if late:
        params = {"rate": late["rate_percent"], "basis": _marked(late["basis"], late["mark"], locale)}
        yield f"clock.late.{late['per']}.{late['cap']}", params


def _title(used: Mapping[str, Any], locale: str) -> str:
    """A notice by its title, with its number where that can be read, and how well it was checked."""
    if used["title"] is None:
        return ""
    title = dict(used["title"], zh=f"{used['title']['zh']}（{used['number']}）")
    return _marked(title, used["mark"], locale)


def _of(text: Mapping[str, str], locale: str) -> str:
    return text["en"] if locale == "en" else text["zh"]


def _marked(text: Mapping[str, str], mark: str, locale: str) -> str:
    """The words, and that they were not verified where they were not."""
    words = _of(text, locale)
    if mark == Mark.VERIFIED:
        return words
    return say(locale, f"clock.mark.{Mark(mark).name.lower()}", words=words)


def _date(iso: str, locale: str) -> str:
    return day_text(date.fromisoformat(iso), locale)


def _length(n: int, unit: str, locale: str) -> str:
    return say(locale, f"clock.{'one' if n == 1 else 'many'}.{unit}", n=n)


def _runs(days: Iterable[Mapping[str, Any]], locale: str) -> str:
    """Days off, consecutive ones of one reason drawn together."""
    parts = []
    ordered = sorted((date.fromisoformat(day["on"]), day["why"], day["name"]) for day in days)
    # Days of one run have the same distance from their place in the list.
    runs = groupby(enumerate(ordered), key=lambda at: (at[1][0] - at[0] * DAY, at[1][1], at[1][2]))
    for (_, why, name), run in runs:
        dates = [on for _, (on, _, _) in run]
        span = day_text(dates[0], locale)
        if len(dates) > 1:
            span = say(locale, "clock.span", first=span, last=day_text(dates[-1], locale))
        reason = _of(name, locale) if name and why != Why.MADE_UP else say(locale, f"clock.why.{why}")
        parts.append(say(locale, "clock.run", span=span, reason=reason))
    return say(locale, "clock.list_sign").join(parts)
