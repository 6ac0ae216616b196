"""The mappings there are: one per kind, and one per file in ``data/mappings``."""

from functools import lru_cache
from pathlib import Path

from infra_registry.assets.kinds import Kind
from infra_registry.errors import NotFound
from infra_registry.exchange.generic import generic_mapping
from infra_registry.exchange.mapping import MOVE_M, Mapping, MappingError, parse_mapping
from infra_registry.resources import DATA

MAPPINGS = DATA / "mappings"


def filed() -> dict[str, Mapping]:
    """Mappings kept as files, by name; those that cannot be used are left out."""
    return _read(*_files())[0]


def faulty() -> dict[str, MappingError]:
    """Why files of the folder cannot be used, by name."""
    return _read(*_files())[1]


def _files() -> tuple[tuple[Path, int], ...]:
    """The files and when each was last written: one that is mended is taken at once."""
    return tuple((path, path.stat().st_mtime_ns) for path in sorted(MAPPINGS.glob("*.toml")))


@lru_cache(maxsize=4)
def _read(*files: tuple[Path, int]) -> tuple[dict[str, Mapping], dict[str, MappingError]]:
    sound: dict[str, Mapping] = {}
    wrong: dict[str, MappingError] = {}
    for path, _ in files:
        try:
            sound[path.stem] = load(path)
        except MappingError as error:
            wrong[path.stem] = error
    return sound, wrong


def move_m(name: str) -> float:
    """How far (m) a row read through this mapping may move something before somebody confirms it."""
    return filed()[name].move_m if name in filed() else MOVE_M


def load(path: Path) -> Mapping:
    """A mapping from a file of one's own. Raises MappingError naming file, key and line."""
    where = {"file": path.stem, "key": "–"}
    try:
        content = path.read_bytes()
        text = content.decode("utf-8")
    except OSError as error:
        raise MappingError("mapping.bad", **where, line="–", expected=error.strerror) from error
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise MappingError("mapping.bad", **where, line=line, expected="UTF-8") from error
    return parse_mapping(text, path.stem)


def named(name: str, *, spatial: bool = False) -> Mapping:
    """A mapping by its name: ``kind:pole`` or the name of a file.

    Raises NotFound ``mapping.unknown``, MappingError for the file of that name when it is faulty.
    """
    if name.startswith("kind:") and name[5:] in Kind.__members__.values():
        return generic_mapping(Kind(name[5:]), spatial=spatial)
    if name in filed():
        return filed()[name]
    if name in faulty():
        raise MappingError("mapping.bad", **faulty()[name].params)
    names = [f"kind:{kind}" for kind in Kind] + list(filed())
    raise NotFound("mapping.unknown", name=name[:80], expected=" | ".join(names))
