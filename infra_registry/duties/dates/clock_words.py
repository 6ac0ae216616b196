"""A due date explains itself: its reckoning as plain data that can be stored, and as sentences in either language."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import Any

from babel.dates import format_date

from infra_registry.rules.calendar import DAY, Day, Why
from infra_registry.rules.clock import Due, Extended, Pause, YearUsed
from infra_registry.rules.model import Mark, Text
from infra_registry.rules.procedures import Choice, Deadline, Found, Late
from infra_registry.words import say

_BABEL = {"zh-Hans": "zh_Hans", "en": "en_GB"}
Line = tuple[str, dict[str, Any]]


def as_data(due: Due) -> dict[str, Any]:
    """The whole reckoning as JSON: what a page prints years later without the files of today."""
    return {
        **_rule_data(due.deadline),
        "start": due.start.isoformat(),
        "first_day": due.first_day.isoformat(),
        "skipped": [_day(day) for day in due.skipped],
        "made_up": [_day(day) for day in due.made_up],
        "pauses": [_pause(pause, due.deadline) for pause in due.pauses],
        "paused": [day.isoformat() for day in due.paused],
        "extensions": [_extended(extension) for extension in due.extensions],
        "period_end": due.period_end.isoformat(),
        "moved_over": [_day(day) for day in due.moved_over],
        "years": [_year(used) for used in due.years],
        "due_on": due.due_on.isoformat(),
        "provisional": due.provisional,
        "digest": due.digest,
    }


def _rule_data(deadline: Deadline) -> dict[str, Any]:
    rules, late, counting = deadline.rule_set, deadline.late, deadline.counting
    return {
        "deadline": deadline.id,
        "name": _text(deadline.name),
        "event": _text(deadline.event_name),
        "n": deadline.n,
        "unit": deadline.unit.value,
        "condition": _text(deadline.condition_name),
        "basis": _text(deadline.basis),
        "mark": deadline.mark.value,
        "note": _text(deadline.note),
        "rule_set": {
            "key": rules.key,
            "name": _text(rules.name),
            "instrument": _text(rules.instrument),
            "valid_from": rules.valid_from.isoformat(),
            "valid_to": rules.valid_to.isoformat() if rules.valid_to else None,
            "mark": rules.mark.value,
            "note": _text(rules.note),
        },
        "counting": {"basis": _text(counting.basis), "mark": counting.mark.value},
        "end": {
            "rule": deadline.end.value,
            "basis": _text(deadline.end_basis),
            "mark": deadline.end_mark.value,
        },
        "late": _late(late) if late else None,
    }


def _late(late: Late) -> dict[str, Any]:
    return {
        "rate_percent": late.rate_percent,
        "per": late.per,
        "cap": late.cap,
        "basis": _text(late.basis),
        "mark": late.mark.value,
    }


def _pause(pause: Pause, deadline: Deadline) -> dict[str, Any]:
    return {
        "kind": pause.kind,
        "name": _text(deadline.pauses[pause.kind]),
        "first": pause.first.isoformat(),
        "last": pause.last.isoformat(),
    }


def _extended(extension: Extended) -> dict[str, Any]:
    return {
        "key": extension.rule.key,
        "name": _text(extension.rule.name),
        "n": extension.n,
        "unit": extension.rule.unit.value,
        "needs": _text(extension.rule.needs),
        "mark": extension.rule.mark.value,
    }


def _year(used: YearUsed) -> dict[str, Any]:
    return {
        "year": used.year,
        "ground": used.ground.value,
        "title": _text(used.title),
        "number": used.number,
        "mark": used.mark.value if used.mark else None,
    }


def explain(due: Due | Mapping[str, Any], locale: str) -> list[str]:
    """The reckoning in sentences, in the order a reader asks: result, start, length, days off, basis."""
    data = as_data(due) if isinstance(due, Due) else due
    return [say(locale, key, **params) for key, params in _lines(data, locale)]


def explain_choice(choice: Choice, locale: str) -> str:
    """Why there is no due date: a value that is not held, a day before every rule set, none in force."""
    if choice.found is Found.NOT_HELD and choice.open:
        rules = choice.open.rule_set
        return say(
            locale,
            "clock.not_held",
            name=choice.open.name.of(locale),
            rules=rules.instrument.of(locale),
            reason=choice.open.reason.of(locale),
        )
    since = day_text(choice.since, locale) if choice.since else ""
    return say(locale, f"clock.{choice.found.value}", date=day_text(choice.case_date, locale), since=since)


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


def _text(text: Text | None) -> dict[str, str] | None:
    return {"zh": text.zh, "en": text.en} if text else None


def _day(day: Day) -> dict[str, Any]:
    return {
        "on": day.on.isoformat(),
        "why": day.why.value,
        "name": _text(day.name),
        "ground": day.ground.value,
    }


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
