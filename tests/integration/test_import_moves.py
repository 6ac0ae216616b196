"""What an import takes for the same thing, how far it moves it, and who takes it back on the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from infra_registry.access import SERVICE
from infra_registry.cli import importing
from infra_registry.db import Database
from infra_registry.errors import Conflict, RegistryError
from infra_registry.exchange import batches, store
from tests.integration.test_import_rights import city, regulator
from tests.integration.test_imports import check, codes, party, read, run, scalar, upload
from tests.worker import run_pending

pytestmark = pytest.mark.usefixtures("var")

NORTH = "ref,name,lon,lat\n1,North 1,116.70,35.50\n2,North 2,116.71,35.50\n"
SOUTH = "ref,name,lon,lat\n1,South 1,116.80,35.20\n2,South 2,116.81,35.20\n"
MOVED = NORTH.replace("116.71", "116.74")
PLACES = (
    "SELECT string_agg(a.name || ' ' || round(ST_X(geom)::numeric, 2), ', ' ORDER BY a.name) FROM asset a "
    "JOIN asset_place p ON p.asset_id = a.id AND p.level = 'exact'"
)


def moves(database: Database, code: str, batch: store.Batch) -> list[tuple[int | None, str | None]]:
    with database.use_case(SERVICE) as connection:
        return [(f.row_number, f.value) for f in store.findings(connection, batch.id, code=code)]


def test_two_lists_without_an_owner_and_with_the_same_references(database: Database) -> None:
    assert run(database, sent=upload(NORTH)).rows_written == 2
    second = run(database, sent=upload(SOUTH))
    assert second.rows_written == 2
    assert scalar(database, PLACES) == "North 1 116.70, North 2 116.71, South 1 116.80, South 2 116.81"
    assert codes(database, second) == {"finding.reference_elsewhere": 2}
    assert [round(float(m or 0), -2) for _, m in moves(database, "finding.reference_elsewhere", second)] == [
        34500
    ] * 2
    for again in (NORTH, SOUTH):
        assert run(database, sent=upload(again)).rows_written == 0


def test_another_stated_owner_is_another_thing_and_the_same_one_is_not(database: Database) -> None:
    one, other = (
        NORTH.replace("lat\n", "lat,owner\n").replace("35.50\n", f"35.50,{name}\n")
        for name in ("Mast Co", "Tower Co")
    )
    assert [run(database, sent=upload(sent)).rows_written for sent in (one, other, one, other)] == [
        2,
        2,
        0,
        0,
    ]


def test_the_move_of_an_owned_thing_is_told_and_must_be_confirmed(database: Database) -> None:
    party(database, "Carrier A")
    run(database, sent=upload(NORTH, owner="Carrier A"))
    near = run(database, sent=upload(NORTH.replace("116.70", "116.7001"), owner="Carrier A"))
    assert (near.rows_written, moves(database, "finding.moved", near)) == (1, [(2, "9.1")])
    batch = check(database, SERVICE, upload(MOVED, owner="Carrier A"))
    assert moves(database, "finding.moved_far", batch) == [(3, "2722")]
    with pytest.raises(Conflict) as refused, database.use_case(SERVICE) as connection:
        batches.accept(connection, SERVICE, batch.code, partial=False)
    assert (refused.value.code, refused.value.params["count"]) == ("import.moves", 1)
    with database.use_case(SERVICE) as connection:
        batches.accept(connection, SERVICE, batch.code, partial=False, moves=True)
    run_pending(database)
    assert read(database, batch.code).rows_written == 2
    assert scalar(database, PLACES) == "North 1 116.70, North 2 116.74"


def test_a_move_that_came_about_after_the_check_is_not_written(database: Database) -> None:
    party(database, "Carrier A")
    waiting = check(database, SERVICE, upload(NORTH, owner="Carrier A"))
    run(database, sent=upload(MOVED, owner="Carrier A"))
    with database.use_case(SERVICE) as connection:
        batches.accept(connection, SERVICE, waiting.code, partial=False)
    run_pending(database)
    assert read(database, waiting.code).state == "staged"
    assert scalar(database, "SELECT problem FROM job ORDER BY id DESC LIMIT 1") == "import.moves"
    assert scalar(database, PLACES) == "North 1 116.70, North 2 116.74"


def test_a_host_without_an_owner_is_known_by_reference_and_place(database: Database) -> None:
    run(database, sent=upload(NORTH))
    head = "owner_ref,name,lon,lat,host\n"
    sent = head + "S1,One,116.70,35.50,1\nS2,Two,116.81,35.20,2\n"
    batch = run(database, partial=True, sent=upload(sent, "kind:base_station"))
    assert (batch.rows_written, codes(database, batch)) == (1, {"finding.unknown_parent": 1})
    run(database, sent=upload(SOUTH))
    again = run(database, partial=True, sent=upload(sent, "kind:base_station"))
    assert (again.rows_written, codes(database, again)) == (1, {})
    hosts = "SELECT string_agg(h.name, ', ' ORDER BY s.name) FROM asset s JOIN asset h ON h.id = s.host_id"
    assert scalar(database, hosts) == "North 1, South 2"


def test_a_reference_two_owners_use_hangs_nothing_on_either(database: Database) -> None:
    for name in ("Carrier A", "Carrier B"):
        party(database, name)
        run(database, sent=upload(NORTH, owner=name))
    sent = upload("owner_ref,name,lon,lat,host\nS1,One,116.70,35.50,1\n", "kind:base_station")
    assert codes(database, check(database, SERVICE, sent)) == {"finding.unknown_parent": 1}


@pytest.fixture
def runner(database: Database, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("REGISTRY_LANG", "en")
    monkeypatch.setattr("infra_registry.cli.session.open_database", lambda: database)
    return CliRunner()


def test_the_command_line_tells_moves_and_takes_them_back(
    database: Database, runner: CliRunner, tmp_path: Path
) -> None:
    party(database, "Carrier A")
    run(database, sent=upload(NORTH, owner="Carrier A"))
    source = tmp_path / "masts.csv"
    source.write_text(MOVED + "3,North 3,116.75,35.50\n", "utf-8")
    asked = [str(source), "--kind", "tower", "--owner", "Carrier A"]
    refused = runner.invoke(importing.import_, asked)
    assert refused.exit_code == 1
    assert "1 new, 1 changed, 1 unchanged, 1 moved" in refused.output
    assert "row 3: the place moves by 2722 m" in refused.output
    assert "by more than 100 m: 1" in refused.output
    assert "--confirm-moves" in refused.output
    assert scalar(database, "SELECT count(*) FROM asset") == 2
    done = runner.invoke(importing.import_, [*asked, "--confirm-moves", "--json"])
    facts = json.loads(done.stdout)
    assert (done.exit_code, facts["rows_written"], facts["moved"]) == (0, 2, [{"row": 3, "metres": 2722.0}])
    assert facts["outcomes"] == {"new": 1, "changed": 1, "unchanged": 1}
    back = runner.invoke(importing.import_, ["undo", facts["code"]])
    assert back.exit_code == 0, back.output
    assert "1 removed, 1 restored" in back.output
    assert scalar(database, PLACES) == "North 1 116.70, North 2 116.71"
    again = runner.invoke(importing.import_, ["undo", facts["code"]])
    assert isinstance(again.exception, Conflict)


def test_only_who_may_accept_takes_back_on_the_command_line(database: Database, runner: CliRunner) -> None:
    written = run(database, sent=upload(NORTH))
    regulator(database, city(database, "B", 118))
    refused = runner.invoke(importing.import_, ["undo", written.code, "--as", "reg"])
    assert isinstance(refused.exception, RegistryError)
    assert scalar(database, "SELECT count(*) FROM asset") == 2
