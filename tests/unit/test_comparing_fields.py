"""Predicted beside measured field strength: worked by hand, what is compared, what is left out, what a rank says."""

import math
from datetime import date

import pytest

from infra_registry.coverage.evidence.comparing_fields import Figures, Sender, Site, compare
from infra_registry.coverage.evidence.settings import FieldRules
from infra_registry.coverage.propagation.budget import complete, environment_loss_db
from infra_registry.coverage.propagation.defaults import radio
from infra_registry.coverage.propagation.model import CellRow
from infra_registry.coverage.propagation.scenario import UMA
from infra_registry.coverage.propagation.tr38901 import mean_loss
from infra_registry.reports.radio import field_sentences

RULES = FieldRules(0.33, (100.0,), 1000)
LOW, HIGH = (921.0, 960.0), (2110.0, 2170.0)
DAY = date(2010, 5, 1)


def sender(x: float = 0.0, *, band=(921.0, 939.0), since: date | None = None, key: int = 1) -> Sender:
    cell = CellRow(
        key, "any", "2g", x, 0.0, band_low_mhz=band[0], band_high_mhz=band[1], antenna_height_m=25.0,
        eirp_dbm=60.0, directivity="omni", tilt_deg=0.0,
    )  # fmt: skip
    return Sender(complete(cell, radio()), band, since)


def site(x: float, levels=None, whole: float | None = None, *, environment: str = "outdoor", ref="s") -> Site:
    return Site(ref, x, 0.0, DAY, environment, levels or {}, whole)


def row(found, part: str, name: str = "") -> Figures:
    return next(one for one in found.figures if (one.part, one.name) == (part, name))


def field(distance: float, *, off_db: float = 0.0) -> float:
    """E = √(30 EIRP) / d in free space, at the distance where free space loses as much; 60 dBm are a kilowatt."""
    below = math.degrees(math.atan2(23.5, distance))
    loss = float(mean_loss(UMA, distance, 25.0, 1.5, 930.0)) + 12.0 * (below / 65.0) ** 2 + off_db
    wavelength = 299.792458 / 930.0
    return math.sqrt(30.0 * 1000.0) / (wavelength / (4 * math.pi) * 10 ** (loss / 20))


@pytest.mark.parametrize("environment", ["outdoor", "indoor"])
def test_a_field_worked_by_hand(environment: str) -> None:
    walls = environment_loss_db(radio().environments[environment], 930.0)
    found = compare([site(200.0, {LOW: 0.5}, environment=environment)], [sender()], radio(), RULES)
    expected = field(200.0, off_db=walls)
    told = row(found, "bands")
    assert told.predicted == pytest.approx(expected, rel=1e-4)
    assert told.bias_db == pytest.approx(20 * math.log10(expected / 0.5), abs=1e-3)
    assert (told.sites, told.rank, found.nearest_m) == (1, None, 200.0)


def test_powers_of_carriers_add_and_a_later_station_does_not_count() -> None:
    both = [sender(), sender(key=2)]
    later = [*both, sender(key=3, since=date(2010, 5, 2)), sender(key=4, since=DAY)]
    place = [site(200.0, {LOW: 0.5})]
    assert row(compare(place, both, radio(), RULES), "bands").predicted == pytest.approx(
        math.sqrt(2) * field(200.0), rel=1e-4
    )
    found = compare(place, later, radio(), RULES)
    assert row(found, "bands").predicted == pytest.approx(math.sqrt(3) * field(200.0), rel=1e-4)
    assert (found.later, found.carriers) == (1, 4)


def test_only_bands_that_downlinks_fill_are_compared() -> None:
    wide, other = (30.0, 3000.0), (87.5, 108.0)
    levels = {LOW: 0.3, HIGH: 0.4, wide: 9.0, other: 5.0}
    found = compare([site(200.0, levels)], [sender(band=(921.0, 960.0))], radio(), RULES)
    assert found.bands == (LOW,)
    assert row(found, "bands").measured == pytest.approx(0.3)
    more = compare(
        [site(200.0, levels)], [sender(), sender(band=(921.0, 960.0)), sender(band=HIGH)], radio(), RULES
    )
    assert row(more, "bands").measured == pytest.approx(0.5)


def test_sites_without_a_figure_are_named_with_the_reason() -> None:
    sites = [
        site(150.0, {LOW: 0.5}, 0.6, ref="good"),
        site(150.0, {(87.5, 108.0): 1.0}, 0.0, ref="silent"),
        site(90_000.0, {LOW: 0.5}, 0.6, ref="far"),
        site(150.0, ref="bare"),
    ]
    found = compare(sites, [sender(band=LOW)], radio(), RULES)
    assert {(one.ref, one.part, one.reason) for one in found.dropped} == {
        ("silent", "bands", "fields.no_level"),
        ("silent", "whole", "fields.zero"),
        ("far", "bands", "fields.out_of_reach"),
        ("far", "whole", "fields.out_of_reach"),
        ("bare", "bands", "fields.no_level"),
        ("bare", "whole", "fields.no_level"),
    }
    assert (row(found, "bands").sites, row(found, "bands").ranked) == (1, 2)
    assert (row(found, "whole").sites, row(found, "whole").ranked) == (1, 3)
    assert sum(row(found, "distance", name).ranked for name in ("0–100", "≥ 100")) == 2


def test_rank_is_one_for_the_same_order_and_minus_one_for_the_opposite() -> None:
    ways = [120.0, 200.0, 400.0, 800.0, 1500.0]
    falling = [site(way, {LOW: 1.0 / way}) for way in ways]
    rising = [site(way, {LOW: way}) for way in ways]
    found = compare(falling, [sender(band=LOW)], radio(), RULES)
    told = row(found, "bands")
    assert (told.rank, told.chance) == (pytest.approx(1.0), 0.5)
    assert row(compare(rising, [sender(band=LOW)], radio(), RULES), "bands").rank == pytest.approx(-1.0)
    # Five sites: even a perfect order is within twice of what chance does, and the sentence says so.
    assert "tells nothing" in str(field_sentences.verdict(found, "en"))
    many = [site(100.0 + step, {LOW: 1.0 / (step + 1)}) for step in range(40)]
    said = field_sentences.verdict(compare(many, [sender(band=LOW)], radio(), RULES), "en")
    assert "goes with the measured order" in str(said)


def test_defaults_are_told_in_both_languages() -> None:
    bare = CellRow(1, "any", "2g", 0.0, 0.0, band_low_mhz=921.0, band_high_mhz=939.0)
    found = compare(
        [site(200.0, {LOW: 0.5})], [Sender(complete(bare, radio()), (921.0, 939.0), None)], radio(), RULES
    )
    assert found.filled == {"azimuth_deg": 1, "eirp_dbm": 1, "height_m": 1, "tilt_deg": 1}
    english, chinese = (
        " ".join(field_sentences.rests(found, "en")),
        "".join(field_sentences.rests(found, "zh-Hans")),
    )
    assert "2G without a registered EIRP gets 58 to 58 dBm" in english
    assert "58 dBm" in chinese
    assert len(field_sentences.rests(found, "en")) == len(field_sentences.rests(found, "zh-Hans")) == 10
