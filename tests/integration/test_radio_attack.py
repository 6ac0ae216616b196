"""What is published of a radio run does not depend on where in its cell a hidden station stands, nor on how it sends.

Two registers that differ only there must be published alike, byte for byte: whatever is reckoned from a published run,
or from the difference of two, then locates no station closer than its cell.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import text

from infra_registry.access import ANONYMOUS, SERVICE
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.radio.result import tile_store as result_tile_store
from infra_registry.coverage.radio.result.store import RadioGapFilter, RemedyFilter
from infra_registry.coverage.runs import life
from infra_registry.coverage.runs.published import middle_of, quad_of
from infra_registry.db import Database
from tests.integration.radio_town import (
    LAT,
    LON,
    Station,
    Town,
    add_stations,
    done,
    gap_shapes,
    make_town,
)

PASSING = ("id", "code", "asked_at", "ended_at", "job_id")
TILES = ((9, 421, 202), (12, 3374, 1616), (12, 3375, 1617), (13, 6749, 3234))


def published(database: Database, town: Town, **more: Any) -> tuple[str, bytes]:
    """Compute and publish a run; all that the public can get of it, as bytes without codes and times."""
    code = done(database, town.regulator, **more)
    with database.use_case(town.regulator) as connection:
        life.publish(connection, town.regulator, code, public=True)
    with database.use_case(ANONYMOUS) as connection:
        run = result_store.radio_run(connection, code)
        layers = result_store.layers(connection, run, "public")
        parts: list[Any] = [
            {
                name: run[name]
                for name in run
                if name not in (*PASSING, "user_id", "compared_with_id", "parameters")
            },
            [{name: row[name] for name in row if name != "id"} for row in layers],
            [
                _plain(row)
                for row in result_store.gaps(connection, run, "public", RadioGapFilter(), limit=10_000)
            ],
            [
                _plain(row)
                for row in result_store.remedies(connection, run, "public", RemedyFilter(), limit=10_000)
            ],
            result_store.sets(connection, run, "public"),
            [shape.wkb_hex for shape in gap_shapes(connection, run["code"], "public").values()],
            [
                result_tile_store.class_tile(connection, run, row["id"], tile)
                for row in layers
                for tile in TILES
            ],
            [result_tile_store.gap_tile(connection, run, "public", tile) for tile in TILES],
            [result_tile_store.remedy_tile(connection, run, "public", tile) for tile in TILES],
            connection.execute(
                text("""SELECT l.ordinal, c.x, c.y, c.signal_class FROM radio_class c
                        JOIN radio_layer l ON l.id = c.layer_id WHERE l.run_id = :run ORDER BY 1, 3, 2"""),
                {"run": run["id"]},
            ).all(),
        ]
    return code, repr(parts).encode()


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: str(row[name]) for name in row if name != "id"}


def corners(lon: float, lat: float) -> list[tuple[float, float]]:
    """Places far apart in the quad cell of a point."""
    import numpy as np

    x, y = (int(part[0]) for part in quad_of(np.array([lon]), np.array([lat])))
    (west, north), (east, south) = middle_of(x, y), middle_of(x + 1, y + 1)
    half_lon, half_lat = (east - west) / 2, (north - south) / 2
    return [
        (west - 0.95 * half_lon, north - 0.95 * half_lat),
        (west + 0.95 * half_lon, north + 0.95 * half_lat),
    ]


def test_a_hidden_station_is_nowhere_in_particular_in_its_cell(database: Database, var: Path) -> None:
    here, there = corners(LON + 0.012, LAT - 0.004)
    hidden = {"technology": "4g", "azimuth_deg": 20, "antenna_height_m": 15, "eirp_dbm": 40, "tilt_deg": 8}
    town = make_town(
        database,
        (
            Station("open", LON - 0.03, LAT, "east", access_class="P1"),
            Station("blurred", *here, "west", (hidden,)),
            Station("granted", LON - 0.01, LAT + 0.012, "east", (hidden,), access_class="P3"),
        ),
    )
    first, one = published(database, town)
    with database.use_case(SERVICE) as connection:
        connection.execute(
            text("""UPDATE asset_place SET geom = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)
                    WHERE asset_id = :id AND level = 'exact'"""),
            {"lon": there[0], "lat": there[1], "id": town.stations["blurred"]},
        )
        connection.execute(
            text("""UPDATE cell SET azimuth_deg = 200, antenna_height_m = 60, eirp_dbm = 66, tilt_deg = 0,
                      band_low_mhz = 700, band_high_mhz = 720 WHERE asset_id = ANY (:ids)"""),
            {"ids": [town.stations["blurred"], town.stations["granted"]]},
        )
    second, other = published(database, town)
    with database.use_case(town.regulator) as connection:
        inside = [
            result_store.gaps(
                connection, result_store.radio_run(connection, code), "internal", RadioGapFilter(), limit=1000
            )
            for code in (first, second)
        ]
    assert inside[0] != inside[1], "the regulator's edition does see the difference"
    assert one == other
    third, _ = published(database, town, compared_with=first, remedies=False)
    with database.use_case(ANONYMOUS) as connection:
        run = result_store.radio_run(connection, third)
        rows = result_store.gaps(connection, run, "public", RadioGapFilter(), limit=10_000)
    assert {row["compared"] for row in rows} == {"same"}


def test_a_withheld_station_changes_nothing_but_that_something_is_withheld(
    database: Database,
    var: Path,
) -> None:
    town = make_town(database, (Station("open", LON - 0.03, LAT, "east", access_class="P1"),))
    _, without = published(database, town)
    with database.use_case(SERVICE) as connection:
        add_stations(connection, town, (Station("secret", LON + 0.02, LAT, "west", access_class="P4"),))
    _, withheld = published(database, town)
    assert without.replace(b"'withheld': 0", b"'withheld': None") == withheld
