"""The import pipeline: staged before written, all or nothing, twice the same, and taken back."""

import io
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from infra_registry.access import SERVICE, Actor, Role, RoleGrant
from infra_registry.cli.worker_modules import WORKER_MODULES
from infra_registry.db import Database
from infra_registry.errors import Conflict, Forbidden
from infra_registry.exchange import batches, store
from infra_registry.exchange.store import Batch
from infra_registry.files import Folder, keep
from tests.worker import run_pending

TOWERS = "owner_ref,name,lon,lat,height_m,status\nT1,Mast 1,116.59,35.41,40,in_use\nT2,Mast 2,116.60,35.42,30,idle\n"


pytestmark = pytest.mark.usefixtures("var")


def upload(content: str, mapping: str = "kind:tower", *, name: str = "t.csv", **more: Any) -> batches.Upload:
    files = Path(os.environ["REGISTRY_VAR"]) / "files"
    kept = keep(files, Folder.UPLOADS, io.BytesIO(content.encode()), name=name, cap=1 << 20)
    return batches.Upload(kept, mapping, **more)


def run(
    database: Database,
    actor: Actor = SERVICE,
    *,
    partial: bool = False,
    moves: bool = False,
    sent: batches.Upload,
) -> Batch:
    """Send a file and accept what is good of it; the batch as it ends."""
    batch = check(database, actor, sent)
    if batch.state != "staged" or (batch.rows_faulty and not partial):
        return batch
    with database.use_case(actor) as connection:
        batches.accept(connection, actor, batch.code, partial=partial, moves=moves)
    run_pending(database)
    return read(database, batch.code)


def check(database: Database, actor: Actor, sent: batches.Upload) -> Batch:
    with database.use_case(actor) as connection:
        batch = batches.receive(connection, actor, sent)
    run_pending(database, modules=WORKER_MODULES)
    return read(database, batch.code)


def read(database: Database, code: str) -> Batch:
    with database.use_case(SERVICE) as connection:
        return store.read(connection, code)


def codes(database: Database, batch: Batch) -> dict[str, int]:
    with database.use_case(SERVICE) as connection:
        return {c.code: c.count for c in store.summary(connection, batch.id) if c.severity != "note"}


def scalar(database: Database, sql: str, **values: Any) -> Any:
    with database.use_case(SERVICE) as connection:
        return connection.scalar(text(sql), values)


def party(database: Database, name: str) -> int:
    sql = "INSERT INTO party (code, name, kind) VALUES (:name, :name, 'carrier') RETURNING id"
    return int(scalar(database, sql, name=name))


def editor(database: Database, party_id: int) -> Actor:
    sql = "INSERT INTO user_account (login, name, password_hash, party_id) VALUES (:n, :n, 'x', :p) RETURNING id"
    user = int(scalar(database, sql, n=f"user{party_id}", p=party_id))
    scalar(
        database,
        "INSERT INTO user_role (user_id, role) VALUES (:u, 'carrier_editor') RETURNING id",
        u=user,
    )
    return Actor(user, party_id, "editor", frozenset({RoleGrant(Role.CARRIER_EDITOR)}))


def test_the_same_again_changes_nothing_and_a_change_is_one_version(database: Database) -> None:
    party(database, "Carrier A")
    assert run(database, sent=upload(TOWERS, owner="Carrier A")).rows_written == 2
    assert run(database, sent=upload(TOWERS, owner="Carrier A")).rows_written == 0
    changed = TOWERS.replace("40,in_use", "41,idle").replace("116.60", "116.61")
    assert run(database, moves=True, sent=upload(changed, owner="Carrier A")).rows_written == 2
    rows = """SELECT string_agg(a.name || a.status || t.height_m || ' v' || a.version, ', ' ORDER BY a.name)
              FROM asset a JOIN asset_tower t ON t.asset_id = a.id"""
    assert scalar(database, rows) == "Mast 1idle41 v3, Mast 2idle30 v2"
    moved = "SELECT count(*) FROM history.asset_place WHERE level = 'exact' AND name = 'Mast 2'"
    assert scalar(database, moved) == 1


def test_nothing_is_written_before_it_is_accepted_nor_when_refused(database: Database) -> None:
    batch = check(database, SERVICE, upload(TOWERS))
    assert (batch.state, batch.rows_staged) == ("staged", 2)
    assert scalar(database, "SELECT count(*) FROM asset") == 0
    with database.use_case(SERVICE) as connection:
        batches.refuse(connection, SERVICE, batch.code)
    with pytest.raises(Conflict), database.use_case(SERVICE) as connection:
        batches.accept(connection, SERVICE, batch.code, partial=False)


def test_a_check_only_cannot_be_accepted(database: Database) -> None:
    batch = check(database, SERVICE, upload(TOWERS, dry_run=True))
    with pytest.raises(Conflict) as refused, database.use_case(SERVICE) as connection:
        batches.accept(connection, SERVICE, batch.code, partial=False)
    assert refused.value.code == "import.dry_run"


def test_only_the_good_part(database: Database) -> None:
    faulty = (
        TOWERS
        + "T3,Mast 3,116.6,35.4,9999,in_use\nT1,Other,116.7,35.4,3,in_use\nT2,Mast 2,116.60,35.42,30,idle\n"
    )
    batch = run(database, sent=upload(faulty))
    assert (batch.state, batch.rows_faulty) == ("staged", 2)
    with pytest.raises(Conflict) as refused, database.use_case(SERVICE) as connection:
        batches.accept(connection, SERVICE, batch.code, partial=False)
    assert refused.value.code == "import.has_faults"
    assert run(database, partial=True, sent=upload(faulty)).rows_written == 2
    found = codes(database, batch)
    assert found["field.out_of_range"] == 1
    assert found["finding.duplicate_key"] == 1
    assert found["finding.duplicate_row"] == 1


def test_rows_without_reference_are_known_by_place_and_occurrence(database: Database) -> None:
    poles = "name,use,lon,lat\nA,street_light,116.59,35.41\nB,street_light,116.59,35.41\nA,street_light,116.59,35.41\n"
    batch = run(database, sent=upload(poles, "kind:pole"))
    assert (batch.rows_written, codes(database, batch)) == (2, {"finding.duplicate_place": 1})
    keys = "SELECT string_agg(weak_key, ' ' ORDER BY weak_key) FROM asset"
    assert scalar(database, keys) == "116.59000,35.41000#1 116.59000,35.41000#2"
    assert run(database, sent=upload(poles, "kind:pole")).rows_written == 0


def test_tenants_find_their_host_in_the_register(database: Database) -> None:
    run(database, sent=upload(TOWERS))
    code = scalar(database, "SELECT code FROM asset WHERE owner_ref = 'T2'")
    head = "owner_ref,name,lon,lat,host\n"
    stations = head + f"S1,One,116.59,35.41,T1\nS2,Two,116.6,35.42,{code}\nS3,Three,116.6,35.4,T9\n"
    batch = run(database, partial=True, sent=upload(stations, "kind:base_station"))
    assert (batch.rows_written, codes(database, batch)) == (2, {"finding.unknown_parent": 1})
    hosts = "SELECT string_agg(h.owner_ref, ' ' ORDER BY s.owner_ref) FROM asset s JOIN asset h ON h.id = s.host_id"
    assert scalar(database, hosts) == "T1 T2"


def test_an_editor_imports_his_own_and_nobody_elses(database: Database) -> None:
    mine, other = party(database, "Carrier A"), party(database, "Carrier B")
    actor = editor(database, mine)
    rows = (
        TOWERS.replace("status\n", "status,owner\n")
        .replace("in_use\n", "in_use,\n")
        .replace("idle\n", "idle,Carrier B\n")
    )
    batch = run(database, actor, partial=True, sent=upload(rows))
    assert (batch.rows_written, codes(database, batch)) == (1, {"finding.consent": 1})
    assert scalar(database, "SELECT owner_id FROM asset") == mine
    with pytest.raises(Forbidden), database.use_case(actor) as connection:
        batches.receive(connection, actor, upload(TOWERS, owner="Carrier B"))
    with database.use_case(editor(database, other)) as connection:
        assert store.listed(connection) == []


def test_an_unlawful_change_of_status_is_a_finding(database: Database) -> None:
    run(database, sent=upload(TOWERS))
    batch = check(database, SERVICE, upload(TOWERS.replace("in_use", "planned")))
    assert codes(database, batch) == {"finding.no_transition": 1}


def test_undo_takes_back_what_is_untouched_and_lists_the_rest(database: Database) -> None:
    run(database, sent=upload(TOWERS))
    more = (
        TOWERS.replace("Mast 1", "Mast one")
        + "T3,Mast 3,116.7,35.4,20,in_use\nT4,Mast 4,116.7,35.5,20,in_use\n"
    )
    second = run(database, sent=upload(more))
    assert second.rows_written == 3
    run(database, sent=upload("owner_ref,name,lon,lat,host\nS1,One,116.7,35.4,T3\n", "kind:base_station"))
    with database.use_case(SERVICE) as connection:
        batches.undo(connection, SERVICE, second.code)
    run_pending(database)
    assert read(database, second.code).state == "undone"
    names = "SELECT string_agg(name, ', ' ORDER BY owner_ref) FROM asset WHERE kind = 'tower'"
    assert scalar(database, names) == "Mast 1, Mast 2, Mast 3"
    kept = scalar(database, "SELECT code FROM asset WHERE owner_ref = 'T3'")
    result = scalar(database, "SELECT result FROM job WHERE task = 'imports.undo'")
    assert result == {"removed": 1, "restored": 1, "left": [kept]}


KILLED = """
    import sys, time
    from pathlib import Path
    from infra_registry import jobs
    from infra_registry.cli.worker_modules import WORKER_MODULES
    from infra_registry.exchange import store
    mark = Path(sys.argv[2])
    write = store.mark_written
    def slowly(connection, batch_id, rows):
        write(connection, batch_id, rows)
        first = not mark.exists()
        mark.touch()
        if first:
            time.sleep(60)
    store.mark_written = slowly
    jobs.run_worker(sys.argv[1], once=True, modules=WORKER_MODULES)
"""


def test_a_worker_killed_while_writing_leaves_nothing_half_written(
    database: Database, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    batch = check(database, SERVICE, upload(TOWERS))
    with database.use_case(SERVICE) as connection:
        batches.accept(connection, SERVICE, batch.code, partial=False)
    program = [sys.executable, "-c", textwrap.dedent(KILLED), database.url, str(mark)]
    first = subprocess.Popen(program)
    deadline = time.monotonic() + 60
    while not mark.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert scalar(database, "SELECT count(*) FROM asset") == 0
    assert read(database, batch.code).state == "staged"
    subprocess.run(program, check=True, timeout=120)
    assert read(database, batch.code).state == "accepted"
    assert scalar(database, "SELECT count(*) FROM asset") == 2
    assert scalar(database, "SELECT count(*) FROM job WHERE state <> 'done'") == 0
