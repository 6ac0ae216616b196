"""Fields of one kind beside the rows of a list, masked as in the record."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from infra_registry.access import Actor
from infra_registry.assets.kinds import Kind
from infra_registry.assets.kinds import field as declared
from infra_registry.publish import masks as publication
from infra_registry.publish.assets import Item

HIDDEN = object()


def beside(
    connection: Connection, actor: Actor, kind: Kind, items: Sequence[Item], names: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """By asset code: the named fields of its kind; ``HIDDEN`` where this reader may not see one.

    Raises KeyError for a name the kind does not have. Items of other kinds have no entry.
    """
    codes = [item.values["code"] for item in items if item.values["kind"] == kind.value]
    fields = [declared(kind, name).name for name in names]
    if not codes or not fields:
        return {}
    masks = publication.load(connection, actor)
    shown_as = {item.values["code"]: item for item in items}
    rows = connection.execute(
        text(
            f"SELECT a.code, a.publication_id, {', '.join('d.' + name for name in fields)} "
            f"FROM asset a JOIN asset_{kind.value} d ON d.asset_id = a.id WHERE a.code = ANY (:codes)"
        ),
        {"codes": codes},
    ).mappings()
    values: dict[str, dict[str, Any]] = {}
    for row in rows:
        item = shown_as[row["code"]]
        shown, hidden = masks.apply(
            {name: row[name] for name in fields}, row["publication_id"], item.standing, exact=item.exact
        )
        values[row["code"]] = shown | dict.fromkeys(hidden, HIDDEN)
    return values
