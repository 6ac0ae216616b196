"""Dockerfile and compose file name only what the product has: commands, options, variables, pages.

No container is started here; what can be wrong without one is compared with the code itself.
"""

import inspect
import json
import re
import secrets
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from infra_registry import cli, config
from infra_registry.cluster import SUPERUSER
from infra_registry.db import Database
from web.app import create_app

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
OURS = {name: s for name, s in COMPOSE["services"].items() if s.get("image") == "infra-registry"}
REFERENCE = re.compile(r"\$\{(?P<name>\w+)(?P<rest>[^}]*)\}")
# What a container needs beside the product's own settings.
OF_THE_IMAGE = {"PATH", "LANG", "PYTHONUNBUFFERED"}


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, rest), continued lines joined, comments left out."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines if line.strip())]


def image_environment() -> dict[str, str]:
    settings = [shlex.split(rest) for word, rest in instructions() if word == "ENV"]
    return dict(item.split("=", 1) for line in settings for item in line)


def settings_read() -> set[str]:
    plain = set(re.findall(r'env\.get\("(\w+)"', inspect.getsource(config)))
    return plain | {f"OPENID_{name}" for name in (*config.OPENID, "FACTORS")}


def filled(environment: dict[str, str]) -> dict[str, str]:
    """The environment as compose would fill it, every secret drawn at random."""
    return {key: REFERENCE.sub(_value, str(value)) for key, value in environment.items()}


def _value(reference: re.Match[str]) -> str:
    address = reference["name"] in ("PUBLIC_ADDRESS", "OPENID_ISSUER")
    return "https://register.example" if address else secrets.token_urlsafe(48)


def check_command(words: list[str]) -> None:
    """Walk a command line through the real commands; options must exist on the last of them."""
    assert words[0] == "infra-registry"
    command: click.Command = cli.registry
    rest = words[1:]
    while rest and not rest[0].startswith("-"):
        assert isinstance(command, click.Group), f"{words}: {command.name} has no commands below it"
        found = command.get_command(click.Context(command), rest[0])
        assert found is not None, f"{words}: no command {rest[0]}"
        command, rest = found, rest[1:]
    options = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    unknown = {word for word in rest if word.startswith("-")} - options
    assert not unknown, f"{words}: no option {unknown}"


def test_there_are_services_to_check() -> None:
    assert set(OURS) == {"migrate", "web", "worker"}
    assert {"DATABASE_URL", "REGISTRY_VAR", "PROFILE", "PORT"} <= settings_read()


@pytest.mark.parametrize("name", OURS)
def test_each_service_runs_a_command_that_exists(name: str) -> None:
    check_command(OURS[name]["command"])


def test_the_image_runs_a_command_that_exists() -> None:
    (line,) = [rest for word, rest in instructions() if word == "CMD"]
    check_command(json.loads(line))


@pytest.mark.parametrize("name", OURS)
def test_each_service_sets_only_what_the_product_reads(name: str) -> None:
    assert set(OURS[name]["environment"]) <= settings_read()
    assert set(image_environment()) - OF_THE_IMAGE <= settings_read()


@pytest.mark.parametrize("name", OURS)
def test_the_environment_of_each_service_makes_a_production_installation(name: str) -> None:
    settings = config.load(image_environment() | filled(OURS[name]["environment"]))
    assert settings.production
    assert config.faults(settings) == []
    assert settings.database_url is not None
    assert settings.database_url.startswith("postgresql://registry_app:")
    assert str(settings.var_dir) in OURS[name]["volumes"][0].split(":")
    assert (settings.database_superuser_url is not None) == (name == "migrate")


def test_secrets_have_no_defaults() -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    found = {m["name"]: m["rest"] for m in REFERENCE.finditer(text)}
    secret = {name for name in found if re.search("PASSWORD|KEY", name)}
    assert len(secret) == 5
    assert all(found[name].startswith(":?") for name in secret)
    assert not re.search(r"(PASSWORD|_KEY): (?!\$\{)", text)


def test_the_identity_provider_reaches_the_web_service_whole_or_not_at_all() -> None:
    environment = OURS["web"]["environment"]
    set_by_operator = config.load(filled(environment)).openid
    assert set_by_operator is not None
    assert set_by_operator.factors
    assert config.load(filled(environment | {n: "" for n in environment if n[:6] == "OPENID"})).openid is None


def test_the_proxy_is_the_one_way_in_and_is_believed() -> None:
    open_to_the_host = [name for name, service in COMPOSE["services"].items() if "ports" in service]
    assert open_to_the_host == ["proxy"]
    mounted = COMPOSE["services"]["proxy"]["volumes"][0].split(":")
    assert (ROOT / mounted[0]).is_file()
    assert mounted[1:] == ["/etc/nginx/conf.d/default.conf", "ro"]
    assert config.load(filled(OURS["web"]["environment"])).proxies == 1


def test_every_service_has_a_limit_of_memory_and_processes() -> None:
    running = {name: service for name, service in COMPOSE["services"].items() if name != "migrate"}
    assert [
        name for name, service in running.items() if not {"mem_limit", "pids_limit"} <= set(service)
    ] == []


def test_the_image_can_back_up_the_database() -> None:
    """``db backup`` calls pg_dump, which must not be older than the server of the compose file."""
    installed = next(rest for word, rest in instructions() if word == "RUN" and "python3-venv" in rest)
    assert "postgresql-client" in installed
    assert COMPOSE["services"]["db"]["image"].startswith("postgis/postgis:15")  # bookworm's client is of 15


def test_the_database_service_fits_the_superusers_address() -> None:
    environment = COMPOSE["services"]["db"]["environment"]
    assert environment["POSTGRES_USER"] == SUPERUSER
    address = OURS["migrate"]["environment"]["DATABASE_SUPERUSER_URL"]
    assert address.startswith(f"postgresql://{SUPERUSER}:")
    assert "@db:5432/" in address


def test_health_checks_ask_for_pages_that_exist() -> None:
    settings = config.load(image_environment() | filled(OURS["web"]["environment"]))
    # The engine connects when first used, and nothing here uses it.
    app = create_app(settings, Database("postgresql://nobody@/nothing"))
    health = " ".join(OURS["web"]["healthcheck"]["test"])
    image = " ".join(rest for word, rest in instructions() if word == "HEALTHCHECK")
    port = image_environment()["PORT"]
    asked = re.findall(r"http://127\.0\.0\.1:(\d+)(/\w+)", health + image)
    assert {number for number, _ in asked} == {port}
    assert OURS["web"]["expose"] == [port]
    assert f"server web:{port};" in (ROOT / "docs" / "nginx.conf").read_text("utf-8")
    routes = {str(rule) for rule in app.url_map.iter_rules()}
    assert {path for _, path in asked} == {"/healthz", "/readyz"} <= routes


def test_the_image_copies_what_exists_and_runs_unprivileged() -> None:
    copied = [
        shlex.split(rest)[:-1] for word, rest in instructions() if word == "COPY" and "--from" not in rest
    ]
    for path in (path for line in copied for path in line):
        assert (ROOT / path).exists(), f"COPY {path}"
        assert any(path.startswith(line[1:]) for line in _allowed()), f"{path} is kept out by .dockerignore"
    users = [rest for word, rest in instructions() if word == "USER"]
    assert users[-1] not in ("root", "0")
    assert all("--require-hashes" in rest for word, rest in instructions() if "-r requirements" in rest)


def _allowed() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    return [line for line in lines if line.startswith("!")]
