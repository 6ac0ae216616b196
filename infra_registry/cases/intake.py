"""The report's questions: which fields each page asks, what they may hold, and what is wrong with an answer. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from infra_registry.cases.codes import CAPACITIES, LASTING, NAMINGS, REASONS
from infra_registry.errors import Fault
from infra_registry.formats import whole

STEPS = ("what", "where", "against", "said", "who", "check")
YES_NO = ("no", "yes")
OTHER_DISTRICT = "other"
MIN_STORY = 10
FIRST_YEAR = 1990
NAMES = ("other_carrier", "property_manager", "developer", "owners_committee", "other_party")
Answers = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """One field: at most ``cap`` characters; with ``choices`` one of them; ``many`` keeps a list."""

    name: str
    cap: int = 120
    choices: tuple[str, ...] = ()
    required: bool = False
    lines: bool = False
    many: bool = False


QUESTIONS: dict[str, tuple[Question, ...]] = {
    "what": (Question("reason", choices=REASONS, required=True),),
    "where": (
        Question("place", cap=300),
        Question("asset", cap=40),
        Question("district", cap=40),
        Question("lat", cap=20),
        Question("lon", cap=20),
    ),
    "against": (
        Question("carriers", cap=40, many=True),
        *(Question(name, cap=200) for name in NAMES),
    ),
    "said": (
        Question("story", cap=5000, required=True, lines=True),
        Question("since_year", cap=4),
        Question("since_month", cap=2),
        Question("lasting", choices=LASTING, required=True),
        Question("until_year", cap=4),
        Question("until_month", cap=2),
        Question("elsewhere", choices=YES_NO, required=True),
        Question("elsewhere_where", cap=300),
    ),
    "who": (
        Question("named", choices=NAMINGS, required=True),
        Question("name", cap=100),
        Question("contact", cap=200),
        Question("capacity", choices=CAPACITIES, required=True),
    ),
    "check": (),
}
MAX_MANY = 12


def read(step: str, form: Mapping[str, Sequence[str]]) -> Answers:
    """The answers of one page as they were typed, cleaned and cut far above the caps; nothing is judged yet."""
    answers: Answers = {}
    for question in QUESTIONS[step]:
        values = [_clean(value, lines=question.lines) for value in form.get(question.name, ())]
        values = [value[: question.cap + 100] for value in values if value][:MAX_MANY]
        answers[question.name] = values if question.many else (values[0] if values else "")
    return answers


def faults(step: str, answers: Answers, *, today: date) -> list[Fault]:
    """What is wrong with the answers of one page, in the order of the page."""
    first = [fault for question in QUESTIONS[step] for fault in _simple(question, answers)]
    wrong = {fault.field for fault in first}
    return first + [
        fault for fault in _CHECKS.get(step, _nothing)(answers, today) if fault.field not in wrong
    ]


def point(answers: Answers) -> tuple[float, float] | None:
    """Longitude and latitude in degrees when both were given rightly."""
    lon, lat = _number(answers.get("lon", ""), 180), _number(answers.get("lat", ""), 90)
    return None if lon is None or lat is None else (lon, lat)


def month(answers: Answers, name: str) -> date | None:
    """The first day of the month named by ``<name>_year`` and ``<name>_month``; January when only a year is."""
    year = whole(answers.get(f"{name}_year"), 9999, least=FIRST_YEAR)
    number = whole(answers.get(f"{name}_month") or "1", 12, least=1)
    return None if year is None or number is None else date(year, number, 1)


def _simple(question: Question, answers: Answers) -> Iterator[Fault]:
    value = answers.get(question.name) or ("" if not question.many else [])
    for item in value if question.many else [value]:
        if len(item) > question.cap:
            yield Fault(question.name, f"{item[:20]}…", "report.fault.long", str(question.cap))
        elif question.choices and item and item not in question.choices:
            yield Fault(question.name, item[:40], "report.fault.choice", ", ".join(question.choices))
    if question.required and not value:
        yield Fault(question.name, "", f"report.fault.missing.{question.name}")


def _where(answers: Answers, _: date) -> Iterator[Fault]:
    if not answers.get("place") and not answers.get("asset"):
        yield Fault("place", "", "report.fault.missing.place")
    if not answers.get("district") and not answers.get("asset") and point(answers) is None:
        yield Fault("district", "", "report.fault.missing.district")
    for name, other, bound in (("lat", "lon", 90), ("lon", "lat", 180)):
        text = answers.get(name, "")
        if text and _number(text, bound) is None:
            yield Fault(name, text[:20], f"report.fault.{name}", f"-{bound} … {bound}")
        elif not text and answers.get(other):
            yield Fault(name, "", "report.fault.point_half")


def _against(answers: Answers, _: date) -> Iterator[Fault]:
    if not answers.get("carriers") and not any(answers.get(name) for name in NAMES):
        yield Fault("carriers", "", "report.fault.missing.accused")


def _story(answers: Answers, today: date) -> Iterator[Fault]:
    if 0 < len(answers.get("story", "")) < MIN_STORY:
        yield Fault("story", answers["story"], "report.fault.story_short", str(MIN_STORY))
    for name in ("since", "until"):
        if name == "until" and answers.get("lasting") != "ended":
            continue
        typed = answers.get(f"{name}_year", ""), answers.get(f"{name}_month", "")
        when = month(answers, name)
        if any(typed) and when is None:
            yield Fault(
                f"{name}_year", "-".join(typed), "report.fault.month", f"{today.year} / {today.month}"
            )
        elif when is not None and when > today:
            yield Fault(f"{name}_year", "-".join(typed), "report.fault.future")
    since, until = month(answers, "since"), month(answers, "until")
    if answers.get("lasting") == "ended" and since and until and until < since:
        yield Fault("until_year", str(until.year), "report.fault.until_before", f"{since.year}-{since.month}")
    if answers.get("elsewhere") == "yes" and not answers.get("elsewhere_where"):
        yield Fault("elsewhere_where", "", "report.fault.missing.elsewhere_where")


def _who(answers: Answers, _: date) -> Iterator[Fault]:
    if answers.get("named") == "anonymous":
        for name in ("name", "contact"):
            if answers.get(name):
                yield Fault(name, answers[name], "report.fault.anonymous_named")
    elif answers.get("named") == "named" and not answers.get("name"):
        yield Fault("name", "", "report.fault.missing.name")


def _nothing(_: Answers, __: date) -> Iterator[Fault]:
    return iter(())


_CHECKS = {"where": _where, "against": _against, "said": _story, "who": _who}


def _clean(text: str, *, lines: bool) -> str:
    normal = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(
        letter
        if letter == "\n" and lines
        else " "
        if unicodedata.category(letter) in ("Cc", "Cs")
        else letter
        for letter in normal
    )
    return kept.strip()


def _number(text: str, bound: int) -> float | None:
    normal = unicodedata.normalize("NFKC", text)
    if not re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{1,12})?", normal) or abs(float(normal)) > bound:
        return None
    return float(normal)
