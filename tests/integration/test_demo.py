"""Loading a sample city: once, again without a change, and away again; never in production."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from infra_registry import demo, jobs
from infra_registry.access import ANONYMOUS, SERVICE
from infra_registry.areas import store as areas
from infra_registry.cli.worker_modules import WORKER_MODULES
from infra_registry.cluster import Cluster
from infra_registry.config import Settings
from infra_registry.coverage.runs import store as run_store
from infra_registry.db import Database
from infra_registry.demo.load import accounts
from infra_registry.demo.scenes import RunScene
from infra_registry.errors import Forbidden, RegistryError
from tests.conftest import cloned
from tests.worker import run_pending

SMALL = min(demo.cities(), key=lambda item: sum(item.counts.values()))

TABLES = ("asset", "asset_place", "party", "allocation", "presence", "agreement", "project", "inhabited", "cell",
          "area", "area_boundary", "audit_event", "key_area", "opening_event", "evidence",
          "opening_target")  # fmt: skip


@pytest.fixture
def loaded(cluster: Cluster, sample_city: str) -> Iterator[Database]:
    """A register of the test's own with the small city."""
    with cloned(cluster, sample_city) as database:
        yield database


def counts(database: Database) -> dict[str, int]:
    with database.use_case(SERVICE) as connection:
        return {name: int(connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0) for name in TABLES}


def test_second_run_changes_nothing(loaded: Database) -> None:
    before = counts(loaded)
    again = demo.load(loaded, SMALL)
    assert (again.added, again.present) == (0, before["asset"])
    assert counts(loaded) == before


def test_every_asset_is_a_sample_in_its_district(loaded: Database) -> None:
    with loaded.use_case(SERVICE) as connection:
        city = areas.find(connection, SMALL.code, "gb2260")
        assert city is not None
        wrong = connection.scalar(
            text("SELECT count(*) FROM asset WHERE NOT sample OR city_id IS DISTINCT FROM :city"),
            {"city": city.id},
        )
        homeless = connection.scalar(
            text("""SELECT count(*) FROM asset a WHERE NOT EXISTS (
                    SELECT 1 FROM asset_area s JOIN area d ON d.id = s.area_id
                    WHERE s.asset_id = a.id AND s.level = 'exact' AND d.level = 'district')""")
        )
        outside = connection.scalar(text("SELECT count(*) FROM party WHERE NOT sample OR uscc IS NOT NULL"))
    assert (wrong, homeless, outside) == (0, 0, 0)


def test_works_are_stored_as_the_file_has_them(loaded: Database) -> None:
    assert SMALL.scenes.works
    with loaded.use_case(SERVICE) as connection:
        for scene in SMALL.scenes.works:
            row = connection.execute(
                text("SELECT id, setting, builds FROM project WHERE name LIKE '%' || :name"),
                {"name": scene.names[0]},
            ).one()
            acts = connection.execute(
                text("SELECT act, done_on FROM project_act WHERE project_id = :id"), {"id": row.id}
            )
            assert (row.setting, row.builds and tuple(row.builds)) == (scene.setting, scene.builds)
            stored = {row.act: row.done_on for row in acts}
            assert stored == dict(scene.acts)


def test_withheld_samples_are_not_public(loaded: Database) -> None:
    with loaded.use_case(SERVICE) as connection:
        everything = connection.scalar(
            text("SELECT count(*) FROM asset WHERE access_class NOT IN ('P0', 'P4')")
        )
    with loaded.use_case(ANONYMOUS) as connection:
        assert connection.scalar(text("SELECT count(*) FROM asset")) == everything
        assert (
            connection.scalar(
                text(
                    "SELECT count(*) FROM asset_place WHERE level = 'exact' AND kind = 'duct' AND access_class <> 'P1'"
                )
            )
            == 0
        )


def test_removal_leaves_nothing_of_it(loaded: Database) -> None:
    gone = demo.remove(loaded)
    left = counts(loaded)
    assert gone["assets"] > 300
    assert gone["kept"] == 0
    emptied = (
        "asset",
        "asset_place",
        "party",
        "allocation",
        "presence",
        "agreement",
        "project",
        "inhabited",
        "cell",
        "opening_event",
        "evidence",
        "opening_target",
    )
    assert [left[name] for name in emptied] == [0] * len(emptied)
    assert demo.load(loaded, SMALL).added == gone["assets"]


def test_zones_of_the_rulebook_apply_it_by_reference_and_go_with_the_samples(loaded: Database) -> None:
    with loaded.use_case(SERVICE) as connection:
        zones = connection.execute(
            text("""SELECT a.name, s.sample, s.note FROM area a JOIN source s ON s.id = a.source_id
                    WHERE a.scheme = 'zone'""")
        ).all()
        referred = connection.scalar(text("SELECT count(*) FROM duty_current WHERE by_reference"))
        broken = connection.scalar(
            text("SELECT count(*) FROM duty_current WHERE by_reference AND kept = 'broken'")
        )
        stale = connection.scalar(text("SELECT count(*) FROM duty_stale"))
    assert {zone.name for zone in zones} == {zone.name for zone in SMALL.scenes.zones}
    assert all(zone.sample and "no real boundary" in zone.note for zone in zones)
    assert (referred > 0, broken, stale) == (True, 0, 0)
    demo.remove(loaded)
    with loaded.use_case(SERVICE) as connection:
        assert connection.scalar(text("SELECT count(*) FROM area WHERE scheme = 'zone'")) == 0


def test_openings_are_as_the_file_tells(loaded: Database) -> None:
    with loaded.use_case(SERVICE) as connection:
        rows = connection.execute(text("SELECT act, count(*) AS n FROM opening_event GROUP BY act")).all()
        samples = connection.scalar(text("SELECT bool_and(sample) FROM opening_event"))
        grounds = set(connection.scalars(text("SELECT ground FROM opening_event WHERE act = 'refused'")))
    told: dict[str, int] = {}
    for scene in SMALL.scenes.openings:
        if scene.act:
            told[scene.act] = told.get(scene.act, 0) + scene.count
        if scene.asked_by:
            told["asked"] = told.get("asked", 0) + scene.count
    assert {row.act: row.n for row in rows} == told
    assert samples
    assert grounds == {scene.ground for scene in SMALL.scenes.openings if scene.act == "refused"}


def test_removal_keeps_what_something_refers_to(loaded: Database) -> None:
    with loaded.use_case(SERVICE) as connection:
        connection.execute(
            text("""UPDATE asset SET sample = false WHERE code = (
                    SELECT code FROM asset WHERE host_id IS NOT NULL ORDER BY code LIMIT 1)""")
        )
    gone = demo.remove(loaded)
    with loaded.use_case(SERVICE) as connection:
        rows = connection.execute(text("SELECT sample, kind FROM asset ORDER BY sample")).all()
        assert connection.scalar(text("SELECT count(*) FROM party")) >= 1
    assert [row.sample for row in rows] == [False, True]
    assert gone["kept"] >= 2


def with_runs() -> demo.City:
    """The small city with the runs that the city of the accounts shows."""
    return replace(
        SMALL, scenes=replace(SMALL.scenes, runs=(RunScene("radio", step_m=200), RunScene("wifi_reach")))
    )


def test_one_city_shows_coverage() -> None:
    shown = {
        city.code: [run.method for run in city.scenes.runs] for city in demo.cities() if city.scenes.runs
    }
    assert shown == {demo.people().city: ["radio", "wifi_reach"]}


def test_runs_are_announced_then_published_and_never_queued_twice(
    loaded: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REGISTRY_VAR", str(tmp_path))
    assert (demo.queue_runs(loaded, with_runs()), demo.queue_runs(loaded, with_runs())) == (2, 0)
    with loaded.use_case(ANONYMOUS) as connection:
        announced = run_store.computing(connection)
    assert [(run["method"], run["public"], run["summary"]) for run in announced] == [
        ("radio", True, None),
        ("wifi_reach", True, None),
    ]
    assert [run["job"].state for run in announced] == ["waiting", "waiting"]
    run_pending(loaded, modules=WORKER_MODULES)
    with loaded.use_case(ANONYMOUS) as connection:
        published = run_store.runs(connection)
        assert run_store.computing(connection) == []
        assert connection.scalar(text("SELECT count(*) FROM job")) == 0
    assert {run["method"] for run in published if run["summary"]} == {"radio", "wifi_reach"}
    assert demo.queue_runs(loaded, with_runs()) == 0
    demo.remove(loaded)
    with loaded.use_case(SERVICE) as connection:
        assert run_store.runs(connection) == []


def test_a_run_that_waits_goes_with_the_samples(loaded: Database) -> None:
    demo.queue_runs(loaded, with_runs())
    demo.remove(loaded)
    with loaded.use_case(SERVICE) as connection:
        assert run_store.runs(connection) == []
        assert set(connection.scalars(text("SELECT state FROM job WHERE task LIKE 'coverage.%'"))) == {
            "cancelled"
        }


def test_a_cancelled_run_is_no_longer_announced(loaded: Database) -> None:
    demo.queue_runs(loaded, with_runs())
    with loaded.use_case(SERVICE) as connection:
        for run in run_store.computing(connection):
            jobs.cancel(connection, run["job"].code)
    with loaded.use_case(ANONYMOUS) as connection:
        assert run_store.runs(connection) == []
    assert demo.queue_runs(loaded, with_runs()) == 2


def test_accounts_need_their_city(loaded: Database) -> None:
    with pytest.raises(RegistryError, match=r"demo\.no_city"):
        accounts(loaded)


def test_accounts_have_every_role_once(database: Database) -> None:
    table = demo.people()
    city = next(item for item in demo.cities() if item.code == table.city)
    assert demo.load(database, city).added > 3000
    with database.use_case(SERVICE) as connection:
        lists = connection.execute(
            text("""SELECT issued_on, ends_on, count(*) AS n, bool_and(sample) AS sample FROM key_area
                    GROUP BY issued_on, ends_on ORDER BY issued_on""")
        ).all()
        kept = set(connection.scalars(text("SELECT kept FROM duty_current WHERE key_area_id IS NOT NULL")))
    told = sorted((one.issued_on, len(one.places)) for one in city.scenes.key_lists)
    assert [(row.issued_on, row.n) for row in lists] == told
    assert (lists[0].ends_on < lists[1].issued_on, lists[1].ends_on) == (True, None)
    assert all(row.sample for row in lists)
    assert {"kept", "broken"} <= kept
    assert accounts(database) == len(table.accounts)
    assert accounts(database) == 0
    with database.use_case(SERVICE) as connection:
        roles = set(connection.scalars(text("SELECT DISTINCT role FROM user_role")))
        assert connection.scalar(text("SELECT bool_and(sample) FROM user_account"))
    assert len(roles) == 8


def test_production_refuses_samples() -> None:
    with pytest.raises(Forbidden, match=r"demo\.production"):
        demo.prepare(Settings(var_dir=Path("var"), profile="production"))
