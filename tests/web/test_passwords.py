"""Passwords that are hard to guess, guesses of one's own limited, and what ends together with the old one."""

import pytest
from sqlalchemy import text

from infra_registry.access import SERVICE
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.errors import Invalid
from infra_registry.parties import login, passwords, tokens, users
from tests.web.site import Site, Visitor

PASSWORD = "a long enough secret"
NEXT = "kettle drum moss lantern"


@pytest.fixture
def site(database: Database, tmp_path) -> Site:
    with database.use_case(SERVICE) as connection:
        for name in ("anna", "admin"):
            users.create(connection, SERVICE, users.NewUser(name, "Anna Kowalczyk", password=PASSWORD))
        users.give_role(connection, SERVICE, "admin", "security_admin")
    return Site(database, Settings(var_dir=tmp_path))


def enter(site: Site, name: str = "anna", password: str = PASSWORD) -> Visitor:
    visitor = site.visitor()
    visitor.post("/login", {"login": name, "password": password})
    return visitor


def make_token(site: Site, name: str = "anna") -> dict[str, str]:
    actor = login.actor_of(site.database, name)
    with site.database.use_case(actor) as connection:
        token = tokens.make(connection, actor, name="script", scopes=[], days=9)
    return {"Authorization": f"Bearer {token}"}


def counts(site: Site, bearer: dict[str, str]) -> bool:
    return site.visitor().get("/api/v1/parties", headers=bearer).status_code == 200


def change(visitor: Visitor, **fields: object):
    form = {"old": PASSWORD, "new": NEXT, "again": NEXT, **fields}
    return visitor.post("/account/password", form, form="/account")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("kettle moss", "password.length"),
        ("xx anna.k xx 99", "password.own_words"),
        ("AnnaKowalczyk1988", "password.own_words"),
        ("Jining-Power-Works", "password.own_words"),
        ("zhangwei19881212", "password.own_words"),
        ("woaizhongguo2026", "password.own_words"),
        ("registry-2026", "password.own_words"),
        ("qwertyuiop123", "password.known_words"),
        ("iloveyou123456", "password.known_words"),
        ("aaaaaaaaaaaaaaaa", "password.pattern"),
        ("abcdefghijklmn", "password.pattern"),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused(password: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        passwords.check(password, ("anna.k", "Anna Kowalczyk", "Jining Power Works"))
    assert [fault.code for fault in refused.value.faults] == [code]


@pytest.mark.parametrize("password", [PASSWORD, NEXT, "月下独酌花间一壶酒独酌无相亲", "x7#Lq2!vRt9&" * 15])
def test_a_password_that_is_hard_to_guess_may_be_used(password: str) -> None:
    passwords.check(password, ("anna", None, ""))


@pytest.mark.parametrize(("language", "words"), [("en", "common pinyin"), ("zh-Hans", "常见拼音")])
def test_the_form_says_why_in_both_languages(site: Site, language: str, words: str) -> None:
    visitor = enter(site)
    visitor.client.set_cookie("lang", language)
    answer = change(visitor, new="woaizhongguo2026", again="woaizhongguo2026")
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)


def test_guesses_of_the_old_password_are_limited(site: Site) -> None:
    thief = enter(site)
    answers = [change(thief, old=f"guess {number}") for number in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert 50 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert change(thief).status_code == 429  # the right one comes too late
    token = {"token_name": "x", "days": "9", "token_password": PASSWORD}
    assert (
        thief.post("/account/tokens", token, form="/account").status_code == 429
    )  # one count for both forms
    assert enter(site).get("/account").status_code == 200  # log-in counts apart


def test_the_same_password_again_is_refused(site: Site) -> None:
    assert change(enter(site), new=PASSWORD, again=PASSWORD).status_code == 422


def test_making_a_token_asks_for_the_password(site: Site) -> None:
    visitor = enter(site)
    form = {"token_name": "script", "days": "9"}
    assert visitor.post("/account/tokens", form, form="/account").status_code == 422
    assert (
        visitor.post("/account/tokens", {**form, "token_password": "no"}, form="/account").status_code == 422
    )
    made = visitor.post("/account/tokens", {**form, "token_password": PASSWORD}, form="/account")
    assert made.status_code == 201


def test_both_ends_are_offered_ticked(site: Site) -> None:
    page = enter(site).get("/account").get_data(as_text=True)
    for value in ("sessions", "tokens"):
        assert f'name="ending" value="{value}" checked' in page


@pytest.mark.parametrize("ending", [[], ["sessions"], ["tokens"], ["sessions", "tokens"]])
def test_what_is_ticked_ends_with_the_old_password(site: Site, ending: list[str]) -> None:
    here, there, bearer = enter(site), enter(site), make_token(site)
    assert change(here, ending=ending).status_code == 303
    assert here.get("/account").status_code == 200
    assert (there.get("/account").status_code == 200) is ("sessions" not in ending)
    assert counts(site, bearer) is ("tokens" not in ending)


@pytest.mark.parametrize(("path", "data"), [("password", {}), ("active", {"active": "0"})])
def test_an_administrators_act_ends_sessions_and_tokens(site: Site, path: str, data: dict[str, str]) -> None:
    there, bearer, admin = enter(site), make_token(site), enter(site, "admin")
    assert admin.post(f"/admin/users/anna/{path}", data, form="/account").status_code in (200, 303)
    assert there.get("/account").status_code == 303
    admin.post("/admin/users/anna/active", {"active": "1"}, form="/account")
    assert not counts(site, bearer)


def test_an_administrator_brings_no_token_of_others_back(site: Site) -> None:
    make_token(site)
    actor = login.actor_of(site.database, "admin")
    with site.database.use_case(actor) as connection:
        connection.execute(text("UPDATE api_token SET revoked_at = now()"))
    with (
        pytest.raises(Exception, match="row-level security"),
        site.database.use_case(actor) as connection,
    ):
        connection.execute(text("UPDATE api_token SET revoked_at = NULL"))
