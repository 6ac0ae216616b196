"""Every word the product may say exists in both languages: names, findings, errors, keys of templates and scripts."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra_registry import words
from infra_registry.access import Permission, Role
from infra_registry.assets.fields import FieldType
from infra_registry.assets.kinds import CELL_FIELDS, KINDS, Kind, Status, UnitKind
from infra_registry.assets.ledger_tables import ACTS, ALLOCATION_STATES, DEAL_TYPES, SERVICES
from infra_registry.assets.reference import field_names

ROOT = Path(__file__).resolve().parents[2]
CODE = [*ROOT.glob("infra_registry/**/*.py"), *ROOT.glob("web/**/*.py")]
TEMPLATES = list(ROOT.glob("web/*/templates/**/*.html"))
# Classes whose first argument is a message key, and the position of the key where it is not the first.
ERRORS = {"RegistryError", "NotFound", "Forbidden", "Conflict", "Limited", "NotAuthenticated", "NotLoggedIn",
          "Cancelled"}  # fmt: skip
KEY_AT = dict.fromkeys(ERRORS, 0) | {"Fault": 2, "Invalid": 1}
CALLS = {"t": 0, "say": 1, "_t": 0, "has": 0}
KEY = re.compile(r"[a-z_]+(\.[A-Za-z0-9_-]+)+")
HAN = re.compile(r"[\u4e00-\u9fff]")


def name_of(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def keys_in_code() -> Iterator[tuple[str, str]]:
    """Literal message keys in Python, with where they stand."""
    for path in CODE:
        if "node_modules" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = name_of(node)
            position = KEY_AT.get(name, CALLS.get(name))
            if position is None or len(node.args) <= position:
                continue
            key = node.args[position]
            if isinstance(key, ast.Constant) and isinstance(key.value, str) and KEY.fullmatch(key.value):
                yield key.value, f"{path.relative_to(ROOT)}:{node.lineno}"


def keys_in_templates() -> Iterator[tuple[str, str]]:
    """Keys of t('…') in templates; one that is put together from parts is not a literal."""
    for path in TEMPLATES:
        page = re.sub(r"{#.*?#}", "", path.read_text("utf-8"), flags=re.DOTALL)
        for key in re.findall(r"""\bt\(\s*['"]([^'"]+)['"]\s*[,)]""", page):
            yield key, str(path.relative_to(ROOT))
        listed = re.search(
            r"for key in \[([^\]]+)\][^%]*%}.*?t\('([a-z_]+\.)' ~ key\)", path.read_text("utf-8"), re.DOTALL
        )
        if listed:
            for name in re.findall(r"'([a-z_]+)'", listed.group(1)):
                yield listed.group(2) + name, str(path.relative_to(ROOT))


def declared() -> Iterator[str]:
    """Names of what is declared in data: kinds, states, fields, choices, rights."""
    for kind in Kind:
        yield from (f"kind.{kind}", f"kinds.{kind}")
        yield from (f"field.{name}" for name in field_names(kind))
    for field in [*CELL_FIELDS, *(field for spec in KINDS.values() for field in spec.fields)]:
        yield f"field.{field.name}"
        yield from (f"choice.{field.name}.{choice}" for choice in field.choices)
    yield from (f"field.not_{kind}" for kind in FieldType)
    yield from (f"status.{status}" for status in Status)
    yield from (f"unit.{unit}" for unit in UnitKind)
    yield from (f"allocation.{state}" for state in (*ALLOCATION_STATES, "free", "partly_used"))
    yield from (f"deal.{deal}" for deal in DEAL_TYPES)
    yield from (f"act.{act}" for act in ACTS)
    yield from (f"service.{service}" for service in SERVICES)
    yield from (f"role.{role}" for role in Role)
    yield from (f"permission.{permission}" for permission in Permission)


def catalogue_files() -> list[Path]:
    return sorted((ROOT / "infra_registry" / "words").glob("*.toml"))


def test_a_key_stands_in_one_file_only() -> None:
    seen: dict[str, str] = {}
    for path in catalogue_files():
        for key in tomllib.loads(path.read_text("utf-8")):
            assert key not in seen, f"{key} stands in {seen[key]} and {path.name}"
            seen[key] = path.name


@pytest.mark.parametrize("path", catalogue_files(), ids=lambda path: path.name)
def test_every_message_has_both_languages_and_the_same_parameters(path: Path) -> None:
    for key, message in tomllib.loads(path.read_text("utf-8")).items():
        assert set(message) == {"zh", "en"}, key
        assert message["zh"].strip(), key
        assert message["en"].strip(), key
        names = [set(re.findall(r"{(\w+)[^}]*}", message[language])) for language in ("zh", "en")]
        assert not names[0] ^ names[1] or key in ONE_LANGUAGE_ONLY, f"{key}: {names}"
        if not key.endswith((".language_zh",)):
            assert not HAN.search(message["en"]) or key in CHINESE_IN_ENGLISH, key


# Messages of the terminal set paths, variables and commands off by spaces, so that they can be copied.
TERMINAL = {"machine.toml"}
# A date is written with a month's name in English and its number in Chinese.
ONE_LANGUAGE_ONLY = {"frame.date"}
CHINESE_IN_ENGLISH: set[str] = set()


@pytest.mark.parametrize("path", catalogue_files(), ids=lambda path: path.name)
def test_chinese_is_set_as_chinese(path: Path) -> None:
    """Full-width punctuation after Han characters, no space between Han and Latin."""
    if path.name in TERMINAL:
        return
    for key, message in tomllib.loads(path.read_text("utf-8")).items():
        text = message["zh"]
        assert not re.search(r"[\u4e00-\u9fff][,;:!?](?!\d|纬度)", text), f"{key}: {text}"
        spaced = re.search(r"[\u4e00-\u9fff] (?=[A-Za-z0-9{])|[A-Za-z0-9}] (?=[\u4e00-\u9fff])", text)
        assert not spaced or "infra-registry" in text, f"{key}: {text}"


def test_everything_declared_has_a_name() -> None:
    missing = sorted({key for key in declared() if not words.has(key)})
    assert not missing, missing


def test_every_key_in_code_has_a_message() -> None:
    missing = sorted({(key, where) for key, where in keys_in_code() if not words.has(key)})
    assert not missing, "\n".join(f"{key}  {where}" for key, where in missing)


def test_every_key_in_templates_has_a_message() -> None:
    missing = sorted({(key, where) for key, where in keys_in_templates() if not words.has(key)})
    assert not missing, "\n".join(f"{key}  {where}" for key, where in missing)


def test_the_collector_finds_keys() -> None:
    assert "coverage.no_run" in dict(keys_in_code())
    assert "coverage.heading" in dict(keys_in_templates())
    assert "map.loading" in dict(keys_in_templates())
    assert sum(1 for _ in keys_in_code()) > 100
