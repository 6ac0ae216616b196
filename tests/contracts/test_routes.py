"""Every address names its permission, every permission has a clause and a use, every feature is served."""

from importlib import import_module

import pytest

from infra_registry import words
from infra_registry.access import PERMISSIONS, Permission, Role, allows
from infra_registry.access.actor import ANONYMOUS, SERVICE, Actor, RoleGrant
from infra_registry.config import Settings
from infra_registry.db import Database
from web.app import create_app
from web.features import FEATURES

# Permissions asked for by commands and jobs, or inside a view about one subject, and not by an address of their own.
WITHOUT_ADDRESS = {
    Permission.ASSET_HISTORY: "asked inside the record page, which is public at the reader's level",
    Permission.CAPACITY_ALLOCATE: "asked inside the record page's forms, with the asset as subject",
    Permission.IMPORT_ACCEPT: "asked with the batch as subject, where it is accepted",
    Permission.EXPORT_RUN: "asked by the export command and inside the list's downloads",
    Permission.AREA_EDIT: "asked by the areas command",
    Permission.CASE_IDENTITY: "asked inside the case page, before the identity is read",
    Permission.AUDIT_VERIFY: "asked by the audit command and inside the audit page",
    Permission.SYSTEM_RUN: "asked by the metrics in production and by the desk",
    Permission.CHALLENGE_ANSWER: "asked with the challenge as subject, where it moves",
    Permission.CHALLENGE_SETTLE: "asked with the challenge as subject, where it moves",
    Permission.OWN_READ: "a scope of tokens, asked for each request that comes with one",
    Permission.COVERAGE_READ: "runs are public reading where a regulator released them",
}


@pytest.fixture(scope="module")
def app(module_database: Database, tmp_path_factory: pytest.TempPathFactory):
    return create_app(Settings(var_dir=tmp_path_factory.mktemp("var")), module_database)


def test_every_route_names_a_permission(app) -> None:
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        assert isinstance(view.permission, Permission), rule


def test_a_route_without_a_permission_stops_the_start(
    module_database: Database, tmp_path, monkeypatch
) -> None:
    feature = import_module("web.site.health_views").feature
    monkeypatch.setattr(feature, "deferred_functions", list(feature.deferred_functions))
    monkeypatch.setattr(feature, "_got_registered_once", False)
    feature.add_url_rule("/bare", "bare", lambda: "bare")
    with pytest.raises(ValueError, match=r"health\.bare"):
        create_app(Settings(var_dir=tmp_path), module_database)


def test_every_permission_has_a_clause_with_a_predicate() -> None:
    assert set(PERMISSIONS) == set(Permission)
    assert all(clauses and all(clause for clause in clauses) for clauses in PERMISSIONS.values())


def test_every_permission_is_used_or_its_absence_explained(app) -> None:
    used = {view.permission for view in app.view_functions.values()}
    missing = set(Permission) - used - set(WITHOUT_ADDRESS)
    assert missing == set()


def test_every_feature_is_served(app) -> None:
    served = {name.rsplit(".", 1)[0] for name in app.view_functions if "." in name}
    assert {import_module(name).feature.name for name in FEATURES} <= served | {"static"}


def test_every_permission_and_role_has_words_in_both_languages() -> None:
    keys = [f"permission.{item}" for item in Permission] + [
        f"role.{item}{end}" for item in Role for end in ("", ".does")
    ]
    for key in keys:
        assert words.say("en", key) != key
        assert words.say("zh-Hans", key) != words.say("en", key)


def test_nobody_grants_roles_to_himself_and_anonymous_writes_nothing() -> None:
    class Subject:
        user_id = 7

    admin = Actor(user_id=7, roles=frozenset({RoleGrant(Role.SECURITY_ADMIN)}))
    assert not allows(admin, Permission.SECURITY_ROLES, Subject())
    assert allows(Actor(user_id=8, roles=admin.roles), Permission.SECURITY_ROLES, Subject())
    assert allows(SERVICE, Permission.SECURITY_ROLES, Subject())
    open_to_all = {item for item in Permission if allows(ANONYMOUS, item)}
    assert open_to_all == {
        Permission.PUBLIC_READ,
        Permission.EXPORT_RUN,
        Permission.PARTY_READ,
        Permission.COVERAGE_READ,
        Permission.LAW_READ,
        Permission.DUTY_READ,
        Permission.CAMPAIGN_ANSWER,
        Permission.REPORT_FILE,
    }
