"""The limits that docs/proxy.md tells a proxy are those of the code."""

import re
from pathlib import Path

import pytest
from apiflask import APIFlask

from infra_registry.cli import serving
from infra_registry.config import Settings
from infra_registry.db import Database
from web.app import create_app
from web.site.security import MAX_BODY

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = (DOCS / "proxy.md").read_text("utf-8")
NGINX = (DOCS / "nginx.conf").read_text("utf-8")
KIB = 1024


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> APIFlask:
    nowhere = Database("postgresql://nobody@127.0.0.1:1/none")  # never asked
    return create_app(Settings(var_dir=tmp_path_factory.mktemp("var")), nowhere)


def limits(app: APIFlask) -> dict[str, int]:
    """The largest body in KiB, rounded up, of every address that has one of its own."""
    views = (
        (rule.rule, getattr(app.view_functions[rule.endpoint], "max_bytes", None))
        for rule in app.url_map.iter_rules()
    )
    return {re.sub("<[^>]+>", "…", rule): -(-size // KIB) for rule, size in views if size}


def test_the_table_names_every_address_with_a_limit_of_its_own(app: APIFlask) -> None:
    listed = {
        path: int(size) for path, size in re.findall(r"^\| `(/[^`]+)` \| (\d+) \|$", TEXT, re.MULTILINE)
    }
    assert listed == limits(app)
    assert f"| every other | {MAX_BODY // KIB} |" in TEXT


def test_the_example_lets_exactly_these_through(app: APIFlask) -> None:
    default, *_ = re.findall(r"^ {4}client_max_body_size (\d+)k;", NGINX, re.MULTILINE)
    rules = re.findall(r"location (=|~) (\S+) { client_max_body_size (\d+)k;", NGINX)
    for path, size in limits(app).items():
        asked = path.replace("…", "Z-12345678")
        sizes = [
            int(k) for how, what, k in rules if (what == asked if how == "=" else re.search(what, asked))
        ]
        assert sizes == [size] if size > int(default) else sizes == [], path


def test_limits_of_lines_and_fields_are_those_of_the_server() -> None:
    command = " ".join(serving.web_command("x", processes=1, threads=1))
    said = re.search(r"at most (\d+) bytes, a header field (\d+), and there are at most (\d+)", TEXT)
    assert said is not None
    line, field, count = said.groups()
    for words in (
        f"--limit-request-line {line}",
        f"--limit-request-field_size {field}",
        f"--limit-request-fields {count}",
    ):
        assert words in command
