"""SQL of history: versions of an asset with the time they were recorded and the day they were true from."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from infra_registry.assets.kinds import KINDS, Kind

_OWN = (
    "name",
    "name_en",
    "address",
    "status",
    "owner_id",
    "operator_id",
    "host_id",
    "access_class",
    "owner_ref",
    "version",
    "valid_from",
)
# The version at an instant is the first one that went after it, or the row that still stands.
_VERSIONS = """
SELECT {columns}, gone_at, gone_by FROM history.{table} WHERE {key} = :id
UNION ALL SELECT {columns}, NULL, NULL FROM {table} WHERE {key} = :id ORDER BY gone_at NULLS LAST
"""


def asset_versions(connection: Connection, asset_id: int) -> Sequence[Any]:
    """Versions of the asset row, oldest first; ``gone_at`` is None for the one that stands."""
    sql = _VERSIONS.format(columns=", ".join((*_OWN, "recorded_at")), table="asset", key="id")
    return _rows(connection, sql, asset_id)


def detail_versions(connection: Connection, asset_id: int, kind: Kind) -> Sequence[Any]:
    """Versions of the detail row of the kind, oldest first."""
    columns = ", ".join(field.name for field in KINDS[kind].fields)
    sql = _VERSIONS.format(columns=columns, table=f"asset_{kind.value}", key="asset_id")
    return _rows(connection, sql, asset_id)


def place_versions(connection: Connection, asset_id: int) -> Sequence[Any]:
    """Versions of the exact place as GeoJSON text, oldest first; only for those who see the asset whole."""
    sql = _VERSIONS.format(
        columns="ST_AsGeoJSON(geom, 7) AS geometry",
        table="asset_place",
        key="level = 'exact' AND asset_id",
    )
    return _rows(connection, sql, asset_id)


def status_events(connection: Connection, asset_id: int) -> Sequence[Any]:
    """Status moves with the day they were true from and the time they were recorded."""
    sql = """
        SELECT e.old_status, e.new_status, e.valid_on, e.reason, e.recorded_at, u.name AS by_whom
        FROM status_event e LEFT JOIN user_account u ON u.id = e.recorded_by
        WHERE e.asset_id = :id ORDER BY e.valid_on, e.id"""
    return _rows(connection, sql, asset_id)


def _rows(connection: Connection, sql: str, asset_id: int) -> Sequence[Any]:
    return connection.execute(text(sql), {"id": asset_id}).mappings().all()
