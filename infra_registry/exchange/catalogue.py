"""The mappings there are: one per kind, and one per file in ``data/mappings``."""

from functools import cache
from pathlib import Path

from infra_registry.assets.kinds import Kind
from infra_registry.errors import NotFound
from infra_registry.exchange.generic import generic_mapping
from infra_registry.exchange.mapping import Mapping, parse_mapping
from infra_registry.resources import DATA

MAPPINGS = DATA / "mappings"


@cache
def filed() -> dict[str, Mapping]:
    """Mappings kept as files, by name. Raises MappingError for a wrong one."""
    return {path.stem: load(path) for path in sorted(MAPPINGS.glob("*.toml"))}


def load(path: Path) -> Mapping:
    """A mapping from a file of one's own."""
    return parse_mapping(path.read_text("utf-8"), path.stem)


def named(name: str, *, spatial: bool = False) -> Mapping:
    """A mapping by its name: ``kind:pole`` or the name of a file. Raises NotFound ``mapping.unknown``."""
    if name.startswith("kind:") and name[5:] in Kind.__members__.values():
        return generic_mapping(Kind(name[5:]), spatial=spatial)
    if name in filed():
        return filed()[name]
    names = [f"kind:{kind}" for kind in Kind] + list(filed())
    raise NotFound("mapping.unknown", name=name[:80], expected=" | ".join(names))
