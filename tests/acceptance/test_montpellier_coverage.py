"""Who has no signal in a real city, and what that already stands would change it: from published files alone.

Masts, poles, establishments, census, streets and field measurements go in through the product's own commands; a run
comes out, is looked at critically, and its fields are set beside the measured ones. Figures are printed as they are.
"""

import json
import resource
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from infra_registry import words
from infra_registry.access import SERVICE
from infra_registry.cli import areas as areas_cli
from infra_registry.cli import coverage as coverage_cli
from infra_registry.cli import evidence as evidence_cli
from infra_registry.cli import sites as sites_cli
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.radio.result.store import INTERNAL, RadioGapFilter, RemedyFilter
from infra_registry.db import Database
from tests.acceptance.montpellier import call

pytestmark = pytest.mark.acceptance
CITY = "FR-34172"
CENSUS = 207_956
IRIS = ("--people-field", "xpoptot", "--header-row", "7", "--only", "dc=34172", "--spread-over-area")
TECHNOLOGIES = ("2g", "3g", "4g")


@dataclass(frozen=True)
class City:
    """The register with everything in it, and the run over it as the command line told it."""

    database: Database
    run: dict[str, Any]
    seconds: float


@pytest.fixture(scope="module")
def city(
    city_database: Database, real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    """The other files through their commands, then the run."""
    folder = real_data / "montpellier"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGISTRY_VAR", str(tmp_path_factory.mktemp("var")))
        patch.setenv("REGISTRY_LANG", "en")
        patch.setattr("infra_registry.cli.session.open_database", lambda: city_database)
        begun = time.monotonic()
        said = call(
            areas_cli.areas, "population", folder / "INSEE_MTP_PopIRIS_1999.csv", "--area", CITY, *IRIS
        )
        assert "207956 people comes from the column xpoptot" in said
        assert "spread evenly over the whole area, which is not where they live" in said
        call(areas_cli.areas, "roads", folder / "VilleMTP_MTP_FilaireVoies__wgs84.geojson", "--area", CITY)
        measured = ("Mesures_globales", "Mesures_par_service")
        files = [folder / f"ANFR_MTP_Mesures__{name}.csv" for name in measured]
        call(evidence_cli.evidence, "measurements", *files, "--mapping", "anfr_field_strength")
        loaded = time.monotonic() - begun
        asked = [part for name in TECHNOLOGIES for part in ("--technology", name)]
        line = ("run", "radio", "--area", CITY, "--step-m", "50", "--environment", "indoor", *asked, "--json")
        begun = time.monotonic()
        run = json.loads(call(coverage_cli.coverage, *line))
        seconds = time.monotonic() - begun
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"\nother files loaded in {loaded:.0f} s, run in {seconds:.0f} s, at most {most:.0f} MiB in this process"
        )
        yield City(city_database, run, seconds)


def summary(city: City) -> dict[str, Any]:
    found: dict[str, Any] = city.run["summary"][INTERNAL]
    return found


def test_layers_by_technology_and_no_operator_is_inferred(city: City) -> None:
    layers = {(row["operator"], row["technology"]): row for row in city.run["layers"]}
    for row in summary(city)["covered"]:
        served = 100 * row["area_m2"] / row["area_total_m2"]
        print(
            f"{row['operator']} {row['technology']}: {row['people']:.0f} people, {served:.1f} % of the area"
        )
    wanted = {(name, technology) for name in ("not_stated", "any") for technology in (*TECHNOLOGIES, "any")}
    assert set(layers) == wanted
    counts = {
        name: (layers["not_stated", name]["stations"], layers["not_stated", name]["cells"])
        for name in TECHNOLOGIES
    }
    assert counts == {"2g": (178, 848), "3g": (213, 1198), "4g": (169, 679)}
    assert layers["any", "any"]["stations"] == 221
    # With one group alone, the union of operators is that group.
    assert layers["any", "4g"]["stats"] == layers["not_stated", "4g"]["stats"]


def test_every_cell_used_defaults_and_says_so(city: City) -> None:
    told = summary(city)
    assert told["cells"] == told["cells_defaulted"] == 2725
    assert told["defaults"] == {"eirp_dbm": 2725, "tilt_deg": 2725}
    aside = {name.rsplit(".", 1)[-1]: count for name, count in told["left_out"].items() if count}
    assert aside == {"idle": 336, "uplink": 2544}
    assert (
        848 + 1198 + 679 + 336 + 2544 == 5605
    )  # every 2G, 3G and 4G row of the workbook that is not written twice


def test_people_are_the_census_total_and_printed_as_spread(city: City) -> None:
    people = summary(city)["people"]
    assert (people["known"], people["on_grid"]) == (CENSUS, pytest.approx(CENSUS, abs=1))
    said = [words.say("en", one["key"], **one["params"]) for one in people["basis"]]
    print(*said, sep="\n")
    assert any("207956" in line and "spread" in line for line in said)
    shown = call(coverage_cli.coverage, "show", city.run["code"])
    assert all(line in shown for line in said)
    for row in city.run["layers"]:
        assert sum(row["stats"]["people"]) <= CENSUS + 1


def test_gaps_lie_in_quarters(city: City) -> None:
    with city.database.use_case(SERVICE) as connection:
        run = result_store.radio_run(connection, city.run["code"])
        gaps = result_store.gaps(connection, run, INTERNAL, RadioGapFilter(), limit=1000)
        quarters = set(connection.scalars(text("SELECT code FROM area WHERE code LIKE 'FR-34172-%'")))
    assert len(gaps) == summary(city)["gaps"]["count"] > 0
    assert {gap["district"] for gap in gaps} <= quarters
    assert len(quarters) == 7
    people: Counter[tuple[str, str]] = Counter()
    for gap in gaps:
        people[gap["district_name"], gap["technology"]] += gap["people"]
    for (quarter, technology), count in sorted(people.items()):
        print(f"{quarter:22} {technology}: {count:6.0f} people in gaps")
    # 4G has fewer stations and the higher bands: it lacks in more quarters than 3G, which serves nearly everyone.
    by_technology = {
        name: {gap["district"] for gap in gaps if gap["technology"] == name} for name in TECHNOLOGIES
    }
    assert len(by_technology["4g"]) > len(by_technology["3g"])
    order = [gap["people"] for gap in gaps]
    assert order == sorted(order, reverse=True)


def test_remedies_are_what_stands_there_and_no_duty_is_made_up(city: City) -> None:
    with city.database.use_case(SERVICE) as connection:
        run = result_store.radio_run(connection, city.run["code"])
        rows = result_store.remedies(connection, run, INTERNAL, RemedyFilter(), limit=5000)
        codes = [row["asset"] for row in rows if row["asset"]]
        known = text("SELECT code FROM asset WHERE source_id IS NOT NULL AND code = ANY (:codes)")
        sourced = set(connection.scalars(known, {"codes": codes}))
    kinds = Counter(row["asset_kind"] or row["candidate_kind"] for row in rows)
    print("remedies listed", dict(kinds), "candidates", summary(city)["remedies"]["by_kind"])
    assert kinds["pole"] > 0
    assert kinds["public_building"] > 0
    assert all(row["asset"] in sourced for row in rows if row["candidate_kind"] == "host")
    assert all(row["duty"] is None for row in rows)
    # Owners are told as the source words them; whoever operates a mast is not stated and not guessed.
    assert {row["owner"] for row in rows if row["asset_kind"] == "tower"} > {"SFR", "ORANGE"}
    assert summary(city)["remedies"]["by_kind"]["pole"] > 1000
    for one in city.run["sets"]:
        if one["aim"] == "budget":
            assert 0.95 * one["bound"] <= one["people"] <= one["bound"] + 1e-6
    said = call(sites_cli.sites, "recommend", city.run["code"], "--limit", "5")
    print(said)
    assert "No duty is known: no rulebook of this place is held" in said


def test_predicted_fields_beside_the_measured_ones(city: City) -> None:
    print(call(evidence_cli.evidence, "compare", "--area", CITY))
    told = json.loads(call(evidence_cli.evidence, "compare", "--area", CITY, "--json"))
    dropped = {(one["ref"], one["part"]): one["reason"] for one in told["dropped"]}
    rows = {(row["part"], row["name"]): row for row in told["figures"]}
    # 149 sites: each is compared, or named with its reason.
    outside = [ref for (ref, part), why in dropped.items() if part == "bands" and why == "fields.outside"]
    assert told["sites"] + len(outside) == 149
    bands = rows["bands", ""]
    assert bands["sites"] + sum(1 for _, part in dropped if part == "bands") == 149
    assert rows["whole", ""]["sites"] + sum(1 for _, part in dropped if part == "whole") == 149
    assert bands["sites"] == 135
    assert told["bands"] == [[790, 862], [921, 960], [1805, 1880], [2110, 2170]]
    assert told["filled"] == {"eirp_dbm": 2725, "tilt_deg": 2725}
    assert told["eirp_dbm"] == {"2g": [40, 58], "3g": [43, 61], "4g": [43, 61]}
    for row in rows.values():
        assert row["sites"] < 2 or (abs(row["bias_db"]) < 60 and 0 < row["sd_db"] < 40)
    # Places, days and bands fit together: sites measured lie near stations, and bands are told apart within a site.
    assert told["nearest_m"] < 100
    assert rows["band", "921–960"]["rank"] > 2 * rows["band", "921–960"]["chance"]
    assert rows["band", "1805–1880"]["rank"] > 2 * rows["band", "1805–1880"]["chance"]


def test_the_same_question_is_not_computed_twice(city: City) -> None:
    asked = [part for name in TECHNOLOGIES for part in ("--technology", name)]
    line = ("run", "radio", "--area", CITY, "--step-m", "50", "--environment", "indoor", *asked, "--json")
    again = json.loads(call(coverage_cli.coverage, *line))
    assert again["same_as"] == city.run["code"]
    assert again["inputs_digest"] == city.run["inputs_digest"]
