"""The second factor: set up, asked for once per code, lost and helped by two administrators, required in production."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from click.testing import CliRunner
from sqlalchemy import text
from werkzeug.test import TestResponse

from infra_registry.access import SERVICE, Role
from infra_registry.cli import registry, session
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.errors import Invalid, Limited, RegistryError
from infra_registry.parties import factors, login, tokens, users
from infra_registry.parties.factors import lost, store
from tests.web.site import TOKEN, Site, Visitor

PASSWORD = "a long enough secret"
KEY = "s" * 40
SHOWN = re.compile(r"<li><code>(\d\d-[0-9A-Z]{4}-[0-9A-Z]{4})</code></li>")
SECRET = re.compile(r'<code class="secret">([A-Z2-7 ]+)</code>')
START = datetime(2026, 11, 22, 8, tzinfo=UTC)


class Https(Visitor):
    """A visitor of a site in production, where cookies travel over TLS alone."""

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, base_url="https://localhost", **more)

    def post(self, path: str, data: dict[str, Any], *, form: str = "/login") -> TestResponse:
        found = TOKEN.search(self.get(form).get_data(as_text=True))
        sent = data | {"csrf_token": found.group(1) if found else ""}
        return self.client.post(path, data=sent, base_url="https://localhost")


@pytest.fixture
def site(database: Database, tmp_path) -> Site:
    with database.use_case(SERVICE) as connection:
        for name in ("anna", "admin", "second"):
            users.create(connection, SERVICE, users.NewUser(name, name, password=PASSWORD))
        for name in ("admin", "second"):
            users.give_role(connection, SERVICE, name, "security_admin")
    return Site(database, Settings(var_dir=tmp_path, secret_key=KEY))


@pytest.fixture
def production(site: Site, tmp_path) -> Site:
    keys: dict[str, Any] = {"secret_key": KEY, "case_key": "c" * 40}
    return Site(
        site.database,
        Settings(var_dir=tmp_path, profile="production", public_address="https://localhost", **keys),
    )


def enter(site: Site, name: str = "anna", kind: type[Visitor] = Visitor, language: str = "en") -> Visitor:
    visitor = kind(site, language)
    visitor.post("/login", {"login": name, "password": PASSWORD})
    return visitor


def user_id(site: Site, name: str = "anna") -> int:
    return login.actor_of(site.database, name).user_id


def with_app(site: Site, name: str = "anna", at: datetime = START) -> tuple[pyotp.TOTP, list[str]]:
    """An account with an app in force since long ago: the app and its recovery codes."""
    who = user_id(site, name)
    factors.begin_app(site.database, KEY, who)
    app = pyotp.TOTP(factors.unconfirmed_secret(site.database, KEY, who))
    return app, factors.confirm(site.database, KEY, who, app.at(at), clock=lambda: at)


def tries(site: Site, code: str, at: datetime, name: str = "anna") -> str:
    try:
        factors.check(site.database, KEY, user_id(site, name), code, clock=lambda: at)
    except Limited as limited:
        return f"wait {limited.params['retry_after_s']}"
    except Invalid:
        return "wrong"
    return "in"


def everything(site: Site) -> str:
    """Every row of every table, history included."""
    with site.database.engine.connect() as connection:
        connection.execute(text("SET ROLE registry_service"))
        tables = connection.scalars(
            text("""SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
                    WHERE schemaname IN ('public', 'history')
                      AND has_table_privilege(format('%I.%I', schemaname, tablename), 'SELECT')""")
        ).all()
        return "\n".join(
            row for table in tables for row in connection.scalars(text(f"SELECT t::text FROM {table} t"))
        )


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_an_app_is_set_up_and_asked_for_at_the_next_log_in(site: Site, language: str) -> None:
    visitor = enter(site, language=language)
    assert visitor.post("/account/factor", {"act": "app"}, form="/account").status_code == 422
    begun = visitor.post("/account/factor", {"act": "app", "password": PASSWORD}, form="/account")
    assert begun.status_code == 303
    page = visitor.get("/account/factor").get_data(as_text=True)
    assert "<svg" in page.split("qr-box")[1]
    assert not re.search(r'(src|href)="https?:', page)
    app = pyotp.TOTP(SECRET.search(page).group(1).replace(" ", ""))
    wrong = visitor.post("/account/factor/confirm", {"code": "000000"}, form="/account")
    assert wrong.status_code == 422
    code = app.now()
    shown = visitor.post("/account/factor/confirm", {"code": code}, form="/account")
    assert shown.status_code == 201
    recovery = SHOWN.findall(shown.get_data(as_text=True))
    assert len(recovery) == 10
    after = visitor.get("/account/factor").get_data(as_text=True)
    assert not SHOWN.search(after)
    assert app.secret not in after.replace(" ", "")
    for seen in (page, after, shown.get_data(as_text=True)):
        assert "factor." not in re.sub(r"<[^>]+>", "", seen)
    again = enter(site, language=language)
    assert again.client.get_cookie("session") is None
    assert again.get("/account").location.startswith("/login")
    form = again.get("/login/code").get_data(as_text=True)
    assert 'autocomplete="one-time-code"' in form
    used = again.post("/login/code", {"code": code}, form="/login/code")
    assert used.status_code == 422  # the code that confirmed the app
    passed = again.post("/login/code", {"code": recovery[3].lower(), "next": "/works"}, form="/login/code")
    assert (passed.status_code, passed.location) == (303, "/works")
    assert again.get("/account").status_code == 200


def test_the_cookie_between_password_and_code_opens_nothing_and_ends(site: Site) -> None:
    _, recovery = with_app(site)
    visitor = enter(site)
    pending = visitor.client.get_cookie("pending").value
    thief = site.visitor()
    thief.client.set_cookie("session", pending)
    assert thief.get("/account").location.startswith("/login")
    assert visitor.post("/login/code", {"code": recovery[0]}, form="/login/code").status_code == 303
    assert visitor.client.get_cookie("session").value != pending
    thief.client.set_cookie("pending", pending)
    assert thief.get("/login/code").location == "/login"


@pytest.mark.parametrize(("steps", "answer"), [(-2, "wrong"), (-1, "in"), (0, "in"), (1, "in"), (2, "wrong")])
def test_a_clock_may_be_one_step_off(site: Site, steps: int, answer: str) -> None:
    app, _ = with_app(site)
    now = START + timedelta(hours=1)
    assert tries(site, app.at(now + timedelta(seconds=30 * steps)), now) == answer


def test_no_code_counts_twice_nor_an_older_one_after_it(site: Site) -> None:
    app, _ = with_app(site)
    now = START + timedelta(hours=1)
    assert [tries(site, app.at(now), now) for _ in range(2)] == ["in", "wrong"]
    assert tries(site, app.at(now - timedelta(seconds=30)), now) == "wrong"
    assert tries(site, app.at(now + timedelta(seconds=30)), now) == "in"


def test_of_two_log_ins_with_one_code_at_the_same_time_one_wins(site: Site) -> None:
    app, recovery = with_app(site)
    for hours, code in ((1, app.at(START + timedelta(hours=1))), (3, recovery[0])):
        at = START + timedelta(hours=hours)
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(tries, [site] * 4, [code] * 4, [at] * 4))
        assert sorted(answers) == ["in", "wrong", "wrong", "wrong"]


def test_each_of_ten_recovery_codes_counts_once(site: Site) -> None:
    _, recovery = with_app(site)
    now = START + timedelta(hours=1)
    answers = []
    for code in recovery:
        answers += [tries(site, typed, now) for typed in (code, code)]
        now += timedelta(hours=2)
    assert answers == ["in", "wrong"] * 10
    assert factors.of_user(site.database, user_id(site)).codes_left == 0


def test_of_two_readings_of_one_recovery_code_one_uses_it(site: Site) -> None:
    with_app(site)
    who = user_id(site)
    with site.database.use_case(SERVICE) as late:
        with site.database.use_case(SERVICE) as early:
            assert store.code_hash(early, who, 1) == store.code_hash(late, who, 1) is not None
            assert store.use_code(early, who, 1)
        assert not store.use_code(late, who, 1)


def test_new_codes_end_the_old_ones(site: Site) -> None:
    _, old = with_app(site)
    visitor = enter(site)
    visitor.post("/login/code", {"code": old[0]}, form="/login/code")
    asked = {"act": "codes", "password": PASSWORD}
    assert visitor.post("/account/factor", {**asked, "code": old[0]}, form="/account").status_code == 422
    answer = visitor.post("/account/factor", {**asked, "code": old[1]}, form="/account")
    new = SHOWN.findall(answer.get_data(as_text=True))
    now = datetime.now(UTC) + timedelta(hours=2)
    assert (len(new), tries(site, old[2], now), tries(site, new[2], now)) == (10, "wrong", "in")


def test_guesses_of_a_code_are_limited(site: Site) -> None:
    _, recovery = with_app(site)
    visitor = enter(site)
    answers = [visitor.post("/login/code", {"code": f"{n:06d}"}, form="/login/code") for n in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert 50 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert visitor.post("/login/code", {"code": recovery[0]}, form="/login/code").status_code == 429
    now = datetime.now(UTC) + timedelta(seconds=61)
    assert tries(site, recovery[0], now) == "in"


def test_guesses_sent_at_once_are_counted_one_by_one(site: Site) -> None:
    with_app(site)
    now = START + timedelta(hours=1)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: tries(site, "000000", now), range(12)))
    assert answers.count("wrong") == 5


def test_a_sheet_of_paper_serves_who_uses_no_app(site: Site) -> None:
    visitor = enter(site)
    begun = visitor.post("/account/factor", {"act": "sheet", "password": PASSWORD}, form="/account")
    sheet = SHOWN.findall(begun.get_data(as_text=True))
    assert (begun.status_code, len(sheet)) == (201, 40)
    assert enter(site).get("/account").status_code == 200  # not in force before a code was typed
    assert visitor.post("/account/factor/confirm", {"code": sheet[0]}, form="/account").status_code == 303
    for code, status in ((sheet[0], 422), (sheet[1], 303), (sheet[1], 422), (sheet[2], 303)):
        again = enter(site)
        assert again.get("/account").location.startswith("/login")
        assert again.post("/login/code", {"code": code}, form="/login/code").status_code == status


PAGES = ("/", "/assets", "/account", "/account#tokens", "/map", "/admin", "/admin/users", "/cases", "/works", "/law",
         "/api/v1/assets", "/assets.csv", "/imports")  # fmt: skip


@pytest.mark.parametrize("role", list(Role))
def test_in_production_some_roles_set_it_up_before_anything_else(production: Site, role: Role) -> None:
    with production.database.use_case(SERVICE) as connection:
        users.give_role(connection, SERVICE, "anna", role)
    required = role not in (Role.SEEKER, Role.CARRIER_EDITOR, Role.OWNER_EDITOR)
    visitor = enter(production, kind=Https)
    opened = {path for path in PAGES if visitor.get(path).status_code == 200}
    assert opened == (set() if required else opened | {"/", "/assets", "/account", "/api/v1/assets"})
    token = {"token_name": "x", "days": "9", "token_password": PASSWORD}
    answer = visitor.post("/account/tokens", token, form="/account/factor")
    assert (answer.location == "/account/factor") is required
    begun = visitor.post("/account/factor", {"act": "app", "password": PASSWORD}, form="/account/factor")
    page = visitor.get(begun.location).get_data(as_text=True)
    app = pyotp.TOTP(SECRET.search(page).group(1).replace(" ", ""))
    visitor.post("/account/factor/confirm", {"code": app.now()}, form="/account/factor")
    assert visitor.get("/account").status_code == 200
    remove = {"act": "remove", "password": PASSWORD, "code": app.at(datetime.now(UTC), counter_offset=1)}
    answer = visitor.post("/account/factor", remove, form="/account/factor")
    assert answer.status_code == (403 if required else 303)


@pytest.mark.parametrize("role", list(Role))
def test_in_production_a_token_is_no_way_round_it(production: Site, role: Role) -> None:
    with production.database.use_case(SERVICE) as connection:
        users.give_role(connection, SERVICE, "anna", role)
    with production.database.use_case(login.actor_of(production.database, "anna")) as connection:
        actor = login.actor_of(production.database, "anna")
        token = tokens.make(connection, actor, name="x", scopes=["own.read"], days=9)
    visitor = Https(production, "en")
    bearer = {"Authorization": f"Bearer {token}"}
    required = role not in (Role.SEEKER, Role.CARRIER_EDITOR, Role.OWNER_EDITOR)
    answer = visitor.get("/api/v1/assets", headers=bearer)
    assert (answer.status_code, "no_factor" in answer.text) == ((403, True) if required else (200, False))
    with_app(production)
    assert visitor.get("/api/v1/assets", headers=bearer).status_code == 200


def test_accounts_that_lack_it_are_counted(site: Site) -> None:
    assert factors.lacking(site.database) == 2  # both administrators; a carrier needs none
    with_app(site, "admin")
    factors.begin_app(site.database, KEY, user_id(site, "second"))  # not confirmed
    assert factors.lacking(site.database) == 1


def test_outside_production_nobody_has_to(site: Site) -> None:
    assert enter(site, "admin").get("/admin/users").status_code == 200


def test_the_first_administrator_of_the_command_line_sets_it_up_first(
    production: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "open_database", lambda: production.database)
    made = CliRunner().invoke(
        registry, ["user", "add", "first", "--name", "F", "--role", "security_admin", "--json"]
    )
    handed = re.search(r'"password": "([^"]+)"', made.output).group(1)
    visitor = Https(production, "en")
    visitor.post("/login", {"login": "first", "password": handed})
    assert visitor.get("/admin/users").location == "/account#password"
    token = {"token_name": "x", "days": "9", "token_password": handed}
    assert visitor.post("/account/tokens", token, form="/account").location == "/account#password"
    new = "kettle drum moss lantern"
    visitor.post("/account/password", {"old": handed, "new": new, "again": new}, form="/account")
    assert visitor.get("/admin/users").location == "/account/factor"
    assert visitor.get("/account").location == "/account/factor"


def test_a_reset_password_still_asks_for_the_factor(site: Site) -> None:
    with_app(site)
    with site.database.use_case(SERVICE) as connection:
        handed = users.reset_password(connection, SERVICE, "anna")
    visitor = site.visitor()
    answer = visitor.post("/login", {"login": "anna", "password": handed}, form="/login")
    assert answer.location.startswith("/login/code")
    assert visitor.client.get_cookie("session") is None


@pytest.mark.parametrize("outcome", ["remove", "sheet"])
def test_a_lost_device_takes_two_administrators(site: Site, outcome: str) -> None:
    with_app(site)
    first, second = enter(site, "admin"), enter(site, "second")
    ask = {"outcome": outcome, "reason": "seen in person, identity card checked"}
    decide, approve = "/admin/users/anna/factor/decide", {"approve": "1"}
    assert first.post(decide, approve, form="/account").status_code == 404
    assert first.post("/admin/users/anna/factor", {**ask, "reason": ""}, form="/account").status_code == 422
    assert first.post("/admin/users/anna/factor", ask, form="/account").status_code == 303
    assert first.post("/admin/users/anna/factor", ask, form="/account").status_code == 409
    assert first.post(decide, approve, form="/account").status_code == 403
    assert factors.of_user(site.database, user_id(site)).kind == "app"
    assert "waits for another administrator" in second.get("/admin/users").get_data(as_text=True)
    answer = second.post(decide, approve, form="/account")
    sheet = SHOWN.findall(answer.get_data(as_text=True))
    assert (answer.status_code, len(sheet)) == ((303, 0) if outcome == "remove" else (201, 40))
    for administrator in (first, second):
        assert "second: approved" in administrator.get("/admin/users/anna").get_data(as_text=True)
    owner = enter(site)
    if sheet:
        assert owner.post("/login/code", {"code": sheet[0]}, form="/login/code").status_code == 303
    assert "approved" in owner.get("/account/factor").get_data(as_text=True)
    assert "Security administrators acted" in owner.get("/account").get_data(as_text=True)
    with site.database.use_case(SERVICE) as connection:
        audited = connection.execute(
            text("SELECT action, actor FROM audit_event WHERE action LIKE 'factor_reset_%' ORDER BY id")
        ).all()
    names = [str(user_id(site, name)) for name in ("admin", "second")]
    assert [tuple(row) for row in audited] == [
        ("factor_reset_asked", names[0]),
        ("factor_reset_approved", names[1]),
    ]


def test_nobody_decides_about_his_own_factor(site: Site) -> None:
    with_app(site, "second")
    first = enter(site, "admin")
    ask = {"outcome": "remove", "reason": "seen in person"}
    assert first.post("/admin/users/admin/factor", ask, form="/account").status_code == 403
    assert first.post("/admin/users/second/factor", ask, form="/account").status_code == 303
    actor = login.actor_of(site.database, "second")
    with (
        pytest.raises(RegistryError, match=r"factor\.second_person"),
        site.database.use_case(actor) as connection,
    ):
        lost.decide(connection, actor, "second", approve=True)
    taken_back = first.post("/admin/users/second/factor/decide", {}, form="/account")
    assert taken_back.status_code == 303


@pytest.mark.parametrize("name", ["admin", "second", "anna"])
def test_the_database_keeps_the_second_person_too(site: Site, name: str) -> None:
    """From inside the database: who asked cannot approve, nobody approves his own, others do not see it."""
    actor, asker = login.actor_of(site.database, name), login.actor_of(site.database, "admin")
    with site.database.use_case(asker) as connection:
        lost.ask(connection, asker, "second", outcome="remove", reason="seen in person")
    approve = text("UPDATE factor_reset SET decided_by = :me, decided_at = now(), approved = true")
    if name == "admin":
        with (
            pytest.raises(Exception, match=r"row-level security|second_person"),
            site.database.use_case(actor) as connection,
        ):
            connection.execute(approve, {"me": actor.user_id})
        return
    with site.database.use_case(actor) as connection:
        assert connection.execute(approve, {"me": actor.user_id}).rowcount == 0


def test_secret_and_codes_stand_nowhere_in_plain_text(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    app, recovery = with_app(site)
    visitor = enter(site)
    visitor.post("/login/code", {"code": "123450"}, form="/login/code")
    visitor.post("/login/code", {"code": recovery[0]}, form="/login/code")
    logs = capfd.readouterr()
    rows = everything(site) + logs.out + logs.err
    assert "factor_failed" in rows
    for word in (app.secret, *recovery, *(code[3:].replace("-", "") for code in recovery)):
        assert word not in rows
    assert app.secret.encode().hex() not in rows


def test_a_secret_sealed_under_another_key_or_moved_to_another_account_does_not_open(site: Site) -> None:
    app, recovery = with_app(site)
    now = START + timedelta(hours=1)
    with pytest.raises(RegistryError, match=r"factor\.key_changed"):
        factors.check(site.database, "t" * 40, user_id(site), app.at(now), clock=lambda: now)
    with_app(site, "admin")
    with site.database.use_case(SERVICE) as connection:
        connection.execute(
            text("""UPDATE second_factor SET sealed_secret = (SELECT sealed_secret FROM second_factor
                    WHERE user_id = :from) WHERE user_id = :to"""),
            {"from": user_id(site), "to": user_id(site, "admin")},
        )
    with pytest.raises(RegistryError, match=r"factor\.key_changed"):
        factors.check(site.database, KEY, user_id(site, "admin"), app.at(now), clock=lambda: now)
    assert tries(site, recovery[0], now) == "in"  # codes on paper do not rest on the key


def test_the_command_line_takes_a_factor_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with_app(site)
    monkeypatch.setattr(session, "open_database", lambda: site.database)
    assert CliRunner().invoke(registry, ["user", "drop-factor", "anna"]).exit_code == 0
    assert enter(site).get("/account").status_code == 200
