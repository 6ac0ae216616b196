"""A radio run in words, for page, paper and terminal: layers, what a gap is, people, what the result rests on."""

from collections.abc import Mapping
from typing import Any

from infra_registry import words
from infra_registry.coverage.propagation.defaults import radio
from infra_registry.coverage.radio.limits import limits
from infra_registry.coverage.radio.question import threshold_of
from infra_registry.reports.names import ENGLISH, named
from infra_registry.words import say

ANY = "any"
CLASSES = (5, 4, 3, 2, 1, 0)


def operator(row: Mapping[str, Any], locale: str) -> str:
    """An operator of a layer: a party, what somebody wrote, not stated, or any."""
    key = str(row["operator"])
    if key == ANY:
        return say(locale, "radio_page.any_operator")
    if key == "not_stated":
        return say(locale, "radio_page.operator_not_stated")
    if key.startswith("stated:"):
        return say(locale, "radio_page.operator_stated", name=key.removeprefix("stated:"))
    return named(row, "operator_name", locale) or key


def technology(key: str, locale: str) -> str:
    """A technology of cells, or any."""
    return say(locale, "radio_page.any_technology" if key == ANY else f"choice.technology.{key}")


def layer(row: Mapping[str, Any], locale: str) -> str:
    """Operator and technology of a layer."""
    return f"{operator(row, locale)} · {technology(row['technology'], locale)}"


def lacks(row: Mapping[str, Any], locale: str) -> tuple[str, str]:
    """Whose signal a gap lacks, and of which technology: where layers are united, all of them lack."""
    key = row["technology"]
    return (
        say(locale, "radio_page.every_operator") if row["operator"] == ANY else operator(row, locale),
        say(locale, "radio_page.every_technology") if key == ANY else technology(key, locale),
    )


def lacking(row: Mapping[str, Any], locale: str) -> str:
    """The same in one line."""
    return " · ".join(lacks(row, locale))


def threshold(written: str, locale: str, *, internal: bool) -> str:
    """What counts as a gap; a level in dBm is only given to internal readers."""
    limit = threshold_of(written)
    if limit.kind == "class":
        word = say(locale, f"radio_page.class.{int(limit.value)}")
        return say(locale, "radio_page.threshold.class", word=word)
    kind = "dbm_internal" if limit.kind == "dbm" and internal else limit.kind
    return say(locale, f"radio_page.threshold.{kind}", value=f"{limit.value:g}")


def levels(technology_key: str, *, internal: bool) -> dict[int, str | None]:
    """The range of each class in dBm, for internal readers of one technology; None for everyone else."""
    defaults = radio().technologies.get(technology_key)
    if not internal or defaults is None:
        return dict.fromkeys(CLASSES)
    low, *_, high = bounds = defaults.classes_dbm
    between = {number: f"{bounds[number - 1]:g} … {bounds[number]:g}" for number in range(1, len(bounds))}
    return {0: f"< {low:g}", **between, len(bounds): f"≥ {high:g}"}


def served_share(figures: Mapping[str, Any]) -> float | None:
    """Per cent of the people (of the ground without people) that get at least the class that counts as served."""
    return share(figures["people"] or figures["area_m2"])


def served(values: list[float]) -> float:
    """What is served, of values (people, m²) by class from 0 up."""
    return float(sum(values[limits().served_class :]))


def share(values: list[float]) -> float | None:
    """Per cent that is served, of values by class from 0 up; None of nothing."""
    total = sum(values)
    return 100 * served(values) / total if total else None


def people(value: float | None, locale: str, *, internal: bool) -> str | int:
    """People of a gap: a number, or why there is none."""
    if value is None:
        return say(locale, "radio_page.people_unknown" if internal else "radio_page.people_few")
    return "< 1" if 0 < value < 1 else round(value)


def rests_on(summary: Mapping[str, Any], locale: str) -> list[str]:
    """What the result rests on: model, defaults used, population, what was not counted, that it is a lead."""
    return [
        *(say(locale, item["key"], **item["params"]) for item in summary["assumptions"]),
        _defaults(summary, locale),
        *(say(locale, item["key"], **item["params"]) for item in summary["people"]["basis"]),
        *_left_out(summary, locale),
        say(locale, "radio_page.a_lead"),
    ]


def _defaults(summary: Mapping[str, Any], locale: str) -> str:
    counts = {"cells": f"{summary['cells']:,}", "defaulted": f"{summary['cells_defaulted']:,}"}
    sentence = say(locale, "radio_page.defaults_used", **counts)
    filled = [
        f"{say(locale, f'radio_page.default.{name}')} {count:,}"
        for name, count in summary["defaults"].items()
    ]
    if not filled:
        return sentence
    listed = say(locale, "radio_page.and").join(filled) + say(locale, "radio_page.stop")
    return f"{sentence}{' ' if locale == ENGLISH else ''}{say(locale, 'radio_page.defaults_list')}{listed}"


def _left_out(summary: Mapping[str, Any], locale: str) -> list[str]:
    """What was not counted; nothing is said of zero."""
    lines = []
    for name, count in summary["left_out"].items():
        key = name if "." in name else f"radio_page.left_out.{name}"
        if count == 0 or not words.has(key):
            continue
        number = say(locale, "radio_page.fewer_than", few=limits().few) if count is None else f"{count:,}"
        lines.append(say(locale, "radio_page.left_out", what=say(locale, key), count=number))
    return lines
