"""Remedies on a real register: who could serve, what stands in the way, what is chosen, and who may know."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from sqlalchemy import text

from infra_registry.access import SERVICE
from infra_registry.assets import agreements
from infra_registry.cluster import Cluster
from infra_registry.coverage.remedies.host_state import Parameters, Remedies, Remedy, Situation
from infra_registry.coverage.remedies.site_search import find
from infra_registry.db import Database
from tests.conftest import cloned
from tests.integration.remedy_town import ON, ONE_SET, PEOPLE, Town, situation
from tests.origin import Origin


@pytest.fixture(scope="module")
def town(remedy_origin: Origin) -> Town:
    town: Town = remedy_origin.content
    return town


@pytest.fixture(scope="module")
def module_database(cluster: Cluster, remedy_origin: Origin) -> Iterator[Database]:
    with cloned(cluster, remedy_origin.template) as database:
        yield database


@pytest.fixture
def database(cluster: Cluster, remedy_origin: Origin) -> Iterator[Database]:
    with cloned(cluster, remedy_origin.template) as database:
        yield database


def found(database: Database, asked: Situation, town: Town, who: str = "regulator") -> Remedies:
    with database.use_case(town.towns.actors[who]) as connection:
        return find(connection, asked)


def of(answer: Remedies, town: Town, name: str) -> Remedy:
    (one,) = [item for item in answer.remedies if item.asset_id == town.ids[name]]
    return one


def keys(remedy: Remedy) -> set[str]:
    return {one["key"] for one in remedy.obstacles}


def params(remedy: Remedy, key: str) -> dict:
    (one,) = [item["params"] for item in remedy.obstacles if item["key"] == key]
    return one


@pytest.fixture(scope="module")
def answer(module_database: Database, town: Town) -> Remedies:
    return found(module_database, situation(town), town)


def test_hosts_that_stand_come_first_then_works_then_new_sites(answer: Remedies, town: Town) -> None:
    order = [
        1 if item.candidate_kind == "host" and item.asset_id != town.ids["coming"] else
        3 if item.candidate_kind == "new_site" else 2
        for item in answer.remedies
    ]  # fmt: skip
    assert order == sorted(order)
    assert set(order) == {1, 2, 3}
    assert [item.ordinal for item in answer.remedies] == list(range(1, len(answer.remedies) + 1))
    shares = [item.people_gained for item, rank in zip(answer.remedies, order, strict=True) if rank == 1]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] > 0


def test_a_host_out_of_reach_is_no_remedy(answer: Remedies, town: Town) -> None:
    assert town.ids["far"] not in {item.asset_id for item in answer.remedies}


def test_a_refusal_is_told_with_ground_date_and_article_and_is_not_chosen(
    answer: Remedies, town: Town
) -> None:
    refused = of(answer, town, "refused")
    facts = params(refused, "refused")
    assert facts["since"] == "2026-06-20"
    assert facts["ground"]["zh"]
    assert facts["ground"]["en"] != "safety"
    assert facts["law"]["zh"].endswith("款") or "条" in facts["law"]["zh"]
    assert refused.duty["rulebook"] == "yingtan"
    assert refused.duty["standing"] == "conditions_not_shown"
    assert refused.opening_state == "refused"
    assert refused.free_units == 25
    assert all(refused.ordinal not in one.chosen for one in answer.sets if not one.lifted)


def test_an_exclusive_agreement_names_its_holder_and_its_end(answer: Remedies, town: Town) -> None:
    facts = params(of(answer, town, "exclusive"), "exclusive")
    assert facts["party"] == "carrier"
    assert facts["until"] == "2028-01-01"
    assert facts["agreement"] == "A-ONLY"
    assert facts["party_name"] == {"zh": "carrier单位", "en": "carrier单位"}


def test_who_holds_the_exclusive_right_is_not_barred_by_it(module_database: Database, town: Town) -> None:
    mine = found(module_database, situation(town, operators=("carrier",), parameters=ONE_SET), town)
    two = ("carrier", "other_carrier")
    both = found(module_database, situation(town, operators=two, parameters=ONE_SET), town)
    assert "exclusive_own" in keys(of(mine, town, "exclusive"))
    assert "exclusive" in keys(of(both, town, "exclusive"))


def test_a_full_mast_stays_in_the_list_and_is_never_chosen(answer: Remedies, town: Town) -> None:
    full = of(answer, town, "full")
    assert params(full, "no_free_unit") == {"units": 1}
    assert full.free_units == 0
    assert all(full.ordinal not in one.chosen for one in answer.sets)


def test_what_is_not_registered_is_said_so(answer: Remedies, town: Town) -> None:
    pole = of(answer, town, "pole")
    assert pole.free_units is None
    assert {"units_not_registered", "load_unknown", "not_asked"} <= keys(pole)
    assert "host_planned" in keys(of(answer, town, "coming"))
    (works,) = [item for item in answer.remedies if item.project_id]
    assert "works_not_begun" in keys(works)
    assert works.candidate_kind == "project"
    new = [item for item in answer.remedies if item.candidate_kind == "new_site"]
    assert all("new_site_needs_land" in keys(item) and item.place for item in new)


def test_gains_are_people_and_ground_of_served_cells_and_add_up_by_gap(answer: Remedies) -> None:
    for item in answer.remedies:
        assert item.people_gained == pytest.approx(item.area_gained_m2 / 2500 * PEOPLE)
        assert [gain.key for gain in item.gaps] == [70]
        assert item.gaps[0].people == pytest.approx(item.people_gained)
        assert item.gaps[0].area_m2 == item.area_gained_m2


def test_a_pole_reaches_less_far_than_a_mast(answer: Remedies, town: Town) -> None:
    assert of(answer, town, "pole").area_gained_m2 < of(answer, town, "hidden").area_gained_m2 / 2


def test_sets_keep_to_their_aim_and_prove_a_bound(answer: Remedies) -> None:
    people = {item.ordinal: item.people_gained for item in answer.remedies}
    total = answer.facts["total"]
    for one in answer.sets:
        assert len(one.reasons) == len(one.chosen) == len(set(one.chosen))
        if one.aim == "budget":
            assert len(one.chosen) <= one.wanted
            assert one.people <= one.bound + 1e-6
            assert one.people <= sum(people[ordinal] for ordinal in one.chosen) + 0.1
        elif one.wanted not in answer.facts["missed"]:
            assert one.people >= one.wanted * total - 1e-6
            assert one.bound <= len(one.chosen)


def test_lifting_refusals_and_agreements_never_serves_fewer(answer: Remedies, town: Town) -> None:
    now = {(one.aim, one.wanted): one for one in answer.sets if not one.lifted}
    then = {(one.aim, one.wanted): one for one in answer.sets if one.lifted}
    assert now.keys() == then.keys()
    for key, one in then.items():
        if key[0] == "budget":
            assert one.people >= now[key].people * (1 - 0.1)
    lifted = {ordinal for one in then.values() for ordinal in one.chosen}
    assert lifted & {of(answer, town, name).ordinal for name in ("refused", "exclusive")}


def test_sharing_is_preferred_to_a_new_site_that_serves_little_more(
    module_database: Database, town: Town
) -> None:
    answer = found(module_database, situation(town), town)
    (one,) = [item for item in answer.sets if item.aim == "budget" and item.wanted == 1 and not item.lifted]
    (chosen,) = [item for item in answer.remedies if item.ordinal == one.chosen[0]]
    assert chosen.candidate_kind == "host"
    assert one.reasons[0]["key"] == "share"


def test_the_same_question_gets_the_same_answer(
    module_database: Database, town: Town, answer: Remedies
) -> None:
    assert found(module_database, situation(town), town) == answer


def test_the_public_edition_knows_only_what_everybody_may(module_database: Database, town: Town) -> None:
    public = found(module_database, situation(town, edition="public", parameters=ONE_SET), town)
    hosts = {item.asset_id for item in public.remedies if item.asset_id}
    assert town.ids["hidden"] not in hosts
    assert {town.ids["refused"], town.ids["pole"]} <= hosts
    assert not any(item.project_id for item in public.remedies)
    assert not any("exclusive" in key for item in public.remedies for key in keys(item))
    full = of(public, town, "full")
    assert full.free_units is None
    assert "units_not_shown" in keys(full)
    assert of(public, town, "refused").opening_state == "refused"


def test_the_public_edition_is_blind_to_what_is_hidden(database: Database, town: Town) -> None:
    with database.use_case(SERVICE) as connection:
        before = find(connection, situation(town, edition="public"))
        connection.execute(
            text(
                "UPDATE asset_place SET geom = ST_Translate(geom, 0.001, 0) WHERE asset_id = :id AND level = 'exact'"
            ),
            {"id": town.ids["hidden"]},
        )
        connection.execute(
            text("UPDATE asset_tower SET height_m = 90 WHERE asset_id = :id"), {"id": town.ids["hidden"]}
        )
        assert find(connection, situation(town, edition="public")) == before


def test_the_product_takes_hidden_hosts_of_the_area_alone(module_database: Database, town: Town) -> None:
    with module_database.use_case(SERVICE) as connection:
        asked = situation(town, parameters=ONE_SET)
        inside = find(connection, asked)
        elsewhere = find(connection, replace(asked, area_id=town.towns.cities["jining"]))
    assert town.ids["hidden"] in {item.asset_id for item in inside.remedies}
    assert town.ids["hidden"] not in {item.asset_id for item in elsewhere.remedies}


def test_another_reader_finds_no_host_he_may_not_place(module_database: Database, town: Town) -> None:
    seen = found(module_database, situation(town, parameters=ONE_SET), town, who="other_carrier")
    assert town.ids["hidden"] not in {item.asset_id for item in seen.remedies}


def test_people_who_lack_two_technologies_count_once(module_database: Database, town: Town) -> None:
    one = situation(town)
    both = replace(
        one,
        bad={"4g": one.bad["4g"], "5g": one.bad["4g"]},
        needed_dbm={"4g": -105.0, "5g": -110.0},
        parameters=Parameters(budgets=(3,), targets=(), new_sites=False),
    )
    answer = found(module_database, both, town)
    assert answer.facts["total"] == pytest.approx(float(one.people.sum()))
    assert answer.sets[0].people <= answer.facts["total"] + 1e-6
    assert any(reason["params"]["technologies"] == ["4g", "5g"] for reason in answer.sets[0].reasons)


def test_without_population_ground_is_what_counts(module_database: Database, town: Town) -> None:
    answer = found(module_database, replace(situation(town), people=None), town)
    assert answer.facts["weighed_by"] == "area"
    assert all(item.people_gained is None and item.gaps[0].people is None for item in answer.remedies)
    assert answer.sets[0].people > 0


def test_nothing_lacks(module_database: Database, town: Town) -> None:
    asked = situation(town)
    nothing = replace(asked, bad={"4g": np.zeros_like(asked.bad["4g"])}, gaps=())
    answer = found(module_database, nothing, town)
    assert answer.remedies == ()
    assert answer.sets == ()


def test_an_agreement_that_ended_or_only_rewards_bars_nobody(database: Database, town: Town) -> None:
    with database.use_case(SERVICE) as connection:
        connection.execute(text("UPDATE agreement SET period = daterange('2020-01-01', '2026-11-22')"))
        reward = agreements.Agreement(
            town.ids["open"],
            "exclusive_marketing",
            "合同",
            grantee_id=town.towns.parties["carrier"],
            since=date(2025, 1, 1),
        )
        agreements.add(connection, [reward])
        answer = find(connection, situation(town, parameters=ONE_SET))
        assert date(2026, 11, 22) == ON
        assert not {"exclusive", "exclusive_terms"} & keys(of(answer, town, "exclusive"))
        assert "exclusive_terms" in keys(of(answer, town, "open"))
        assert "exclusive" not in keys(of(answer, town, "open"))
