"""Whatever goes wrong: the right status, a stable code, words in the reader's language, never a 5xx for bad input."""

import time
from typing import Any

import pytest
from sqlalchemy import text

from infra_registry.access import SERVICE
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.db.faults import explain
from tests.web.site import Site


@pytest.fixture(scope="module")
def site(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(module_database, Settings(var_dir=tmp_path_factory.mktemp("var")))


def test_a_page_for_people_and_a_document_for_programs(site: Site) -> None:
    page = site.visitor("zh-Hans").get("/parties/U-NONE")
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "没有编号为U-NONE的单位" in page.get_data(as_text=True)
    answer = site.visitor().get("/api/v1/parties/U-NONE")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    found = answer.json
    assert (found["code"], found["status"]) == ("party.unknown", 404)
    assert set(found) == {"type", "title", "status", "code", "detail", "faults", "request_id"}
    assert found["request_id"] == answer.headers["X-Request-Id"]
    asked = site.visitor().get("/parties/U-NONE", headers={"Accept": "application/json"})
    assert asked.mimetype == "application/problem+json"


@pytest.mark.parametrize("path", ["/", "/login", "/account", "/assets"])
@pytest.mark.parametrize("header", ["Bearer irt_no", "Basic eDp5", "nonsense"])
def test_a_page_asked_with_a_bad_token_is_refused_not_sent_round(site: Site, path: str, header: str) -> None:
    page = site.visitor().get(path, headers={"Authorization": header})
    assert (page.status_code, page.mimetype) == (401, "text/html")
    assert page.headers["WWW-Authenticate"].startswith("Bearer")
    assert "Location" not in page.headers


def test_a_page_without_log_in_leads_to_the_log_in(site: Site) -> None:
    page = site.visitor().get("/account")
    assert (page.status_code, page.location) == (303, "/login?next=/account")


def test_unknown_parameters_of_the_interface_are_named(site: Site) -> None:
    answer = site.visitor().get("/api/v1/parties?limit=1&nmae=x&zz=1")
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json["faults"]] == ["nmae", "zz"]


def test_a_wrong_method_says_which_are_right(site: Site) -> None:
    answer = site.visitor().client.patch("/parties")
    assert (answer.status_code, answer.mimetype) == (405, "text/html")
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/?q=%00", 400),
        ("/parties/%00", 400),
        ("/parties?q=" + "x" * 9000, 414),
        ("/api/v1/parties?limit=NaN", 422),
        ("/api/v1/parties?limit=99999999999999999999", 422),
        ("/api/v1/parties?offset=-1", 422),
        ("/parties?q=%ff%fe", 200),
        ("/parties?page=%F0%9F%92%A9", 200),
    ],
)
def test_odd_addresses_are_refused_kindly(site: Site, path: str, status: int) -> None:
    assert site.visitor().get(path).status_code == status


def test_too_many_and_too_large_forms_are_refused_before_they_are_read(site: Site) -> None:
    many = {f"field{n}": ["x"] for n in range(500)}
    answer = site.visitor().client.post("/login", data=many, content_type="multipart/form-data")
    assert answer.status_code == 413
    large = site.visitor().client.post("/login", data={"login": "x" * 2_000_000})
    assert large.status_code == 413


@pytest.mark.parametrize(
    ("statement", "status", "code"),
    [
        ("INSERT INTO party (code, name, kind) VALUES ('U-1', 'x', 'nothing')", 422, "form.invalid"),
        ("INSERT INTO party (code, kind) VALUES ('U-1', 'carrier')", 422, "form.invalid"),
        (
            "INSERT INTO party (code, name, kind) VALUES ('U-2','a','carrier'), ('U-2','b','carrier')",
            409,
            "db.exists",
        ),
        (
            "INSERT INTO user_account (login,name,password_hash,party_id) VALUES ('ab','a','-',99)",
            409,
            "db.referenced",
        ),
        ("SELECT 'x'::integer", 422, "form.invalid"),
        ("SELECT 1 FROM no_such_table", 503, "db.not_migrated"),
        ("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$", 503, "db.contended"),
        ("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '23P01'; END $$", 409, "db.overlap"),
        ("SELECT pg_sleep(2)", 503, "db.timeout"),
    ],
)
def test_what_the_database_refuses_has_a_meaning(
    module_database: Database, statement: str, status: int, code: str
) -> None:
    with (
        pytest.raises(Exception, match=r".") as raised,
        module_database.use_case(SERVICE, timeout_ms=300) as connection,
    ):
        connection.execute(text(statement))
    known = explain(raised.value)
    assert known is not None
    assert (known.status, known.code) == (status, code)


def test_a_check_names_its_field(module_database: Database) -> None:
    with pytest.raises(Exception, match=r".") as raised, module_database.use_case(SERVICE) as connection:
        connection.execute(
            text("INSERT INTO party (code, name, kind, uscc) VALUES ('U-3', 'x', 'carrier', 'wrong')")
        )
    problem: Any = explain(raised.value)
    assert [fault.field for fault in problem.faults] == ["uscc"]


def test_a_lost_database_is_said_quickly_and_the_process_still_answers(tmp_path) -> None:
    gone = Database("postgresql://nobody@/none?host=/tmp/no-server-here")
    site = Site(gone, Settings(var_dir=tmp_path))
    begun = time.monotonic()
    for path, kind in (("/parties", "text/html"), ("/api/v1/parties", "application/problem+json")):
        answer = site.visitor().get(path)
        assert (answer.status_code, answer.mimetype) == (503, kind)
        assert int(answer.headers["Retry-After"]) >= 1
    assert site.visitor().get("/healthz").status_code == 200
    ready = site.visitor().get("/readyz")
    assert (ready.status_code, ready.json["checks"]["database"]["ok"]) == (503, False)
    assert time.monotonic() - begun < 3


def test_readiness_names_every_condition(site: Site) -> None:
    answer = site.visitor().get("/readyz")
    assert answer.status_code == 200
    assert set(answer.json["checks"]) == {"database", "schema", "spatial_index", "worker"}
    assert answer.json["checks"]["schema"]["ok"]


def test_figures_are_for_this_machine_in_production(site: Site, tmp_path) -> None:
    site.visitor().get("/parties")
    assert 'route="/parties"' in site.visitor().get("/metrics").get_data(as_text=True)
    keys: dict[str, Any] = {"secret_key": "s" * 40, "case_key": "c" * 40}
    public = Site(site.database, Settings(var_dir=tmp_path, profile="production", **keys))
    client = public.app.test_client()
    assert client.get("/metrics").status_code == 200
    outside = {"REMOTE_ADDR": "192.0.2.9"}
    assert client.get("/metrics", environ_overrides=outside).status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.9"}).status_code == 403
