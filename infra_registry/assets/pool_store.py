"""SQL of pools: the cells in which assets are shown where their publication table asks for several hosts."""

from sqlalchemy import Connection, text

from infra_registry import audit
from infra_registry.assets.kinds import Kind


def redraw(connection: Connection, city_id: int, kind: Kind) -> int:
    """Draw the pools of a kind in a city anew from the hosts of today; how many there are.

    Whoever kept what was shown before learns more from the difference than the table means to tell.
    """
    values = {"city": city_id, "kind": kind.value}
    connection.execute(text("SELECT redraw_pools(ARRAY[CAST(:city AS bigint)], :kind)"), values)
    audit.note(connection, "update", "publication", ref=kind.value, facts={"pools_of": city_id})
    count = connection.scalar(
        text("SELECT count(*) FROM host_pool WHERE city_id = :city AND kind = :kind"), values
    )
    return int(count or 0)
