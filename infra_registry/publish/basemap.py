"""The basemap slot: what an operator supplies to lie under the data, with its datum, source and approval number.

A TOML file names it; nothing is shown under the data when there is none, and the map says it is schematic.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from infra_registry.errors import RegistryError
from infra_registry.resources import tables

TYPES = ("pmtiles", "raster", "wmts-xyz")
DATUMS = ("cgcs2000", "wgs84")


@dataclass(frozen=True, slots=True)
class Basemap:
    """A basemap; ``url`` is a path of this server or an intranet address."""

    type: str
    url: str
    attribution: str
    datum: str
    approval_number: str | None = None

    @property
    def host(self) -> str | None:
        """The origin the page must be allowed to fetch from; None for this server itself."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else None


def read(path: Path | None) -> Basemap | None:
    """Read the slot's file. Raises RegistryError ``basemap.*`` naming the key, the value and what would be right.

    A shifted datum (GCJ-02, BD-09) is refused: data would lie hundreds of metres off what is under it.
    """
    if path is None:
        return None
    try:
        values = tables(path)
    except (OSError, ValueError) as error:
        raise RegistryError("basemap.unreadable", path=str(path), reason=str(error)) from error
    for key, allowed in (("type", TYPES), ("datum", DATUMS)):
        if values.get(key) not in allowed:
            raise RegistryError("basemap.value", key=key, value=values.get(key), expected=" | ".join(allowed))
    for key in ("url", "attribution"):
        if not isinstance(values.get(key), str) or not values[key]:
            raise RegistryError("basemap.value", key=key, value=values.get(key), expected="…")
    if urlsplit(values["url"]).scheme not in ("", "http", "https"):
        raise RegistryError("basemap.value", key="url", value=values["url"], expected="/… | https://…")
    return Basemap(
        values["type"], values["url"], values["attribution"], values["datum"], values.get("approval_number")
    )
