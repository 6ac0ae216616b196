"""Remedies without a register: gains against the plain model, obstacles, weights, choice, words."""

from datetime import date
from math import atan2, degrees, hypot
from typing import Any

import numpy as np
import pytest

from infra_registry import words
from infra_registry.coverage.grids.frame import Frame
from infra_registry.coverage.propagation.antenna import horizontal_attenuation, vertical_attenuation
from infra_registry.coverage.propagation.tr38901 import mean_loss
from infra_registry.coverage.remedies import candidates, choosing, gains, weighing
from infra_registry.coverage.remedies.candidates import Candidate
from infra_registry.coverage.remedies.host_state import GapCells, Parameters, Situation
from infra_registry.coverage.remedies.obstacles import (
    BARRING,
    LIFTABLE,
    Exclusive,
    Ledger,
    bars,
    bars_when_lifted,
    obstacles,
)
from infra_registry.coverage.remedies.standard_site import standard
from infra_registry.reports.radio import remedy_sentences as sentences

ON = date(2026, 11, 22)
FRAME = Frame(32650, 100, 5000, -35000, 60, 50)
WEST, NORTH = 500_000.0, 3_500_000.0
# Every key that obstacles of a candidate bear.
OBSTACLES = (
    *sorted(BARRING),
    "exclusive_terms",
    "exclusive_own",
    "units_not_registered",
    "units_not_shown",
    "no_answer",
    "asked",
    "not_asked",
    "protected",
    "no_power",
    "load_unknown",
    "height_assumed",
    "host_planned",
    "works_not_begun",
    "works_not_designated",
    "new_site_needs_land",
    "terrain_blocks",
    "terrain_unknown",
)


def town(bad: np.ndarray | None = None, people: float | None = 2.0, **values) -> Situation:
    lacking = np.ones((FRAME.rows, FRAME.cols), bool) if bad is None else bad
    weights = None if people is None else np.full(lacking.shape, people, np.float32)
    known: dict[str, Any] = {"bad": {"4g": lacking}, "needed_dbm": {"4g": -100.0}, "gaps": ()}
    return Situation(
        FRAME, 1, people=weights, edition="internal", as_of=ON,
        parameters=Parameters(budgets=(1,), targets=()), **(known | values),
    )  # fmt: skip


def host(kind: str = "tower", x: float = 2950.0, y: float = -2450.0, **values) -> Candidate:
    own: dict[str, Any] = {
        "priority": 1,
        "code": "T-1",
        "height_m": 30.0,
        "height_assumed": False,
        "asset_id": 1,
    }
    return Candidate(kind=kind, x_m=WEST + x, y_m=NORTH + y, **(own | values))


def plainly(situation: Situation, one: Candidate, technology: str = "4g") -> set[int]:
    """Cells served, cell by cell with the pure model."""
    site = standard().site_on(one.kind, one.height_m)
    radio, found = site.radio[technology], set()
    for row in range(FRAME.rows):
        for col in range(FRAME.cols):
            dx = WEST + (col + 0.5) * 100 - one.x_m
            dy = NORTH - (row + 0.5) * 100 - one.y_m
            far = max(hypot(dx, dy), 1.0)
            loss = float(mean_loss(site.scenario, far, round(one.height_m), 1.5, radio.frequency_mhz))
            loss += float(vertical_attenuation(degrees(atan2(round(one.height_m) - 1.5, far))))
            if site.sectors > 1:
                bearing = int(degrees(atan2(dx, dy)) % 360)
                turns = [bearing - i * 360 / site.sectors for i in range(site.sectors)]
                loss += min(float(horizontal_attenuation(turn, beam_deg=site.beam_deg)) for turn in turns)
            served = radio.reference_eirp_dbm - loss >= situation.needed_dbm[technology]
            if served and far <= site.reach_m and situation.bad[technology][row, col]:
                found.add(row * FRAME.cols + col)
    return found


def test_a_mast_as_low_as_a_lamp_gets_a_small_cell() -> None:
    assert standard().site_on("tower", 12.0) == standard().site_on("pole", 8.0)
    assert standard().site_on("tower", 12.1).name == "macro"
    assert standard().site_on("pole", 20.0).name == "small"


@pytest.mark.parametrize(("kind", "height"), [("tower", 30.0), ("pole", 9.0), ("public_building", 17.4)])
def test_gains_are_those_of_the_plain_model(kind: str, height: float) -> None:
    bad = np.random.default_rng(4).random((FRAME.rows, FRAME.cols)) < 0.7
    situation = town(bad)
    one = host(kind, x=3013.0, y=-2377.0, height_m=height)
    got = gains.served(situation, "4g", [one], standard())
    assert set(got.of(0).tolist()) == plainly(situation, one)
    assert len(got.of(0)) > 3


def test_a_candidate_at_the_edge_or_outside_serves_what_lies_inside() -> None:
    situation = town()
    for x, y in ((0.0, 0.0), (6000.0, -5000.0), (-300.0, -2500.0), (3000.0, 400.0)):
        one = host(x=x, y=y)
        got = gains.served(situation, "4g", [one], standard())
        assert set(got.of(0).tolist()) == plainly(situation, one) != set()


def test_indoors_less_is_served() -> None:
    outdoors = gains.served(town(), "4g", [host()], standard())
    indoors = gains.served(town(extra_loss_db={"4g": 15.0}), "4g", [host()], standard())
    assert 0 < len(indoors.cells) < len(outdoors.cells)
    assert set(indoors.cells) <= set(outdoors.cells)


def test_where_memory_ends_the_best_of_each_priority_stay_and_the_rest_is_counted() -> None:
    counts, people = np.array([10, 40, 30, 5, 50]), np.array([1.0, 9.0, 3.0, 2.0, 9.0])
    priority = np.array([1, 1, 1, 3, 3])
    assert list(gains._fitting(counts, people, priority, 1000)) == [0, 1, 2, 3, 4]
    assert list(gains._fitting(counts, people, priority, 80)) == [0, 1, 2]
    kept = gains._fitting(counts, people, priority, 60)
    assert counts[kept].sum() <= 60
    assert 1 in kept


@pytest.mark.parametrize(
    ("kind", "row", "height", "assumed"),
    [
        ("tower", {"height_m": 40.0}, 39.0, False),
        ("tower", {}, 30.0, True),
        ("tower", {"height_m": 6.0, "structure_type": "rooftop"}, 20.0, True),
        ("pole", {"height_m": 1.0}, 4.0, False),
        ("premises", {"floor_count": 10}, 33.0, False),
        ("public_building", {"height_m": 900.0}, 150.0, False),
    ],
)
def test_heights_are_registered_or_said_to_be_assumed(
    kind: str, row: dict, height: float, *, assumed: bool
) -> None:
    known = {"height_m": None, "floor_count": None, "structure_type": None} | row
    one = type("Row", (), known)()
    assert candidates.antenna_height(kind, one, standard().heights) == (height, assumed)


def test_new_sites_stand_on_one_grid_wherever_the_frame_lies() -> None:
    bad = np.zeros((FRAME.rows, FRAME.cols), bool)
    bad[10:30, 10:30] = True
    first = candidates.of_grid(town(bad), standard())
    moved = Frame(32650, 100, 4990, -35010, 80, 70)
    shifted = np.zeros((70, 80), bool)
    shifted[20:40, 20:40] = True
    second = candidates.of_grid(
        Situation(moved, 1, {"4g": shifted}, {"4g": -100.0}, None, (), "internal", ON), standard()
    )
    assert first == second
    assert len(first) == 16
    spacing = standard().spacing_m
    assert {(one.x_m % spacing, one.y_m % spacing) for one in first} == {(spacing / 2, spacing / 2)}


def keys(
    ledger: Ledger, one: Candidate | None = None, lacking: frozenset[str] = frozenset({"any"})
) -> set[str]:
    return {item["key"] for item in obstacles(one or host(), ledger, lacking=lacking, on=ON)}


def test_room_left_taken_and_unknown_are_told_apart() -> None:
    assert "no_free_unit" in keys(Ledger(free=0, units=3))
    assert "roof_too_small" in keys(Ledger(free=0, units=1, free_m2=2.0))
    assert "units_not_registered" in keys(Ledger())
    assert "units_not_shown" in keys(Ledger(shown=False))
    assert not {"no_free_unit", "units_not_registered"} & keys(Ledger(free=2, units=3))


@pytest.mark.parametrize("state", ["refused", "declined", "exempt", "no_answer", "asked", "not_asked"])
def test_each_state_of_opening_is_told(state: str) -> None:
    found = obstacles(
        host(),
        Ledger(free=1, state=state, ground="safety", asked_on=date(2026, 11, 2)),
        lacking=frozenset(),
        on=ON,
    )
    assert state in {item["key"] for item in found}
    assert bars(found) == (state in ("refused", "declined", "exempt"))
    assert bars_when_lifted(found) == (state in ("declined", "exempt"))
    days = [item["params"]["days"] for item in found if item["key"] in ("asked", "no_answer")]
    assert days == ([20] if state in ("asked", "no_answer") else [])


@pytest.mark.parametrize("state", ["open", "offered"])
def test_what_is_open_has_nothing_in_its_way(state: str) -> None:
    assert keys(Ledger(free=1, state=state), host(load_known=True)) == set()


def test_exclusive_terms_bar_others_alone_and_marketing_bars_nobody() -> None:
    party: dict[str, Any] = {"party": "unicom", "party_name": {"zh": "联通", "en": "Unicom"}, "until": None}
    deal = Exclusive("A-1", "exclusive_access", None, **party)
    assert "exclusive" in keys(Ledger(free=1, exclusives=(deal,)))
    assert "exclusive_own" in keys(Ledger(free=1, exclusives=(deal,)), lacking=frozenset({"unicom"}))
    assert "exclusive" in keys(Ledger(free=1, exclusives=(deal,)), lacking=frozenset({"unicom", "mobile"}))
    selling = Exclusive("A-2", "exclusive_marketing", None, **party)
    assert "exclusive_terms" in keys(Ledger(free=1, exclusives=(selling,)))
    stated = Exclusive("A-3", "lease", True, **party)
    assert "exclusive" in keys(Ledger(free=1, exclusives=(stated,)))


@pytest.mark.parametrize("locale", ["zh-Hans", "en"])
@pytest.mark.parametrize("key", OBSTACLES)
def test_every_obstacle_is_said_whole_in_both_languages(key: str, locale: str) -> None:
    params = {"units": 2, "free_m2": 1.5, "days": 20, "share": 12}
    said = sentences.obstacle({"key": key, "params": params}, locale)
    lift = sentences.lifting({"key": key, "params": params}, locale)
    assert words.has(f"remedy.obstacle.{key}")
    assert (lift is not None) == (key in BARRING)
    if key != "exclusive" and not key.startswith("exclusive_"):
        assert "{" not in said + (lift or "")
    full = params | {
        "agreement": "A-1",
        "until": "2028-01-01",
        "party": "x",
        "party_name": {"zh": "联通", "en": "U"},
    }
    assert "{" not in sentences.obstacle({"key": key, "params": full}, locale)


def test_reasons_are_said_in_people_or_in_ground() -> None:
    for key in choosing.REASONS.values():
        for unit in ("people", "area"):
            one = {"key": key, "params": {unit: 1234.5, "technologies": ["4g", "5g"]}}
            for locale in ("zh-Hans", "en"):
                said = sentences.reason(one, locale)
                assert "1,23" in said
                assert "5G" in said
                assert "{" not in said


def weighed(situation: Situation, able: list[Candidate]) -> tuple[weighing.Weighed, list[weighing.Offer]]:
    reached = [gains.served(situation, name, able, standard()) for name in sorted(situation.bad)]
    given = weighing.offers(situation, reached)
    return weighing.weigh(situation, given, able), given


def test_everybody_in_a_gap_counts_once_reached_or_not() -> None:
    situation = town()
    found, given = weighed(situation, [host(), host("pole", x=100.0, code="P-1", asset_id=2)])
    assert found.total == pytest.approx(FRAME.rows * FRAME.cols * 2.0)
    assert found.problem.weights.sum() == pytest.approx(found.total)
    for row, site in enumerate(found.sites):
        offer = next(item for item in given if item.candidate == site)
        assert found.problem.weights[found.problem.row(row)].sum() == pytest.approx(offer.people)


def test_where_nobody_lives_in_the_gaps_ground_is_weighed() -> None:
    assert weighed(town(people=0.0), [host()])[0].by == "area"
    assert weighed(town(people=None), [host()])[0].by == "area"


def test_gap_gains_of_one_layer_add_up_to_the_offer() -> None:
    cells = np.arange(FRAME.rows * FRAME.cols, dtype=np.int32)
    west = cells[cells % FRAME.cols < 30]
    east = cells[cells % FRAME.cols >= 30]
    gaps = (GapCells(5, "any", "4g", west), GapCells(9, "any", "4g", east), GapCells(1, "any", "5g", cells))
    situation = town(gaps=gaps)
    (offer,) = weighed(situation, [host()])[1]
    book = weighing.GapBook(situation)
    found = book.gains("4g", offer.cells)
    assert [one.key for one in found] == [5, 9]
    assert sum(one.people or 0 for one in found) == pytest.approx(offer.people)
    assert sum(one.area_m2 for one in found) == offer.area_m2
    assert book.operators("4g", offer.cells) == {"any"}
    assert book.operators("2g", offer.cells) == frozenset()


def test_an_operators_gap_where_another_serves_is_closed_without_counting_as_people_gained() -> None:
    bad = np.zeros((FRAME.rows, FRAME.cols), bool)
    bad[:, :5] = True
    mine = np.arange(FRAME.rows * FRAME.cols, dtype=np.int32)
    situation = town(
        bad,
        gaps=(
            GapCells(1, "any", "4g", np.flatnonzero(bad).astype(np.int32)),
            GapCells(2, "unicom", "4g", mine),
        ),
    )
    found, (offer,) = weighed(situation, [host(x=4500.0)])
    gained = weighing.GapBook(situation).gains("4g", offer.reached)
    assert offer.people == 0
    assert offer.area_m2 == 0
    assert [(one.key, one.area_m2) for one in gained] == [(2, len(offer.reached) * 10_000.0)]
    assert found.sites == ()


def test_what_only_refusals_keep_away_is_told_in_people() -> None:
    able = [host(x=1500.0), host(x=4500.0, code="T-2", asset_id=2)]
    found, given = weighed(town(), able)
    refused = ({"key": "refused", "params": {}},)
    chosen = choosing.choose(found, able, {0: (), 1: refused}, Parameters((1,), ()), standard())
    served = [{int(cell) for cell in offer.cells} for offer in given]
    assert chosen.kept_from == pytest.approx(2.0 * len(served[1] - served[0]))
    assert [choice.sites for choice in chosen.choices if not choice.lifted] == [(0,)]
    free = choosing.choose(found, able, {0: (), 1: ()}, Parameters((1,), ()), standard())
    assert free.kept_from == 0
    assert not any(choice.lifted for choice in free.choices)


def test_the_list_keeps_what_was_chosen_and_what_could_be_lifted() -> None:
    able = [host(x=500.0 + 500 * i, code=f"T-{i}", asset_id=i) for i in range(10)]
    found, given = weighed(town(), able)
    barriers = {i: ({"key": "refused", "params": {}},) if i == 9 else () for i in range(10)}
    chosen = choosing.choose(found, able, barriers, Parameters((3,), ()), standard())
    kept = choosing.listed(choosing.ranked(given, able), able, barriers, chosen, most=1)
    picked = {site for choice in chosen.choices for site in choice.sites}
    assert picked | {9} <= {offer.candidate for offer in kept}
    assert len(kept) <= len(picked) + 2
    for one in choosing.numbered(chosen, kept, able, "people"):
        assert [kept[ordinal - 1].candidate for ordinal in one.chosen] == [
            site for choice in chosen.choices if choice.lifted == one.lifted for site in choice.sites
        ]


def test_what_can_be_lifted_is_a_part_of_what_bars() -> None:
    assert LIFTABLE < BARRING < set(OBSTACLES)
