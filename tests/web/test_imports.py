"""Pages of imports: a file goes in, is checked, accepted, undone; wrong files come back with their reason."""

import errno
import io
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from infra_registry.access import SERVICE, Role
from infra_registry.cli.worker_modules import WORKER_MODULES
from infra_registry.db import Database
from infra_registry.exchange import catalogue
from tests.web.site import TOKEN, Site, Visitor
from tests.worker import run_pending

POLES = "名称,用途,经度,纬度,高度（m）\n灯杆1,路灯杆,116.59,35.41,8\n灯杆2,路灯杆,116.60,35.42,900\n"


@pytest.fixture
def regulator(site: Site) -> Visitor:
    return site.user("inspector", (Role.REGULATOR, None))


def send(visitor: Visitor, content: bytes, name: str = "poles.csv", **more: Any) -> Any:
    data = {"mapping": "kind:pole", "file": (io.BytesIO(content), name)} | more
    return visitor.post("/imports", data, form="/imports/new")


def count(database: Database) -> int:
    with database.use_case(SERVICE) as connection:
        return int(connection.scalar(text("SELECT count(*) FROM asset")) or 0)


def test_a_file_is_checked_accepted_and_undone(site: Site, regulator: Visitor) -> None:
    answer = send(regulator, POLES.encode())
    assert answer.status_code == 303, answer.get_data(as_text=True)
    path = answer.headers["Location"]
    assert "import-progress" in regulator.get(path).get_data(as_text=True)
    run_pending(site.database, modules=WORKER_MODULES)
    page = regulator.get(path).get_data(as_text=True)
    assert "900 is out of range" in page
    assert "Accept the 1 good rows" in page
    assert count(site.database) == 0
    assert regulator.get(path + "/progress").headers["HX-Refresh"] == "true"
    listed = regulator.get(path + "/findings.csv").get_data(as_text=True)
    assert "height_m" in listed
    assert regulator.post(path + "/accept", {"partial": "1"}, form=path).status_code == 303
    run_pending(site.database)
    assert count(site.database) == 1
    assert regulator.post(path + "/undo", {}, form=path).status_code == 303
    assert count(site.database) == 1, "undo without a confirmation does nothing"
    assert regulator.post(path + "/undo", {"confirm": "1"}, form=path).status_code == 303
    run_pending(site.database)
    assert count(site.database) == 0
    assert "Undone" in regulator.get(path).get_data(as_text=True)


def test_moves_are_told_and_need_a_tick(site: Site, regulator: Visitor) -> None:
    with site.database.use_case(SERVICE) as connection:
        connection.execute(text("INSERT INTO party (code, name, kind) VALUES ('A', 'Carrier A', 'carrier')"))
    masts = "ref,name,lon,lat\n1,Mast 1,116.59,35.41\n2,Mast 2,116.60,35.41\n"
    owned = {"mapping": "kind:tower", "owner": "A"}
    for content, ticked in ((masts, {}), (masts.replace("116.60", "116.61"), {"confirm_moves": "1"})):
        path = send(regulator, content.encode(), **owned).headers["Location"]
        run_pending(site.database, modules=WORKER_MODULES)
        page = regulator.get(path).get_data(as_text=True)
        assert ("Row 3: 908 m" in page) == ("confirm_moves" in page) == bool(ticked)
        if ticked:
            assert "Places that move (1, 1 of them by more than 100 m)" in page
            refused = regulator.post(path + "/accept", {}, form=path)
            assert refused.status_code == 303
            assert "moves registered things by more than 100 m (1)" in regulator.get(path).get_data(
                as_text=True
            )
        assert regulator.post(path + "/accept", ticked, form=path).status_code == 303
        run_pending(site.database)
        assert "Accepted" in regulator.get(path).get_data(as_text=True)


def test_all_of_a_faulty_file_cannot_be_accepted(site: Site, regulator: Visitor) -> None:
    path = send(regulator, POLES.encode()).headers["Location"]
    run_pending(site.database, modules=WORKER_MODULES)
    assert regulator.post(path + "/accept", {}, form=path).status_code == 409
    assert regulator.post(path + "/refuse", {}, form=path).status_code == 303
    assert "Refused" in regulator.get(path).get_data(as_text=True)


def test_the_form_says_what_is_wrong(regulator: Visitor) -> None:
    assert send(regulator, POLES.encode(), mapping="").status_code == 422
    assert send(regulator, b"").status_code == 422
    unknown = send(regulator, POLES.encode(), crs_other="99999999")
    assert unknown.status_code == 422
    assert "99999999" in unknown.get_data(as_text=True)
    assert send(regulator, POLES.encode(), mapping="../../etc/passwd").status_code == 404


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"\x00\x01\x02" * 50, "poles.csv", "no table of text"),
        (b"[" * 100_000, "poles.geojson", "nested too deeply"),
        (b'{"type": "FeatureCollection", "features": [{"a": NaN}]}', "p.geojson", "NaN is not allowed"),
        (b"PK\x03\x04broken", "poles.xlsx", "damaged"),
        (b"name,x\nA,1\n", "poles.csv", "is missing"),
        (b'name,lon,lat\nA,116.59,35.41\n"B,116.6,35.41\nC,116.7,35.41\n', "poles.csv", "see line 3"),
    ],
)
def test_unreadable_files_end_with_their_reason(
    site: Site, regulator: Visitor, content: bytes, name: str, said: str
) -> None:
    path = send(regulator, content, name).headers["Location"]
    run_pending(site.database, modules=WORKER_MODULES)
    page = regulator.get(path).get_data(as_text=True)
    assert said in page
    assert "Cannot be written" in page
    assert count(site.database) == 0


def test_a_faulty_mapping_is_named_and_the_others_work(
    site: Site, regulator: Visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "poles.toml").write_text("[mapping]\n# 杆\n", "gb18030")
    (tmp_path / "towers.toml").write_text('[mapping]\ntitle = { zh = "塔", en = "T" }\npart = 7\n', "utf-8")
    monkeypatch.setattr(catalogue, "MAPPINGS", tmp_path)
    page = regulator.get("/imports/new")
    assert page.status_code == 200
    assert "Mapping poles, line 2, key –" in page.get_data(as_text=True)
    assert "Mapping towers, line 3, key part" in page.get_data(as_text=True)
    assert send(regulator, POLES.encode(), mapping="towers").status_code == 422
    assert send(regulator, POLES.encode()).status_code == 303
    assert "列对照表poles第2行" in site.user("lingyi", (Role.REGULATOR, None), language="zh-Hans").get(
        "/imports/new"
    ).get_data(as_text=True)


def test_pages_speak_chinese_and_hide_from_others(site: Site) -> None:
    inspector = site.user("jiancha", (Role.REGULATOR, None), language="zh-Hans")
    path = send(inspector, POLES.encode()).headers["Location"]
    run_pending(site.database, modules=WORKER_MODULES)
    page = inspector.get(path).get_data(as_text=True)
    assert "发现的问题" in page
    assert not re.search(r"imports?\.[a-z_]+(?=[<\"])", page), "a message is missing"
    assert "提交检查" in inspector.get("/imports/new").get_data(as_text=True)
    assert site.visitor().get("/imports").status_code in (302, 303, 401, 403)
    assert site.user("reader", (Role.SEEKER, None)).get(path).status_code == 403


def full(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_told_at_the_file(
    site: Site, regulator: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra_registry.files.vault.os.fsync", full)
    answer = send(regulator, POLES.encode())
    assert answer.status_code == 507
    assert "disk is full" in answer.get_data(as_text=True)
    with site.database.use_case(SERVICE) as connection:
        assert connection.scalar(text("SELECT count(*) FROM import_batch")) == 0
    files = site.app.extensions["registry.settings"].files_dir
    assert not [path for path in files.rglob("*") if path.is_file()]


def test_a_full_disk_anywhere_else_is_told_too(
    site: Site, regulator: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the server itself puts aside what comes in."""
    site.app.testing = False
    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", full)
    answer = send(regulator, POLES.encode() * 20_000)
    assert answer.status_code == 507
    assert "disk is full" in answer.get_data(as_text=True)


@pytest.mark.parametrize(("act", "after"), [("accept", "accepted"), ("undo", "undone")])
def test_four_presses_at_once_are_one_job(site: Site, regulator: Visitor, act: str, after: str) -> None:
    path = send(regulator, POLES.encode()).headers["Location"]
    run_pending(site.database, modules=WORKER_MODULES)
    if act == "undo":
        regulator.post(path + "/accept", {"partial": "1"}, form=path)
        run_pending(site.database)
    token = TOKEN.search(regulator.get(path).get_data(as_text=True))
    assert token is not None
    cookie = regulator.client.get_cookie("session")
    assert cookie is not None
    sent = {"partial": "1", "confirm": "1", "csrf_token": token.group(1)}

    def press(_: int) -> tuple[int, str]:
        browser = site.app.test_client()
        browser.set_cookie("session", cookie.value)
        browser.set_cookie("lang", "en")
        answer = browser.post(f"{path}/{act}", data=sent)
        return answer.status_code, answer.get_data(as_text=True)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(press, range(4)))
    assert sorted(status for status, _ in answers) == [303, 409, 409, 409]
    assert all("is being worked on" in page for status, page in answers if status == 409)
    with site.database.use_case(SERVICE) as connection:
        jobs = connection.scalars(
            text("SELECT code FROM job WHERE task = :task"), {"task": f"imports.{act}"}
        ).all()
    assert len(jobs) == 1
    run_pending(site.database)
    with site.database.use_case(SERVICE) as connection:
        state = connection.execute(
            text("SELECT b.state, j.state AS job, j.code FROM import_batch b JOIN job j ON j.id = b.job_id")
        ).one()
    assert tuple(state) == (after, "done", jobs[0])
