"""Roles that one person does not hold together: refused everywhere they are given, or held by exception of two."""

import itertools
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from infra_registry import words
from infra_registry.access import SERVICE, Role
from infra_registry.cli import registry, session
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.demo import people
from infra_registry.errors import Forbidden, Invalid
from infra_registry.parties import apart, factors, login, users
from tests.web.site import Site, Visitor

PASSWORD = "a long enough secret"
NAMED = [
    {Role.CARRIER_EDITOR, Role.CASE_HANDLER},
    {Role.CARRIER_EDITOR, Role.REGULATOR},
    {Role.CASE_HANDLER, Role.AUDITOR},
    {Role.AUDITOR, Role.SYSTEM_ADMIN},
    {Role.AUDITOR, Role.SECURITY_ADMIN},
    {Role.SEEKER, Role.REGULATOR},
    {Role.OWNER_EDITOR, Role.CASE_HANDLER},
]
PAIRS = list(itertools.permutations(Role, 2))
SOON = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    with database.use_case(SERVICE) as connection:
        for name in ("anna", "admin", "second"):
            users.create(connection, SERVICE, users.NewUser(name, name, password=PASSWORD))
        for name in ("admin", "second"):
            users.give_role(connection, SERVICE, name, "security_admin")
    return Site(database, Settings(var_dir=tmp_path))


def enter(site: Site, name: str, language: str = "en") -> Visitor:
    visitor = site.visitor(language)
    visitor.post("/login", {"login": name, "password": PASSWORD})
    return visitor


def roles(site: Site) -> set[str]:
    return {grant.role.value for grant in login.actor_of(site.database, "anna").roles}


def give(visitor: Visitor, role: str, **more: str) -> int:
    return visitor.post(
        "/admin/users/anna/roles", {"role": role, "area": "", **more}, form="/account"
    ).status_code


def test_the_table_names_what_must_not_meet() -> None:
    for first, second in map(tuple, NAMED):
        assert apart.excluding(first, [second]) == second
        assert apart.excluding(second, [first]) == first
    assert apart.excluding(Role.SEEKER, [Role.CARRIER_EDITOR, Role.OWNER_EDITOR]) is None
    assert all(apart.excluding(role, [role]) is None for role in Role)


def test_no_sample_account_breaks_it() -> None:
    for account in people().accounts:
        for role in account.roles:
            assert apart.excluding(Role(role), account.roles) is None, account


def test_page_and_command_refuse_what_the_table_excludes(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "open_database", lambda: site.database)
    admin = enter(site, "admin")
    for first, second in PAIRS:
        with site.database.use_case(SERVICE) as connection:
            connection.execute(
                text(
                    "DELETE FROM user_role WHERE user_id = (SELECT id FROM user_account WHERE login = 'anna')"
                )
            )
        excluded = apart.excluding(second, [first]) is not None
        assert give(admin, first) == 303
        assert give(admin, second) == (422 if excluded else 303)
        if excluded:
            result = CliRunner().invoke(registry, ["user", "role", "anna", second])
            assert (result.exit_code, roles(site)) == (1, {first.value}), result.output
    refused = CliRunner().invoke(registry, ["user", "role", "anna", "nonsense"], env={"REGISTRY_LANG": "en"})
    assert isinstance(refused.exception, Invalid)
    assert "There is no role nonsense. Roles: seeker, " in words.refusal("en", refused.exception)[0]


@pytest.mark.parametrize(
    ("language", "pair"),
    [("en", "Regulator and Carrier editor"), ("zh-Hans", "“主管部门”和“运营企业登记员”")],
)
def test_the_refusal_names_both_roles(site: Site, language: str, pair: str) -> None:
    admin = enter(site, "admin", language)
    assert give(admin, "regulator") == 303
    form = {"role": "carrier_editor", "area": ""}
    assert pair in admin.post("/admin/users/anna/roles", form, form="/account").text


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_an_exception_takes_two_and_ends_by_itself(site: Site, language: str) -> None:
    first, second = enter(site, "admin", language), enter(site, "second", language)
    why = {"exception_reason": "the office has two people", "exception_end": SOON}
    assert give(first, "regulator") == 303
    assert give(first, "seeker", exception_reason="the office has two people", exception_end="") == 422
    assert (
        give(first, "seeker", exception_reason="the office has two people", exception_end="2019-01-01") == 422
    )
    kept = first.post(
        "/admin/users/anna/roles",
        {"role": "seeker", "area": "", "exception_reason": "typed <once>", "exception_end": ""},
        form="/account",
    ).text
    assert 'value="typed &lt;once&gt;"' in kept
    assert re.search(r'value="seeker"[^>]*checked', kept)
    assert give(first, "seeker", **why) == 303
    assert roles(site) == {"regulator"}
    with site.database.use_case(SERVICE) as connection:
        (waiting,) = [item.id for item in users.find(connection, SERVICE, "anna").roles if item.waits]
    approve = f"/admin/users/anna/roles/{waiting}/approve"
    assert first.post(approve, {}, form="/account").status_code == 403
    page = second.get("/admin/users/anna").get_data(as_text=True)
    assert approve in page
    assert "the office has two people" in page
    assert approve not in first.get("/admin/users/anna").get_data(as_text=True)
    assert second.post(approve, {}, form="/account").status_code == 303
    assert second.post(approve, {}, form="/account").status_code == 404
    assert roles(site) == {"regulator", "seeker"}
    with site.database.use_case(SERVICE) as connection:
        audited = connection.scalars(
            text("SELECT action FROM audit_event WHERE action LIKE 'role_exc%' ORDER BY id")
        ).all()
        connection.execute(text("UPDATE user_role SET ends_at = now() WHERE id = :id"), {"id": waiting})
    assert audited == ["role_exception_asked", "role_exception_approved"]
    assert roles(site) == {"regulator"}
    assert give(first, "seeker", **why) == 303  # a new one may follow


def test_nobody_approves_for_himself_nor_past_the_database(site: Site) -> None:
    asker = login.actor_of(site.database, "admin")
    with site.database.use_case(asker) as connection:
        users.give_role(connection, asker, "second", "case_handler", "", users.RoleException("needed", SOON))
        (waiting,) = [item.id for item in users.find(connection, asker, "second").roles if item.waits]
    own = login.actor_of(site.database, "second")
    for actor in (own, asker):
        with pytest.raises(Forbidden), site.database.use_case(actor) as connection:
            users.approve_role(connection, actor, "second", waiting)
    forged = text("UPDATE user_role SET approved_by = :by WHERE id = :id")
    for by in (asker.user_id, own.user_id):
        with (
            pytest.raises(Exception, match=r"row-level security|second_person"),
            site.database.use_case(asker) as connection,
        ):
            connection.execute(forged, {"by": by, "id": waiting})
    with site.database.use_case(own) as connection:
        assert connection.execute(forged, {"by": own.user_id, "id": waiting}).rowcount == 0


def test_two_administrators_at_once_do_not_give_what_excludes_each_other(site: Site) -> None:
    admin, second = (login.actor_of(site.database, name) for name in ("admin", "second"))

    def late() -> None:
        with site.database.use_case(second) as connection:
            users.give_role(connection, second, "anna", "carrier_editor")

    with ThreadPoolExecutor(1) as pool:
        with site.database.use_case(admin) as connection:
            users.give_role(connection, admin, "anna", "regulator")
            waiting = pool.submit(late)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        with pytest.raises(Invalid):
            waiting.result(timeout=10)
    assert roles(site) == {"regulator"}


def test_accounts_that_break_it_are_counted(site: Site) -> None:
    with site.database.use_case(SERVICE) as connection:
        assert users.breaking(connection) == []
        who = users.find(connection, SERVICE, "anna").id
        add = text("INSERT INTO user_role (user_id, role) VALUES (:id, :role)")
        connection.execute(add, [{"id": who, "role": role} for role in ("auditor", "regulator")])
        assert users.breaking(connection) == ["anna"]
    assert factors.lacking(site.database) == 3
