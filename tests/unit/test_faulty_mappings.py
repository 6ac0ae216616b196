"""A mapping that cannot be used is named with file, line and key, and the others go on working."""

import json
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from infra_registry.errors import NotFound
from infra_registry.exchange import catalogue
from infra_registry.exchange.mapping import MappingError, parse_mapping
from infra_registry.exchange.staging import Setting, stage
from infra_registry.formats import read
from tests.unit.test_mapping import GOOD

BROKEN = {
    "gbk": GOOD.encode("gb18030"),
    "not_toml": GOOD.replace("[mapping]", "[mapping").encode(),
    "list_for_table": GOOD.replace("[part.fields]\n", "fields = [1]\n").split("name =")[0].encode(),
    "row_in_words": GOOD.replace("[mapping]", '[mapping]\nheader_row = "two"').encode(),
    "no_factor": GOOD.replace('"Height"] }', '"Height"], unit = "U", factors = { "m" = "one" } }').encode(),
    "no_system": GOOD.replace("[mapping]", '[mapping]\ncrs = "EPSG:99999999"').encode(),
    "nested": b"a = " + b"[" * 100_000,
}
PLACES = {
    "gbk": ("–", 2),
    "not_toml": ("–", 1),
    "list_for_table": ("fields", 9),
    "row_in_words": ("header_row", 2),
    "no_factor": ("height_m", 11),
    "no_system": ("crs", 2),
    "nested": ("–", "–"),
}
WRONG: tuple[Any, ...] = (7, 1.5, True, "", "x", [], [7], ["x"], {}, {"a": 1}, {"a": {}}, date(2026, 1, 1))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, content in BROKEN.items():
        (tmp_path / f"{name}.toml").write_bytes(content)
    (tmp_path / "directory.toml").mkdir()
    (tmp_path / "sound.toml").write_text(GOOD, "utf-8")
    monkeypatch.setattr(catalogue, "MAPPINGS", tmp_path)
    return tmp_path


def test_the_sound_ones_are_there_and_the_faulty_ones_are_named(folder: Path) -> None:
    assert list(catalogue.filed()) == ["sound"]
    faulty = {name: error.params for name, error in catalogue.faulty().items()}
    assert set(faulty) == {*BROKEN, "directory"}
    assert {name: (faulty[name]["key"], _number(faulty[name]["line"])) for name in PLACES} == PLACES
    assert all(params["file"] == name for name, params in faulty.items())


def test_a_file_that_is_mended_is_taken_without_a_restart(folder: Path) -> None:
    sound = (folder / "sound.toml").read_text("utf-8")
    wrong = next(name for name in catalogue.faulty() if (folder / f"{name}.toml").is_file())
    (folder / f"{wrong}.toml").write_text(sound, "utf-8")
    assert wrong in catalogue.filed()
    assert wrong not in catalogue.faulty()


def _number(line: Any) -> Any:
    return int(line) if str(line).isdigit() else line


def test_choosing_a_faulty_one_tells_why_and_any_other_works(folder: Path) -> None:
    with pytest.raises(MappingError):
        catalogue.named("gbk")
    with pytest.raises(NotFound) as refused:
        catalogue.named("none")
    assert "gbk" not in refused.value.params["expected"]
    assert catalogue.named("sound").parts
    assert catalogue.named("kind:pole").parts


def spots(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value of a document."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from spots(value, (*path, key))


def replaced(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[path[0]] = replaced(copy[path[0]], path[1:], value)
    return copy


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{json.dumps(k, ensure_ascii=False)} = {toml(v)}" for k, v in value.items())
            + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize("name", ["anfr_supports", "montpellier_establishments", "montpellier_lighting"])
def test_no_value_of_a_wrong_sort_ends_anything(name: str) -> None:
    document = tomllib.loads((catalogue.MAPPINGS / f"{name}.toml").read_text("utf-8"))
    header, cells = "Nom,X,Y,type_lante,Numéro de support", "A,1,2,x,3"
    parts = read(f"{header}\n{cells}\n".encode(), "t.csv")
    refused = 0
    for path in spots(document):
        for wrong in WRONG:
            changed = replaced(document, path, wrong)
            text = "\n".join(f"{key} = {toml(value)}" for key, value in changed.items())
            try:
                mapping = parse_mapping(text, name)
            except MappingError:
                refused += 1
                continue
            assert {type(value) for value in (mapping.source or {}).values()} <= {str, date}
            stage(mapping, parts, Setting("EPSG:4326"), lambda done, total: None)
    assert refused > 100
