"""Whom a clause means, what an area may be named by, which clauses can concern a subject, what follows in words."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra_registry import words
from infra_registry.duties.judging import duty_words
from infra_registry.duties.judging.addressees import Holders, addressed, party_of
from infra_registry.duties.judging.fact_store import AreaName
from infra_registry.duties.judging.facts import codes
from infra_registry.rules.codes import Action, Effect
from infra_registry.rules.engine import ABROAD, DutySubject, Standing, ask
from infra_registry.rules.facts import FACTS, FactType
from infra_registry.rules.model import SubjectKind
from infra_registry.rules.narrowing import asked_facts, narrowed
from infra_registry.rules.reading import ADDRESSEES
from tests import shipped

KINDS = {
    1: "carrier",
    2: "property_manager",
    3: "public_body",
    4: "developer",
    5: "tower_company",
    6: "cable_company",
}


@pytest.mark.parametrize(
    ("word", "holders", "party"),
    [
        ("controller", {"controller": 3, "owner": 2}, 3),
        ("controller", {"owner": 2}, 2),
        ("owner", {"controller": 3, "owner": 2}, 2),
        ("manager", {"controller": 3, "owner": 2}, 3),
        ("manager", {"owner": 2}, None),
        ("operator", {"operator": 2}, 2),
        ("operator", {"owner": 5}, 5),
        ("operator", {"owner": 3}, None),
        ("telecom_operator", {"operator": 2, "owner": 1}, 1),
        ("telecom_operator", {"grantor": 2, "grantee": 1, "owner": 3}, 1),
        ("telecom_operator", {"operator": 6}, None),
        ("broadcast_operator", {"operator": 6}, 6),
        ("property_firm", {"controller": 3, "grantor": 2}, 2),
        ("builder", {"builder": 4, "owner": 1}, 4),
        ("line_builder", {"owner": 1}, 1),
        ("line_builder", {"owner": 3}, None),
        ("wifi_builder", {"owner": 3}, 3),
        ("developer", {"builder": 1, "owner": 4}, 4),
        ("government", {"controller": 3, "owner": 3}, None),
        ("anyone", {"controller": 3, "owner": 3}, None),
        ("public_body", {"controller": 1, "owner": 3}, 3),
    ],
)
def test_party_of(word: str, holders: dict[str, int], party: int | None) -> None:
    assert party_of(word, Holders(KINDS, **holders)) == party


def test_every_addressee_is_answered_and_each_party_named_once() -> None:
    holders = Holders(KINDS, owner=2, operator=2, controller=2, builder=2)
    for word in ADDRESSEES:
        assert party_of(word, holders) in (2, None)
    assert addressed(("owner", "manager", "property_firm"), holders).parties == (2,)
    assert addressed(("government", "owner"), holders).word == "owner"
    assert addressed(("government", "department"), holders) == addressed(("government",), Holders({}))
    assert addressed((), holders).word is None


def test_codes_of_areas() -> None:
    city = AreaName("gb2260", "370800", "济宁市", "city")
    zone = AreaName("zone", "", "高新区", "zone")
    abroad = AreaName("foreign", "34172", "Montpellier", "city")
    assert codes([city]) == {"370800"}
    assert codes([city, zone]) == {"370800", "高新区"}
    assert codes([abroad]) == {"foreign:34172", ABROAD}
    assert codes([abroad, city]) == {"foreign:34172", "370800"}  # a border runs through it
    assert codes([]) == frozenset()


def values(name: str) -> st.SearchStrategy[Any]:
    spec = FACTS[name]
    return {
        FactType.BOOLEAN: st.booleans(),
        FactType.CHOICE: st.sampled_from(spec.choices or ("x",)),
        FactType.CHOICES: st.lists(st.sampled_from(spec.choices or ("x",)), max_size=3).map(tuple),
        FactType.DATE: st.dates(date(1990, 1, 1), date(2030, 1, 1)),
        FactType.NUMBER: st.integers(0, 400),
    }[spec.type]


@st.composite
def subjects(draw: st.DrawFn) -> DutySubject:
    kind = draw(st.sampled_from([k for k in SubjectKind if k is not SubjectKind.PARTY]))
    names = [name for name, spec in FACTS.items() if kind in spec.subjects]
    chosen = draw(st.lists(st.sampled_from(sorted(names)), unique=True, max_size=12))
    facts = {name: draw(values(name)) for name in chosen}
    area = draw(st.sampled_from(["370800", "360600", "220200", "640100", "510100", "510000", "110000"]))
    return DutySubject(kind, frozenset({area}), facts)


@given(subject=subjects(), on=st.dates(date(1995, 1, 1), date(2035, 1, 1)))
def test_narrowing_changes_no_answer(subject: DutySubject, on: date) -> None:
    """Every shipped rulebook: asking the narrowed ones of a subject so known gives the same duties."""
    books = shipped.rulebooks()
    kind = subject.facts.get("kind")
    known = {"kind": kind} if kind else {}
    few = narrowed(books, subject.kind, subject.areas, known, on)
    whole, narrow = ask(books, subject, on).duties, ask(few, subject, on).duties

    def said(duties: Any) -> list[Any]:
        return [(d.citation, d.standing, d.kept, d.missing, d.by_reference) for d in duties]

    assert said(narrow) == said(whole)
    assert all(d.standing is not Standing.NOT_BOUND for d in narrow)
    asked = set(asked_facts(clause for book in few for clause in book.clauses))
    alike = DutySubject(subject.kind, subject.areas, {n: v for n, v in subject.facts.items() if n in asked})
    assert said(ask(few, alike, on).duties) == said(whole)


def test_everything_a_rulebook_may_say_has_words() -> None:
    keys = [f"fact.{name}" for name in FACTS]
    keys += [f"duty.effect.{one}" for one in Effect] + [f"duty.subject.{one}" for one in SubjectKind]
    keys += [f"law.party.{one}" for one in ADDRESSEES] + [f"law.step.{one}" for one in Action]
    keys += [f"law.standing.{one}" for one in Standing]
    assert [key for key in keys if not words.has(key)] == []


@pytest.mark.parametrize("locale", ["zh-Hans", "en"])
def test_consequences_of_every_clause_are_sentences(locale: str) -> None:
    for book in shipped.rulebooks():
        for clause in book.clauses:
            said = duty_words.consequence(clause, locale)
            assert said, (book.key, clause.key)
            assert "law." not in said, (book.key, clause.key)
            assert "{" not in said, (book.key, clause.key)
