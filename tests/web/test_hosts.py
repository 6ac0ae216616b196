"""By which names the register is asked, which site may write to it, and what its links begin with."""

import io
import re
import secrets
import zipfile
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from infra_registry.access import SERVICE, Role
from infra_registry.config import Settings, today
from infra_registry.db import Database
from infra_registry.duties.inforce.law import law
from tests.integration.law_towns import Towns, building, settle
from tests.integration.rebuilding import rebuild
from tests.web.site import TOKEN, Site, Visitor

PUBLIC = "https://register.example"


def production(var: Path) -> Settings:
    return Settings(
        var_dir=var,
        profile="production",
        secret_key=secrets.token_urlsafe(48),
        case_key=secrets.token_urlsafe(48),
        public_address=PUBLIC,
        proxies=1,
    )


@pytest.fixture
def public(database: Database, tmp_path: Path) -> Site:
    return Site(database, production(tmp_path))


@pytest.mark.parametrize(
    "host",
    ["evil.example", "register.example.evil.example", "localhost", "127.0.0.1", "register.example@evil.example",
     "register.example:80:80", "register.example/x", "a b", "[::1]", "REGISTER.example.", "中"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/login", "/api/v1/parties", "/static/css/frame.css", "/no/such/page"])
def test_another_host_is_refused_in_words(public: Site, host: str, path: str) -> None:
    answer = public.app.test_client().get(
        path, headers={"Host": host.encode().decode("latin-1")}, base_url=PUBLIC
    )
    assert answer.status_code == 400
    said = answer.json["detail"] if answer.is_json else answer.get_data(as_text=True)
    assert "HOSTS" in said
    assert "evil.example" not in said


def test_a_forwarded_host_is_held_to_the_same_list(public: Site) -> None:
    client = public.app.test_client()
    assert client.get("/login", base_url=PUBLIC).status_code == 200
    wrong = client.get("/login", base_url=PUBLIC, headers={"X-Forwarded-Host": "evil.example"})
    assert wrong.status_code == 400


def test_names_of_its_own_are_answered_in_any_case_and_with_a_port(
    database: Database, tmp_path: Path
) -> None:
    site = Site(database, replace(production(tmp_path), hosts=("10.0.0.5", "::2")))
    for host in ("REGISTER.EXAMPLE", "register.example:8443", "10.0.0.5", "[::2]:80"):
        assert site.app.test_client().get("/login", headers={"Host": host}).status_code == 200, host


def test_who_watches_the_machine_asks_by_any_name(public: Site) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert public.app.test_client().get(path, headers={"Host": "10.1.2.3"}).status_code == 200


def test_development_is_asked_on_this_machine_alone(site: Site) -> None:
    for host, status in (("localhost:8000", 200), ("127.0.0.1", 200), ("[::1]:9", 200), ("192.0.2.7", 400)):
        assert site.app.test_client().get("/login", headers={"Host": host}).status_code == status, host


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (PUBLIC, 401),
        ("http://register.example", 403),
        ("https://register.example:8443", 403),
        ("https://evil.example", 403),
        ("null", 403),
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_write_from_the_unencrypted_site_is_refused(
    public: Site, origin: str, status: int, scheme: str
) -> None:
    """Also where the proxy does not say that it was asked over TLS."""
    client = public.app.test_client()
    page = client.get("/login", base_url=PUBLIC).get_data(as_text=True)
    token = TOKEN.search(page)
    assert token is not None
    sent = {"login": "nobody", "password": "wrong", "csrf_token": token.group(1)}
    headers = {"Origin": origin, "X-Forwarded-Proto": scheme, "Cookie": cookies(client)}
    answer = client.post("/login", data=sent, base_url=PUBLIC, headers=headers)
    assert answer.status_code == status


def cookies(client: object) -> str:
    """What a browser sends back, whatever scheme the application believes it was asked by."""
    jar = getattr(client, "_cookies", {})
    return "; ".join(f"{cookie.key}={cookie.value}" for cookie in jar.values())


def test_in_development_the_scheme_counts_too(site: Site) -> None:
    visitor = site.visitor()
    token = TOKEN.search(visitor.get("/login").get_data(as_text=True))
    assert token is not None
    sent = {"login": "nobody", "password": "wrong", "csrf_token": token.group(1)}
    for origin, status in (("http://localhost", 401), ("https://localhost", 403)):
        assert visitor.client.post("/login", data=sent, headers={"Origin": origin}).status_code == status


SENT = "0123456789abcdef-of-a-stranger"


def test_a_strangers_request_id_is_not_taken(site: Site) -> None:
    answer = site.visitor().get("/login", headers={"X-Request-Id": SENT})
    assert answer.headers["X-Request-Id"] != SENT
    assert re.fullmatch("[0-9a-f]{24}", answer.headers["X-Request-Id"])


@pytest.mark.parametrize(
    ("sent", "taken"), [(SENT, True), ("short", False), ("a" * 65, False), ("a b c d e f g", False)]
)
def test_a_proxys_request_id_is_taken_in_its_form(public: Site, sent: str, taken: bool) -> None:
    answer = public.app.test_client().get("/login", base_url=PUBLIC, headers={"X-Request-Id": sent})
    assert (answer.headers["X-Request-Id"] == sent) is taken


def campaign(site: Site, towns: Towns) -> tuple[Visitor, str]:
    with site.database.use_case(SERVICE) as connection:
        building(connection, towns, "yinchuan", 0)
        rebuild(connection, law(connection))
    desk = site.user("office", (Role.REGULATOR, towns.cities["yinchuan"]))
    says = {
        "title": "征询开放", "sender": "示例局", "contact": "电话0000", "link_days": "60", "city": "640100",
        "answer_by": str(today() + timedelta(days=30)), "owners": "holder",
    }  # fmt: skip
    return desk, str(desk.post("/campaigns", says, form="/account").location)


def test_links_that_leave_begin_with_the_public_address(database: Database, tmp_path: Path) -> None:
    """Whoever asks, and by whichever of the register's names."""
    with database.use_case(SERVICE) as connection:
        towns = settle(connection)
    site = Site(database, Settings(var_dir=tmp_path, public_address="https://answers.example"))
    desk, address = campaign(site, towns)
    letters = desk.post(f"{address}/print", {"all": "1"}, form="/account").get_data(as_text=True)
    mail = desk.post(f"{address}/mail", {"all": "1", "format": "eml"}, form="/account")
    table = desk.post(f"{address}/mail", {"all": "1", "format": "csv"}, form="/account").get_data(
        as_text=True
    )
    with zipfile.ZipFile(io.BytesIO(mail.data)) as archive:
        message = message_from_bytes(archive.read(archive.namelist()[0]), policy=policy.default).get_content()
    for text in (letters, message, table):
        assert re.findall(r"(https?://[^/\s]+)/answer/", text) == ["https://answers.example"]
