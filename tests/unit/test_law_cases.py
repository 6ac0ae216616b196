"""The law case by case: each table of tests/cases against the rulebooks that ship with the product."""

from datetime import date
from typing import Any

import pytest

from infra_registry.rules.clock import Granted, due
from infra_registry.rules.engine import Answer, Duty, DutySubject, ask
from infra_registry.rules.model import Clause, Consequence, Fine, Rulebook
from infra_registry.rules.procedures import choose
from tests import shipped
from tests.unit.law_cases import Case, load, traps

CASES = load()
LEAST = 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_case(case: Case) -> None:
    problems: list[str] = []
    if case.subject is not None:
        problems += _answer(case)
    for wanted in case.clauses:
        problems += _differences(wanted["cite"], wanted, _clause(wanted, case))
    for wanted in case.clocks:
        problems += _differences(wanted["deadline"], wanted, _clock(wanted))
    assert not problems, _report(case, problems)


def test_there_are_enough_cases_and_each_says_something() -> None:
    assert len(CASES) >= LEAST
    assert len({case.key for case in CASES}) == len(CASES)
    for case in CASES:
        asked = case.subject is not None and (case.duties or case.silent or case.in_force is not None)
        assert asked or case.clauses or case.clocks, case.key
        assert (case.subject is None) == (not case.areas and not case.facts), case.key


def test_every_trap_has_a_case_and_every_case_a_known_trap() -> None:
    used = {trap for case in CASES for trap in case.traps}
    assert used == set(traps())


def test_every_instrument_has_a_case() -> None:
    named = {book.key for book in shipped.rulebooks()}
    spoken = {
        cite.split("/")[0]
        for case in CASES
        for cite in (
            *(one["cite"] for one in case.duties),
            *(one["cite"] for one in case.clauses),
            *case.silent,
            *(case.not_held or ()),
        )
    }
    assert named == spoken


def _answer(case: Case) -> list[str]:
    assert case.subject is not None
    assert case.on is not None
    books = [book for book in shipped.rulebooks() if not case.books or book.key in case.books]
    answer = ask(books, DutySubject(case.subject, case.areas, case.facts), case.on)
    found = {_cite(duty): duty for duty in answer.duties}
    wanted = {one["cite"]: one for one in case.duties}
    problems = []
    for cite in sorted(set(found) - set(wanted)):
        if not case.about or cite in case.about:
            problems.append(f"{cite}: nothing expected | {_line(found[cite])}")
    for cite, one in wanted.items():
        if cite not in found:
            problems.append(f"{cite}: {one.get('standing')} expected | nothing found")
            continue
        problems += _differences(cite, one, _seen(found[cite], case.on))
    problems += [f"{cite}: silence expected | {_line(found[cite])}" for cite in case.silent if cite in found]
    return problems + _whole(case, answer)


def _whole(case: Case, answer: Answer) -> list[str]:
    problems = []
    for cite in case.silent:
        _find(cite)  # a case that expects silence of a clause that is not there says nothing
    if case.not_held is not None:
        held = tuple(f"{book.key}/{part.articles}" for book, part in answer.not_held)
        problems += _differences("law not held", {"parts": list(case.not_held)}, {"parts": list(held)})
    if case.in_force is not None:
        wanted, found = sorted(case.in_force), sorted(answer.in_force)
        problems += _differences("in force", {"books": wanted}, {"books": found})
    return problems


def _seen(duty: Duty, on: date) -> dict[str, Any]:
    return {
        "standing": duty.standing.value,
        "kept": duty.kept.value,
        "missing": sorted(duty.missing),
        "by_reference": duty.by_reference,
    } | _said(duty.book, duty.clause, on)


def _said(book: Rulebook, clause: Clause, on: date) -> dict[str, Any]:
    """What a clause says of itself: whom it binds, what follows, who decides on that day."""
    after = clause.consequence or Consequence(stated=False)
    key = after.authority or clause.authority
    authority = book.authorities[key] if key else None
    return {
        "modality": clause.modality.value,
        "addressee": list(clause.addressee),
        "counterparty": list(clause.counterparty),
        "orders": list(after.orders),
        "order_mandatory": after.order_mandatory,
        "fines": [_fine(one) for one in after.fines],
        "stated": after.stated,
        "authority": authority.on(on).name.zh if authority else None,
        "authority_in_text": authority.in_text.zh if authority else None,
        "level": authority.level if authority else None,
        "grounds": [condition.key for condition in clause.conditions],
        "exceptions": [exception.key for exception in clause.exceptions],
        "gate": [action.value for action in clause.gate],
        "subject": clause.subject.value if clause.subject else "none",
        "mark": clause.mark.value,
        "number": book.instrument.number,
    }


def _fine(fine: Fine) -> str:
    """A fine as a lawyer writes it: may 50000-200000, must 1x-10x."""
    word = "must" if fine.mandatory else "may"
    if fine.times_gain:
        return f"{word} {fine.times_gain[0]}x-{fine.times_gain[1]}x"
    if fine.least is None and fine.most is None:
        return f"{word} {fine.factor}"
    return f"{word} {'' if fine.least is None else fine.least}-{'' if fine.most is None else fine.most}"


def _clause(wanted: dict[str, Any], case: Case) -> dict[str, Any]:
    book, clause = _find(wanted["cite"])
    found = _said(book, clause, wanted.get("on") or case.on or date(2026, 11, 22))
    meant = [word for word in wanted.get("not_addressee", ()) if word not in clause.addressee]
    return found | {"not_addressee": meant}


def _find(cite: str) -> tuple[Rulebook, Clause]:
    key, _, clause = cite.partition("/")
    (book,) = (book for book in shipped.rulebooks() if book.key == key)
    return book, book.clause(clause)


def _clock(wanted: dict[str, Any]) -> dict[str, Any]:
    choice = choose(shipped.procedures(), wanted["deadline"], wanted["case_date"])
    found: dict[str, Any] = {"found": choice.state.value}
    if choice.deadline is None:
        return found
    deadline = choice.deadline
    found |= {
        "n": deadline.n,
        "unit": deadline.unit.value,
        "event": deadline.event,
        "mark": deadline.mark.value,
    }
    found |= {"condition": deadline.condition, "rule_set": deadline.rule_set.key}
    if "start" in wanted:
        granted = [Granted(key) for key in wanted.get("extensions", ())]
        reckoned = due(deadline, wanted["start"], shipped.calendar(), extensions=granted)
        found |= {"due": reckoned.due_on, "provisional": reckoned.provisional}
    return found


def _differences(what: str, wanted: dict[str, Any], found: dict[str, Any]) -> list[str]:
    told = {"cite", "on", "deadline", "case_date", "start", "extensions"}
    problems = []
    for name, value in wanted.items():
        if name in told:
            continue
        expected = sorted(value) if name == "missing" else value
        if found.get(name) != expected:
            problems.append(f"{what} {name}: {expected!r} expected | {found.get(name)!r} found")
    return problems


def _cite(duty: Duty) -> str:
    return "/".join(duty.citation)


def _line(duty: Duty) -> str:
    return f"{duty.standing.value}, {duty.kept.value}, missing {list(duty.missing)}"


def _report(case: Case, problems: list[str]) -> str:
    facts = "\n".join(f"    {name} = {value}" for name, value in case.facts.items())
    head = f"{case.file}: {case.key} — {case.title['zh']} / {case.title['en']}\n  {case.why['en']}"
    asked = f"  {case.subject} in {sorted(case.areas)} on {case.on}\n{facts}" if case.subject else ""
    return "\n".join([head, asked, "  expected | found", *(f"    {problem}" for problem in problems)])
