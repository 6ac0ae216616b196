"""Every response, whatever made it, tells the browser what it may not do."""

import re

import pytest

from infra_registry.access import Role
from infra_registry.config import Settings
from infra_registry.db import Database
from tests.web.site import Site
from web.site.security import HEADERS

PATHS = ("/", "/login", "/parties", "/parties/none", "/account", "/admin", "/no/such/page", "/api/v1/parties",
         "/api/v1/nothing", "/api/v1/parties?wrong=1", "/api/v1/openapi.json", "/static/css/frame.css",
         "/static/none.css", "/healthz", "/readyz", "/metrics", "/map", "/assets", "/tiles/assets/0/0/0.mvt",
         "/tiles/assets/99/0/0.mvt", "/?q=%00")  # fmt: skip


@pytest.fixture(scope="module")
def site(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(module_database, Settings(var_dir=tmp_path_factory.mktemp("var")))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_the_headers_are_on_every_answer(site: Site, path: str, method: str) -> None:
    answer = site.visitor().client.open(path, method=method)
    assert answer.status_code < 500
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert not re.search(r"https?:|\*", policy)
    assert answer.headers["X-Request-Id"]
    assert answer.headers["Cache-Control"]


def test_an_unexpected_failure_has_them_too_and_tells_nothing(site: Site) -> None:
    made = Site(site.database, site.app.extensions["registry.settings"])
    made.app.testing = False
    view = made.app.view_functions["parties.show"]

    def broken(code: str) -> str:
        raise RuntimeError(f"secret detail {code}")

    vars(broken)["permission"] = vars(view)["permission"]
    made.app.view_functions["parties.show"] = broken
    answer = made.visitor().get("/parties/x")
    assert answer.status_code == 500
    assert "secret detail" not in answer.get_data(as_text=True)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_nonce_is_new_each_time_and_only_for_the_import_map(site: Site) -> None:
    pages = [site.visitor().get("/login") for _ in range(2)]
    nonces = [
        re.search(r"'nonce-([^']+)'", page.headers["Content-Security-Policy"]).group(1) for page in pages
    ]
    assert nonces[0] != nonces[1]
    html = pages[0].get_data(as_text=True)
    tags = re.findall(r"<script[^>]*>", html)
    assert [tag for tag in tags if "nonce=" in tag] == [f'<script type="importmap" nonce="{nonces[0]}">']
    assert all("src=" in tag for tag in tags if "nonce=" not in tag)
    assert not re.search(r"<[^>]+\s(style|on\w+)=", html)


def test_private_pages_are_not_kept_and_files_are(site: Site) -> None:
    reader = site.user("reader", (Role.SEEKER, None))
    assert reader.get("/account").headers["Cache-Control"] == "no-store"
    file = reader.get("/static/css/frame.css?v=abc")
    assert "immutable" in file.headers["Cache-Control"]
    assert "Set-Cookie" not in file.headers


def test_the_language_is_asked_kept_and_otherwise_the_browsers(site: Site) -> None:
    client = site.app.test_client()
    assert client.get("/login").headers["Content-Language"] == "zh-Hans"
    assert (
        client.get("/login", headers={"Accept-Language": "en-GB,en;q=0.9"}).headers["Content-Language"]
        == "en"
    )
    assert client.get("/login?lang=en").headers["Content-Language"] == "en"
    assert client.get("/login").headers["Content-Language"] == "en"
    assert client.get("/login?lang=xx").status_code == 200
