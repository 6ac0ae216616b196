"""Counts for low zooms and versions of map layers: signed steps and marks, which writers only ever add."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Numeric, SmallInteger, Table, Text

from infra_registry.db.schema import metadata

# Signed steps of low-zoom counts per quad cell; hidden ones (P0, P4) only for those who see them whole.
place_count = Table(
    "place_count",
    metadata,
    Column("zoom", SmallInteger, nullable=False),
    Column("x", Integer, nullable=False),
    Column("y", Integer, nullable=False),
    Column("hidden", Boolean, nullable=False),
    Column("city_id", BigInteger),
    Column("owner_id", BigInteger),
    Column("operator_id", BigInteger),
    Column("publication_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("n", Integer, nullable=False),
    Index("ix_place_count_cell", "zoom", "x", "y"),
)

# The same steps without operator, status and publication row: what an unfiltered low-zoom map needs, and no more.
place_total = Table(
    "place_total",
    metadata,
    Column("zoom", SmallInteger, nullable=False),
    Column("x", Integer, nullable=False),
    Column("y", Integer, nullable=False),
    Column("hidden", Boolean, nullable=False),
    Column(
        "city_id", BigInteger, comment="this and the next two only of hidden ones, for those who see them"
    ),
    Column("owner_id", BigInteger),
    Column("operator_id", BigInteger),
    Column("kind", Text, nullable=False),
    Column("n", Integer, nullable=False),
    Index("ix_place_total_cell", "zoom", "x", "y"),
)

# Cells in which assets are shown where their publication table asks for several hosts: ``host_pools.sql``.
host_pool = Table(
    "host_pool",
    metadata,
    Column("city_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True, comment="of the assets that are shown in it"),
    Column("zoom", SmallInteger, primary_key=True, autoincrement=False),
    Column("x", Integer, primary_key=True, autoincrement=False),
    Column("y", Integer, primary_key=True, autoincrement=False),
)

# The version of a map layer is the sum of its marks: right whatever the order of commits, and free of a hot row.
layer_change = Table(
    "layer_change",
    metadata,
    Column("layer", Text, nullable=False),
    Column("mark", Numeric, nullable=False),
    Index("ix_layer_change_layer", "layer"),
)
