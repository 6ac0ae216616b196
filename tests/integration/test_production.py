"""Production does not start on samples, guessed keys or without an address; the doctor says why."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from sqlalchemy import text

from infra_registry import cli
from infra_registry.access import SERVICE
from infra_registry.cluster import Addresses, Cluster
from infra_registry.config import Settings
from infra_registry.db import Database
from infra_registry.demo import production, store
from infra_registry.errors import Invalid
from tests.conftest import clone, drop

PROGRAM = [sys.executable, "-c", "from infra_registry.cli import main; main()"]
GUNICORN = [sys.executable, "-m", "gunicorn", "web.wsgi:app", "--check-config"]
STARTS = {
    "serve": [*PROGRAM, "serve", "--no-worker", "--port", "1"],
    "worker": [*PROGRAM, "worker", "--once"],
    "gunicorn": GUNICORN,
}
START_S = 60
FIT = {
    "PROFILE": "production",
    "REGISTRY_SECRET_KEY": secrets.token_urlsafe(48),
    "REGISTRY_CASE_KEY": secrets.token_urlsafe(48),
    "PUBLIC_ADDRESS": "https://register.example",
    "REGISTRY_LANG": "en",
}


@pytest.fixture
def city(cluster: Cluster, sample_city: str) -> Iterator[Addresses]:
    """A register with a sample city and a sample account that can sign in."""
    addresses = clone(cluster, sample_city)
    database = Database(addresses.app)
    try:
        with database.use_case(SERVICE) as connection:
            connection.execute(
                text("""INSERT INTO user_account (login, name, password_hash, sample)
                        VALUES ('visitor', 'Visitor', '-', true)""")
            )
        yield addresses
    finally:
        database.dispose()
        drop(cluster, addresses)


def environment(addresses: Addresses, var: Path, **more: str) -> dict[str, str]:
    named = {"DATABASE_URL": addresses.app, "DATABASE_OWNER_URL": addresses.owner, "REGISTRY_VAR": str(var)}
    return FIT | named | more


def start(what: str, env: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(
        STARTS[what], env=os.environ | env, capture_output=True, text=True, timeout=START_S, check=False
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("what", STARTS)
def test_it_does_not_start_on_samples(city: Addresses, tmp_path: Path, what: str) -> None:
    code, said = start(what, environment(city, tmp_path))
    assert code == 1
    assert "demo --remove" in said
    assert "user_account 1" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("what", STARTS)
def test_it_does_not_start_on_guessed_or_equal_keys(addresses: Addresses, tmp_path: Path, what: str) -> None:
    key = "please change this key before production"
    code, said = start(
        what,
        environment(addresses, tmp_path, REGISTRY_SECRET_KEY=key, REGISTRY_CASE_KEY=key, PUBLIC_ADDRESS=""),
    )
    assert code == 1
    for line in ("REGISTRY_SECRET_KEY: The key is made of words", "REGISTRY_CASE_KEY: It is the same as",
                 "PUBLIC_ADDRESS: Not set"):  # fmt: skip
        assert line in said
    assert "Traceback" not in said


@pytest.mark.parametrize("what", ["worker", "gunicorn"])
def test_it_starts_on_an_empty_register_with_real_keys(
    addresses: Addresses, tmp_path: Path, what: str
) -> None:
    assert start(what, environment(addresses, tmp_path))[0] == 0


def test_the_doctor_says_the_same_and_what_to_do(city: Addresses, tmp_path: Path) -> None:
    env = environment(city, tmp_path, REGISTRY_CASE_KEY="s" * 40, PUBLIC_ADDRESS="http://register.example")
    result = CliRunner().invoke(cli.registry, ["doctor", "--json"], env=env)
    checks = {item["check"]: item for item in json.loads(result.output)}
    assert result.exit_code == 1
    assert (checks["profile"]["level"], checks["profile"]["code"]) == ("problem", "unfit")
    assert "REGISTRY_CASE_KEY: The key repeats itself" in checks["profile"]["params"]["said"]
    assert "PUBLIC_ADDRESS: http://register.example is not encrypted" in checks["profile"]["params"]["said"]
    assert (checks["samples"]["level"], checks["samples"]["code"]) == ("problem", "left")
    assert "demo --remove" in CliRunner().invoke(cli.registry, ["doctor"], env=env).output


def test_the_doctor_counts_accounts_that_want_a_factor_and_names_roles_that_do_not_meet(
    addresses: Addresses, tmp_path: Path
) -> None:
    with psycopg.connect(addresses.superuser or "") as connection:
        connection.execute(
            "INSERT INTO user_account (login, name, password_hash) VALUES ('anna', 'Anna', '-')"
        )
        connection.execute(
            "INSERT INTO user_role (user_id, role) SELECT id, unnest(ARRAY['auditor', 'regulator']) FROM user_account"
        )

    def checks(**more: str) -> dict[str, Any]:
        result = CliRunner().invoke(
            cli.registry, ["doctor", "--json"], env=environment(addresses, tmp_path, **more)
        )
        return {item["check"]: item for item in json.loads(result.output)}

    looked = checks()
    assert (looked["second_factors"]["code"], looked["second_factors"]["params"]) == ("lacking", {"count": 1})
    assert (looked["roles_apart"]["code"], looked["roles_apart"]["params"]) == ("together", {"names": "anna"})
    assert checks(PROFILE="development")["second_factors"]["code"] == "tried"
    with psycopg.connect(addresses.superuser or "") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0012'")
    behind = checks()
    assert behind["schema"]["level"] == "problem"
    assert behind["samples"]["code"] == behind["roles_apart"]["code"] == "doctor.not_migrated"


def test_taking_the_samples_away_is_allowed_in_production_and_opens_it(
    city: Addresses, tmp_path: Path
) -> None:
    removed = CliRunner().invoke(
        cli.registry, ["demo", "--remove", "--json"], env=environment(city, tmp_path)
    )
    assert removed.exit_code == 0, removed.output
    assert start("worker", environment(city, tmp_path))[0] == 0


def test_every_table_that_marks_samples_is_looked_at(database: Database) -> None:
    with database.use_case(SERVICE) as connection:
        marked = connection.scalars(
            text("""SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'
                    AND column_name = 'sample' AND table_name IN (SELECT tablename FROM pg_tables)""")
        ).all()
    assert set(marked) - {"source"} <= set(store._LEFT)  # rows of a sample source are looked at themselves
    assert production.left(database) == {}


def test_a_disabled_sample_account_stays_and_an_enabled_one_does_not(
    database: Database, tmp_path: Path
) -> None:
    settings = Settings(
        var_dir=tmp_path,
        profile="production",
        secret_key=FIT["REGISTRY_SECRET_KEY"],
        case_key=FIT["REGISTRY_CASE_KEY"],
        public_address=FIT["PUBLIC_ADDRESS"],
    )
    with database.use_case(SERVICE) as connection:
        connection.execute(
            text("""INSERT INTO user_account (login, name, password_hash, sample, active)
                    VALUES ('old', 'Old', '-', true, false)""")
        )
    production.require_fit(settings, database)
    with database.use_case(SERVICE) as connection:
        connection.execute(text("UPDATE user_account SET active = true"))
    with pytest.raises(Invalid) as refused:
        production.require_fit(settings, database)
    assert [(fault.code, fault.value) for fault in refused.value.faults] == [
        ("config.samples", "user_account 1")
    ]
