"""Log-in through an identity provider: only a bound account, only by a true token, never instead of a second factor."""

import dataclasses
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any

import pytest
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from joserfc.jwk import RSAKey
from sqlalchemy import text

from infra_registry import config
from infra_registry.access import SERVICE
from infra_registry.config import OpenId, Settings
from infra_registry.db import Database
from infra_registry.errors import Forbidden, Invalid, RegistryError
from infra_registry.parties import factors, login, users
from tests.provider import Liar, lying, secret_key
from tests.web.site import Site, Visitor
from tests.web.test_factors import Https
from web.site import openid

PASSWORD = "a long enough secret"
DOCUMENT = "/.well-known/openid-configuration"


@pytest.fixture
def provider() -> Iterator[tuple[OpenId, Liar]]:
    with lying() as pair:
        yield pair


@pytest.fixture
def liar(provider: tuple[OpenId, Liar]) -> Liar:
    return provider[1]


@pytest.fixture
def site(database: Database, tmp_path, provider: tuple[OpenId, Liar]) -> Site:
    with database.use_case(SERVICE) as connection:
        for name in ("anna", "admin"):
            users.create(connection, SERVICE, users.NewUser(name, name, password=PASSWORD))
        users.give_role(connection, SERVICE, "admin", "security_admin")
        users.bind(connection, SERVICE, "anna", provider[0].issuer, "anna-1")
    return Site(database, Settings(var_dir=tmp_path, secret_key="s" * 40, openid=provider[0]))


def sign_in(visitor: Visitor, liar: Liar, target: str = "/assets"):
    """Go to the provider and come back."""
    gone = visitor.get("/login/openid", query_string={"next": target})
    assert gone.status_code == 302, gone.get_data(as_text=True)
    return visitor.get(f"/login/openid/back?{liar.authorize(gone.location)}")


def who(visitor: Visitor) -> int:
    return visitor.get("/account").status_code


def test_a_bound_account_comes_in_and_goes_where_it_wanted(site: Site, liar: Liar) -> None:
    visitor = site.visitor()
    back = sign_in(visitor, liar)
    assert (back.status_code, back.location) == (303, "/assets")
    assert who(visitor) == 200
    visitor.post("/logout", {}, form="/account")
    assert who(visitor) == 303


def test_the_way_there_carries_pkce_state_and_nonce(site: Site) -> None:
    first, second = (site.visitor().get("/login/openid").location for _ in range(2))
    for name in ("code_challenge_method=S256", "code_challenge=", "state=", "nonce=", "scope=openid"):
        assert name in first
    assert first != second
    assert "openid%2Fback" in first


def test_another_site_does_not_sign_anybody_in(site: Site) -> None:
    away = site.visitor().get("/login/openid?next=/assets", headers={"Sec-Fetch-Site": "cross-site"})
    assert away.location == "/login?next=%2Fassets"


def test_nobody_without_a_bound_account(site: Site, liar: Liar) -> None:
    liar.claims = {"sub": "stranger", "email": "anna@city.example", "preferred_username": "anna"}
    visitor = site.visitor()
    back = sign_in(visitor, liar)
    assert back.status_code == 401
    assert "stranger" in back.get_data(as_text=True)
    assert who(visitor) == 303


def test_the_same_subject_of_another_issuer_is_somebody_else(site: Site, liar: Liar) -> None:
    with site.database.use_case(SERVICE) as connection:
        users.bind(connection, SERVICE, "anna", "https://other.example", "anna-1")
    assert sign_in(site.visitor(), liar).status_code == 401


def test_a_disabled_account_is_refused(site: Site, liar: Liar) -> None:
    with site.database.use_case(SERVICE) as connection:
        users.set_active(connection, SERVICE, "anna", active=False)
    assert sign_in(site.visitor(), liar).status_code == 401


def stolen(liar: Liar) -> None:
    liar.signing = RSAKey.generate_key(2048, {"kid": "1"}, private=True)


def by_secret(liar: Liar) -> None:
    liar.algorithm, liar.signing = "HS256", secret_key()


def unsigned(liar: Liar) -> None:
    liar.algorithm, liar.signing = "none", secret_key()


def claims(**changed: object) -> Callable[[Liar], None]:
    def lie(liar: Liar) -> None:
        liar.claims = dict(changed)

    return lie


def raw(path: str, body: bytes) -> Callable[[Liar], None]:
    def lie(liar: Liar) -> None:
        liar.raw[path] = body

    return lie


LIES = {
    "another key": stolen,
    "the client's secret as key": by_secret,
    "no signature": unsigned,
    "another issuer": claims(iss="https://other.example"),
    "another audience": claims(aud="somebody"),
    "two audiences, made for the other": claims(aud=["registry", "somebody"], azp="somebody"),
    "no end": claims(exp=None),
    "ended": claims(exp=int(time.time()) - 3600),
    "not yet": claims(nbf=int(time.time()) + 3600),
    "made tomorrow": claims(iat=int(time.time()) + 86400),
    "another nonce": claims(nonce="x" * 20),
    "no nonce": claims(nonce=None),
    "no subject": claims(sub=None),
    "an empty subject": claims(sub=""),
    "a subject that is none": claims(sub={"name": "anna-1"}),
    "a number as subject": claims(sub=7),
    "a long subject": claims(sub="a" * 300),
    "no token": raw("/token", b'{"access_token": "a", "token_type": "Bearer"}'),
    "no JSON": raw("/token", b"<html>"),
    "a list": raw("/token", b"[]"),
    "no keys": raw("/jwks", b"{}"),
    "odd keys": raw("/jwks", b'{"keys": 7}'),
    "an error": raw("/token", b'{"error": "invalid_grant"}'),
}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_opens_nothing(site: Site, liar: Liar, name: str) -> None:
    LIES[name](liar)
    visitor = site.visitor()
    back = sign_in(visitor, liar)
    assert back.status_code == 401, back.get_data(as_text=True)
    assert "City ID" in back.get_data(as_text=True)
    assert who(visitor) == 303


def test_state_must_be_one_that_was_given_to_this_browser(site: Site, liar: Liar) -> None:
    mine, other = site.visitor(), site.visitor()
    gone = mine.get("/login/openid").location
    assert other.get(f"/login/openid/back?{liar.authorize(gone)}").status_code == 401
    assert other.get("/login/openid/back?code=a&state=b").status_code == 401
    assert other.get("/login/openid/back").status_code == 401
    assert other.get("/login/openid/back?error=access_denied&state=b").status_code == 401
    query = liar.authorize(gone)
    assert mine.get(f"/login/openid/back?{query}").status_code == 303
    assert mine.get(f"/login/openid/back?{query}").status_code == 401  # once


def test_a_provider_that_names_another_issuer_is_not_asked(site: Site, liar: Liar) -> None:
    liar.metadata = {"issuer": "https://other.example"}
    assert site.visitor().get("/login/openid").status_code == 401
    liar.metadata = {}
    assert site.visitor().get("/login/openid").status_code == 302


@pytest.mark.parametrize("body", [b"[]", b"{}", b"no JSON", b'{"issuer": 7}'])
def test_odd_words_about_itself(site: Site, liar: Liar, body: bytes) -> None:
    liar.raw[DOCUMENT] = body
    assert site.visitor().get("/login/openid").status_code in (401, 503)


def test_a_provider_without_end_is_not_listened_to(site: Site, liar: Liar) -> None:
    liar.raw[DOCUMENT] = b'{"issuer": "' + b"a" * 1_000_000 + b'"}'
    refused = site.visitor().get("/login/openid")
    assert refused.status_code == 503
    assert "City ID" in refused.get_data(as_text=True)


def test_a_provider_that_answers_by_drops_is_not_waited_for(site: Site, liar: Liar) -> None:
    liar.drop_s = 0.5
    started = time.monotonic()
    assert site.visitor().get("/login/openid").status_code == 503
    assert time.monotonic() - started < 6


@pytest.mark.parametrize(
    "said",
    [
        {"code_challenge_method": "plain"},
        {"scope": "openid email"},
        {"default_timeout": "0"},
        {"token_endpoint_auth_method": "none"},
    ],
)
def test_what_it_says_of_itself_sets_nothing_of_ours(site: Site, liar: Liar, said: dict[str, str]) -> None:
    liar.metadata = said
    visitor = site.visitor()
    gone = visitor.get("/login/openid").location
    assert "code_challenge_method=S256" in gone
    assert "scope=openid&" in gone
    assert visitor.get(f"/login/openid/back?{liar.authorize(gone)}").status_code == 303
    assert "Basic " in liar.authorization


def test_keys_come_from_their_address_alone(site: Site, liar: Liar) -> None:
    stolen(liar)
    liar.metadata = {"jwks": {"keys": [liar.signing.as_dict(private=False)]}}
    assert sign_in(site.visitor(), liar).status_code == 401


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize("address", ["http://id.example/x", "javascript:1", "", None, 7])
def test_addresses_of_a_provider_are_https(name: str, address: object) -> None:
    issuer = "https://id.example"
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    document = {"issuer": issuer} | {each: f"{issuer}/{each}" for each in names}
    assert openid.believed(document, issuer)["jwks_uri"] == "https://id.example/jwks_uri"
    with pytest.raises(AuthlibBaseError):
        openid.believed(document | {name: address}, issuer)


def test_a_log_in_begun_often_leaves_a_small_cookie(site: Site, liar: Liar) -> None:
    visitor = site.visitor()
    for _ in range(12):
        visitor.get("/login/openid")
    cookie = visitor.client.get_cookie("notice")
    assert cookie is not None
    assert len(cookie.value) < 2000
    assert sign_in(visitor, liar).status_code == 303


def test_a_provider_that_is_down_leaves_the_password(site: Site, liar: Liar) -> None:
    liar.wait_s = 6
    started = time.monotonic()
    page = site.visitor().get("/login/openid")
    assert page.status_code == 503
    assert time.monotonic() - started < 5.5
    assert 'name="password"' in page.get_data(as_text=True)
    visitor = site.visitor()
    visitor.post("/login", {"login": "anna", "password": PASSWORD})
    assert who(visitor) == 200


def test_a_provider_that_falls_silent_on_the_way_back_leaves_the_password(site: Site, liar: Liar) -> None:
    visitor = site.visitor()
    query = liar.authorize(visitor.get("/login/openid").location)
    liar.wait_s = 6
    page = visitor.get(f"/login/openid/back?{query}")
    assert page.status_code == 503
    assert 'name="password"' in page.get_data(as_text=True)


def test_a_slow_provider_holds_two_visitors_and_no_third(site: Site, liar: Liar) -> None:
    liar.wait_s = 3
    with ThreadPoolExecutor(2) as visitors:
        held = [visitors.submit(site.visitor().get, "/login/openid") for _ in range(2)]
        time.sleep(1)
        started = time.monotonic()
        third = site.visitor().get("/login/openid")
        assert time.monotonic() - started < 1
        assert (third.status_code, third.headers["Retry-After"]) == (503, "4")
    assert [answer.result().status_code for answer in held] == [302, 302]


def test_an_account_bound_at_another_provider_is_told_and_bound_anew(site: Site, liar: Liar) -> None:
    with site.database.use_case(SERVICE) as connection:
        users.bind(connection, SERVICE, "anna", "https://other.example", "anna-1")
    admin = site.visitor()
    admin.post("/login", {"login": "admin", "password": PASSWORD})
    assert "https://other.example" in admin.get("/admin/users/anna").get_data(as_text=True)
    admin.post("/admin/users/anna/provider", {"subject": "anna-1"}, form="/admin/users/anna")
    assert "https://other.example" not in admin.get("/admin/users/anna").get_data(as_text=True)
    assert sign_in(site.visitor(), liar).status_code == 303


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"]
)
def test_it_leads_to_no_other_site(site: Site, liar: Liar, target: str) -> None:
    assert sign_in(site.visitor(), liar, target).location == "/"


def with_sheet(site: Site) -> None:
    """Codes on paper for anna."""
    with site.database.use_case(SERVICE) as connection:
        user = users.find(connection, SERVICE, "anna")
    factors.begin_sheet(site.database, user.id)
    with site.database.use_case(SERVICE) as connection:
        connection.execute(
            text("UPDATE second_factor SET confirmed_at = now() WHERE user_id = :id"), {"id": user.id}
        )


def test_the_second_factor_is_still_asked_for(site: Site, liar: Liar) -> None:
    with_sheet(site)
    visitor = site.visitor()
    back = sign_in(visitor, liar)
    assert (back.status_code, back.location) == (303, "/login/code?next=%2Fassets")
    assert who(visitor) == 303


VOUCHED: list[dict[str, object]] = [{"acr": "loa3"}, {"amr": ["pwd", "mfa"]}]
NOT_VOUCHED: list[dict[str, object]] = [
    {},
    {"acr": "loa1", "amr": ["pwd"]},
    {"acr": ["loa3"]},
    {"amr": [["mfa"]]},
    {"acr": "mf", "amr": ["MFA", "loa"]},
]


def of_production(site: Site, tmp_path, *accepted: str) -> Site:
    """A site in production whose provider's word counts where it names one of these; anna is a handler."""
    with site.database.use_case(SERVICE) as connection:
        users.give_role(connection, SERVICE, "anna", "case_handler")
    provider = dataclasses.replace(site.app.extensions["registry.settings"].openid, factors=accepted)
    keys: dict[str, Any] = {
        "secret_key": "s" * 40,
        "case_key": "c" * 40,
        "public_address": "https://localhost",
    }
    return Site(site.database, Settings(var_dir=tmp_path, profile="production", openid=provider, **keys))


@pytest.mark.parametrize("claimed", VOUCHED + NOT_VOUCHED)
@pytest.mark.parametrize("accepted", [(), ("loa3", "mfa")])
def test_in_production_a_second_factor_is_needed_unless_the_provider_vouches(
    site: Site, liar: Liar, tmp_path, claimed: dict[str, object], accepted: tuple[str, ...]
) -> None:
    liar.claims = claimed
    visitor = Https(of_production(site, tmp_path, *accepted), "en")
    sign_in(visitor, liar)
    opened = visitor.get("/cases")
    if accepted and claimed in VOUCHED:
        assert opened.status_code == 200
    else:
        assert opened.location == "/account/factor"


@pytest.mark.parametrize("accepted", [(), ("mfa",)])
def test_a_vouched_log_in_asks_for_no_code(
    site: Site, liar: Liar, tmp_path, accepted: tuple[str, ...]
) -> None:
    with_sheet(site)
    liar.claims = {"amr": ["mfa"]}
    visitor = Https(of_production(site, tmp_path, *accepted), "en")
    back = sign_in(visitor, liar)
    assert back.location == ("/assets" if accepted else "/login/code?next=%2Fassets")
    assert visitor.get("/cases").status_code == (200 if accepted else 303)
    password = {"old": PASSWORD, "new": "another long secret 2", "again": "another long secret 2"}
    if accepted:
        assert visitor.post("/account/password", password, form="/account").status_code == 303
        assert visitor.get("/cases").status_code == 200


def test_a_handed_password_does_not_stand_in_the_way(site: Site, liar: Liar) -> None:
    with site.database.use_case(SERVICE) as connection:
        handed = users.reset_password(connection, SERVICE, "anna")
    visitor = site.visitor()
    assert sign_in(visitor, liar).location == "/assets"
    assert visitor.get("/assets").status_code == 200
    by_password = site.visitor()
    by_password.post("/login", {"login": "anna", "password": handed})
    assert by_password.get("/assets").location == "/account#password"


def test_an_administrator_binds_and_unbinds_and_sessions_end(site: Site, liar: Liar) -> None:
    admin, anna = site.visitor(), site.visitor()
    admin.post("/login", {"login": "admin", "password": PASSWORD})
    sign_in(anna, liar)
    assert who(anna) == 200
    done = admin.post("/admin/users/anna/provider", {"subject": ""}, form="/admin/users/anna")
    assert done.status_code == 303
    assert who(anna) == 303
    assert sign_in(site.visitor(), liar).status_code == 401
    admin.post("/admin/users/anna/provider", {"subject": " anna-1 "}, form="/admin/users/anna")
    assert sign_in(site.visitor(), liar).status_code == 303
    with site.database.use_case(SERVICE) as connection:
        query = text("SELECT action, facts FROM audit_event WHERE action ^@ 'provider' ORDER BY id")
        first, unbound, last = connection.execute(query)
    assert first[0] == last[0] == "provider_bound"
    assert (first[1], unbound) == (last[1], ("provider_unbound", {}))
    assert last[1] == {"subject": sha256(f"{liar.issuer} anna-1".encode()).hexdigest()[:16]}


def test_one_subject_has_one_account_and_nobody_binds_himself(site: Site) -> None:
    with site.database.use_case(SERVICE) as connection:
        admin = login.actor_of(site.database, "admin")
        issuer = site.app.extensions["registry.settings"].openid.issuer
    with site.database.use_case(admin) as connection:
        users.create(connection, admin, users.NewUser("berta", "berta", password=PASSWORD))
        with pytest.raises(Invalid):
            users.bind(connection, admin, "berta", issuer, "anna-1")
        with pytest.raises(Forbidden):
            users.bind(connection, admin, "admin", issuer, "admin-1")
        for subject in ("a\nb", "a" * 256):
            with pytest.raises(Invalid):
                users.bind(connection, admin, "berta", issuer, subject)


def test_without_a_provider_there_is_no_such_way(database: Database, tmp_path) -> None:
    visitor = Site(database, Settings(var_dir=tmp_path, secret_key="s" * 40)).visitor()
    assert "openid" not in visitor.get("/login").get_data(as_text=True)
    for path in ("/login/openid", "/login/openid/back?code=a&state=b"):
        assert visitor.get(path).status_code == 404


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"OPENID_SECRET": ""}, "config.openid"),
        (
            dict.fromkeys(("OPENID_ISSUER", "OPENID_CLIENT", "OPENID_SECRET", "OPENID_NAME"), ""),
            "config.openid",
        ),
        ({"OPENID_ISSUER": "http://id.example"}, "config.issuer"),
        ({"OPENID_ISSUER": "id.example"}, "config.issuer"),
        ({}, None),
    ],
)
def test_a_provider_set_by_half_is_refused(changed: dict[str, str], code: str | None) -> None:
    whole = {
        "OPENID_ISSUER": "https://id.example",
        "OPENID_CLIENT": "registry",
        "OPENID_SECRET": "secret",
        "OPENID_NAME": "City ID",
        "OPENID_FACTORS": "mfa, loa3,",
    }
    if code is None:
        assert config.load(whole).openid == OpenId(
            "https://id.example", "registry", "secret", "City ID", ("mfa", "loa3")
        )
        return
    with pytest.raises(RegistryError) as refused:
        config.load(whole | changed)
    assert refused.value.code == code
