"""Log-in and what keeps it: new cookies, ends, limits on guessing, tokens that do only what they may."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from infra_registry.access import SERVICE, Role
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.errors import Limited
from infra_registry.parties import login, tokens, users
from infra_registry.parties.login import NotLoggedIn
from tests.web.site import TOKEN, Site, Visitor

PASSWORD = "a long enough secret"
START = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.fixture
def site(database: Database, tmp_path) -> Site:
    with database.use_case(SERVICE) as connection:
        for name in ("anna", "boris"):
            users.create(connection, SERVICE, users.NewUser(name, name, password=PASSWORD))
        users.give_role(connection, SERVICE, "anna", "security_admin")
    return Site(database, Settings(var_dir=tmp_path))


def enter(site: Site, name: str = "anna", password: str = PASSWORD) -> tuple[Visitor, int]:
    visitor = site.visitor()
    return visitor, visitor.post("/login", {"login": name, "password": password}).status_code


def audited(site: Site, action: str) -> list[str]:
    with site.database.use_case(SERVICE) as connection:
        found = connection.scalars(
            text("SELECT ref FROM audit_event WHERE action = :action"), {"action": action}
        )
        return list(found)


def test_the_right_password_signs_in_and_the_cookie_is_guarded(site: Site) -> None:
    visitor = site.visitor()
    answer = visitor.post("/login", {"login": "ANNA ", "password": PASSWORD, "next": "/account"})
    assert (answer.status_code, answer.location) == (303, "/account")
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert visitor.get("/account").status_code == 200
    assert len(audited(site, "login")) == 1


def test_a_cookie_set_before_log_in_is_worth_nothing_after(site: Site) -> None:
    visitor = site.visitor()
    visitor.client.set_cookie("session", "chosen-by-the-attacker-0123456789")
    visitor.post("/login", {"login": "anna", "password": PASSWORD})
    mine = visitor.client.get_cookie("session").value
    assert mine != "chosen-by-the-attacker-0123456789"
    attacker = site.visitor()
    attacker.client.set_cookie("session", "chosen-by-the-attacker-0123456789")
    assert attacker.get("/account").status_code == 303


def test_logging_in_again_ends_the_old_session(site: Site) -> None:
    visitor, _ = enter(site)
    old = visitor.client.get_cookie("session").value
    page = visitor.get("/account").get_data(as_text=True)
    visitor.client.post(
        "/login", data={"login": "anna", "password": PASSWORD, "csrf_token": TOKEN.search(page).group(1)}
    )
    assert visitor.client.get_cookie("session").value != old
    other = site.visitor()
    other.client.set_cookie("session", old)
    assert other.get("/account").status_code == 303


def test_logging_out_ends_the_session_in_the_database(site: Site) -> None:
    visitor, _ = enter(site)
    cookie = visitor.client.get_cookie("session").value
    assert visitor.post("/logout", {}, form="/account").status_code == 303
    visitor.client.set_cookie("session", cookie)
    assert visitor.get("/account").status_code == 303


def test_disabling_an_account_ends_its_sessions_and_tokens(site: Site) -> None:
    visitor, _ = enter(site, "boris")
    actor = login.actor_of(site.database, "boris")
    with site.database.use_case(actor) as connection:
        token = tokens.make(connection, actor, name="script", scopes=[], days=9)
    bearer = {"Authorization": f"Bearer {token}"}
    assert site.visitor().get("/api/v1/parties", headers=bearer).status_code == 200
    admin, _ = enter(site)
    assert admin.post("/admin/users/boris/active", {"active": "0"}, form="/account").status_code == 303
    assert visitor.get("/account").status_code == 303
    assert site.visitor().get("/api/v1/parties", headers=bearer).status_code == 401
    assert enter(site, "boris")[1] == 401


@pytest.mark.parametrize(("column", "value"), [("seen_at", "31 minutes"), ("ends_at", "12 hours")])
def test_a_session_ends_after_idling_and_after_half_a_day(site: Site, column: str, value: str) -> None:
    visitor, _ = enter(site)
    with site.database.use_case(SERVICE) as connection:
        connection.execute(text(f"UPDATE login_session SET {column} = {column} - interval '{value}'"))
    assert visitor.get("/account").status_code == 303


def test_the_database_holds_no_cookie_and_no_token(site: Site) -> None:
    visitor, _ = enter(site)
    cookie = visitor.client.get_cookie("session").value
    with site.database.use_case(SERVICE) as connection:
        rows = connection.execute(text("SELECT login_session::text AS row FROM login_session")).all()
    assert rows
    assert all(cookie not in row.row for row in rows)


def test_changing_the_password_ends_every_other_session(site: Site) -> None:
    here, _ = enter(site)
    there, _ = enter(site)
    new = "another good secret"
    changed = {"old": PASSWORD, "new": new, "again": new, "ending": ["sessions"]}
    assert here.post("/account/password", changed, form="/account").status_code == 303
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303
    assert enter(site)[1] == 401
    assert enter(site, password="another good secret")[1] == 303


def test_a_handed_over_password_must_be_changed_first(site: Site) -> None:
    with site.database.use_case(SERVICE) as connection:
        _, handed = users.create(connection, SERVICE, users.NewUser("clara", "Clara"))
    visitor, _ = enter(site, "clara", handed)
    assert visitor.get("/assets").location == "/account#password"
    visitor.post(
        "/account/password",
        {"old": handed, "new": "my own secret 1", "again": "my own secret 1"},
        form="/account",
    )
    assert visitor.get("/assets").status_code == 200


def test_a_handed_over_password_ends_after_three_days(site: Site) -> None:
    with site.database.use_case(SERVICE) as connection:
        _, handed = users.create(connection, SERVICE, users.NewUser("dora", "Dora"))
    assert enter(site, "dora", handed)[1] == 303
    with site.database.use_case(SERVICE) as connection:
        connection.execute(text("UPDATE user_account SET handed_until = now() WHERE login = 'dora'"))
    answer = site.visitor().post("/login", {"login": "dora", "password": handed}, form="/login")
    assert answer.status_code == 401
    assert "has expired" in answer.text
    assert audited(site, "login_failed")
    assert enter(site, "dora", "not the handed one")[1] == 401


def test_known_and_unknown_names_get_the_same_answer(site: Site) -> None:
    first = site.visitor().post("/login", {"login": "anna", "password": "wrong"})
    second = site.visitor().post("/login", {"login": "nobody", "password": "wrong"})
    told = [
        answer.get_data(as_text=True).split("error-summary")[1].split("</div>")[0]
        for answer in (first, second)
    ]
    assert first.status_code == second.status_code == 401
    assert told[0] == told[1]


def test_names_and_passwords_do_not_reach_the_audit(site: Site) -> None:
    enter(site, "somebody-i-know", "my password elsewhere")
    with site.database.use_case(SERVICE) as connection:
        events = str(connection.execute(text("SELECT * FROM audit_event WHERE object = 'login'")).all())
    (kept,) = audited(site, "login_failed")
    assert not hashlib.sha256(b"somebody-i-know").hexdigest().startswith(kept)
    for _ in range(7):
        enter(site, "somebody-i-know", "my password elsewhere")
    assert {*audited(site, "login_failed"), *audited(site, "login_limited")} == {kept}
    assert "somebody-i-know" not in events
    assert "elsewhere" not in events


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_no_return_address_leads_away(site: Site, target: str) -> None:
    answer = site.visitor().post("/login", {"login": "anna", "password": PASSWORD, "next": target})
    assert answer.location == "/"


def test_pages_ask_to_sign_in_and_bring_back(site: Site) -> None:
    answer = site.visitor().get("/admin/users?q=a")
    assert (answer.status_code, answer.location) == (303, "/login?next=/admin/users?q%3Da")
    assert (
        site.visitor().get("/api/v1/parties", headers={"Authorization": "Bearer irt_no"}).status_code == 401
    )


def test_a_role_given_counts_from_the_next_request(site: Site) -> None:
    visitor, _ = enter(site, "boris")
    assert visitor.get("/admin/grants").status_code == 403
    with site.database.use_case(SERVICE) as connection:
        users.give_role(connection, SERVICE, "boris", "regulator")
    assert visitor.get("/admin/grants").status_code == 200


class Guesser:
    """Somebody who tries passwords, with a clock that can be moved."""

    def __init__(self, site: Site) -> None:
        self.database, self.now = site.database, START

    def tries(self, password: str, name: str = "anna", address: str = "192.0.2.1") -> str:
        try:
            login.log_in(self.database, name, password, address=address, clock=lambda: self.now)
        except Limited as limited:
            return f"wait {limited.params['retry_after_s']}"
        except NotLoggedIn:
            return "wrong"
        return "in"


def test_the_sixth_guess_waits_even_when_it_is_right(site: Site) -> None:
    guesser = Guesser(site)
    assert [guesser.tries("wrong") for _ in range(5)] == ["wrong"] * 5
    assert guesser.tries(PASSWORD) == "wait 60"
    assert guesser.tries(PASSWORD, address="192.0.2.2") == "in"
    guesser.now += timedelta(seconds=61)
    assert guesser.tries(PASSWORD) == "in"
    assert guesser.tries("wrong") == "wrong"


def test_the_wait_grows_while_guessing_goes_on(site: Site) -> None:
    guesser, waits = Guesser(site), []
    for _ in range(20):
        answer = guesser.tries("wrong")
        while answer.startswith("wait"):
            waits.append(int(answer.split()[1]))
            guesser.now += timedelta(seconds=waits[-1])
            answer = guesser.tries("wrong")
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (60, 240)


def test_an_address_is_limited_over_all_accounts(site: Site) -> None:
    guesser = Guesser(site)
    assert [guesser.tries("wrong", name=f"user{n}") for n in range(10)] == ["wrong"] * 10
    assert guesser.tries(PASSWORD) == "wait 300"
    guesser.now += timedelta(seconds=301)
    assert guesser.tries(PASSWORD) == "in"


def test_guesses_sent_at_once_are_counted_one_by_one(site: Site) -> None:
    guesser = Guesser(site)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: guesser.tries("wrong"), range(12)))
    assert answers.count("wrong") == 5


def test_a_limited_page_says_when_to_come_back(site: Site) -> None:
    for _ in range(5):
        enter(site, password="wrong")
    answer = site.visitor().post("/login", {"login": "anna", "password": PASSWORD})
    assert answer.status_code == 429
    assert 50 <= int(answer.headers["Retry-After"]) <= 60


def test_a_token_does_only_what_it_may(site: Site) -> None:
    site.user("keeper", (Role.REGULATOR, None))
    actor = login.actor_of(site.database, "keeper")
    with site.database.use_case(actor) as connection:
        reading = tokens.make(connection, actor, name="read", scopes=[], days=9)
        writing = tokens.make(connection, actor, name="write", scopes=["party.edit"], days=9)
    body = {"name": "Some carrier", "kind": "carrier"}
    answers = [
        site.visitor().client.post("/api/v1/parties", json=body, headers={"Authorization": f"Bearer {token}"})
        for token in (reading, writing)
    ]
    assert [answer.status_code for answer in answers] == [403, 201]
    page = site.visitor().get("/account", headers={"Authorization": f"Bearer {writing}"})
    assert page.status_code == 403


def test_a_revoked_or_ended_token_is_refused(site: Site) -> None:
    actor = login.actor_of(site.database, "anna")
    with site.database.use_case(actor) as connection:
        made = [tokens.make(connection, actor, name=name, scopes=[], days=9) for name in ("one", "two")]
        tokens.revoke(connection, actor, tokens.live(connection, actor.user_id)[1].id)
    with site.database.use_case(SERVICE) as connection:
        connection.execute(text("UPDATE api_token SET ends_at = now() WHERE name = 'two'"))
    for token in made:
        answer = site.visitor().get("/api/v1/parties", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_production_cookies_are_bound_to_host_and_tls(database: Database, tmp_path) -> None:
    keys: dict[str, Any] = {"secret_key": "s" * 40, "case_key": "c" * 40}
    site = Site(
        database,
        Settings(var_dir=tmp_path, profile="production", public_address="https://registry.example", **keys),
    )
    answer = site.visitor().get("/login", base_url="https://registry.example")
    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies
    assert all(line.startswith("__Host-") and "Secure" in line and "Path=/" in line for line in cookies)
    assert "max-age" in answer.headers["Strict-Transport-Security"]
