"""No write of any address can be made by another site's page."""

from collections.abc import Iterator

import pytest
from werkzeug.routing import Rule

from infra_registry.access import Role
from infra_registry.config import Settings
from infra_registry.db import Database
from tests.web.site import Site, Visitor

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture(scope="module")
def site(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(module_database, Settings(var_dir=tmp_path_factory.mktemp("var")))


@pytest.fixture(scope="module")
def everybody(site: Site) -> Visitor:
    return site.user("everybody", *[(role, None) for role in Role])


def writes(site: Site) -> Iterator[tuple[str, str]]:
    """Every unsafe method of every address, with plausible values in its variable parts."""
    for rule in site.app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) & set(UNSAFE)):
            yield method, address(site, rule)


def address(site: Site, rule: Rule) -> str:
    values = {
        name: ("1" if "int" in str(type(part)).lower() else "x") for name, part in rule._converters.items()
    }
    with site.app.test_request_context():
        return str(
            site.app.url_map.bind("localhost").build(rule.endpoint, values, method=next(iter(rule.methods)))
        )


def test_there_are_writes_to_guard(site: Site) -> None:
    assert len(list(writes(site))) > 12


def test_a_write_without_the_token_is_refused(site: Site, everybody: Visitor) -> None:
    for method, path in writes(site):
        answer = everybody.client.open(path, method=method)
        assert (answer.status_code, answer.headers["X-Request-Id"] != "") == (403, True), (method, path)


def test_a_token_of_somebody_else_is_refused(site: Site, everybody: Visitor) -> None:
    other = site.visitor()
    page = other.get("/login").get_data(as_text=True)
    foreign = page.split('name="csrf_token" value="')[1].split('"')[0]
    for method, path in writes(site):
        answer = everybody.client.open(path, method=method, headers={"X-CSRF-Token": foreign})
        assert answer.status_code == 403, (method, path)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_foreign_origin_is_refused_even_with_the_token(
    site: Site, everybody: Visitor, headers: dict[str, str]
) -> None:
    page = everybody.get("/account").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    for method, path in writes(site):
        answer = everybody.client.open(path, method=method, headers={"X-CSRF-Token": token, **headers})
        assert answer.status_code == 403, (method, path)


def test_the_header_serves_where_there_is_no_form(everybody: Visitor) -> None:
    page = everybody.get("/account").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    body = {"name": "A company of ours", "kind": "company"}
    answer = everybody.client.post(
        "/api/v1/parties", json=body, headers={"X-CSRF-Token": token, "Origin": "http://localhost"}
    )
    assert answer.status_code == 201


def test_an_anonymous_write_to_the_interface_meets_the_permission(site: Site) -> None:
    answer = site.visitor().client.post("/api/v1/parties", json={})
    assert (answer.status_code, answer.json["code"]) == (401, "access.log_in")
