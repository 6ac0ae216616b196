"""Tables of claims by operators, measurements by instruments and challenges by people.

Fields of a claim's model follow the coverage filings of the United States (tool, resolution, receiver, clutter, link
budget); a challenge is conceded or disputed by the operator and settled by the regulator. The days it takes are
counted, never ordered: no instrument sets them.
"""

from geoalchemy2 import Geometry
from sqlalchemy import Boolean, CheckConstraint, Column, Date, Double, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from infra_registry.assets.kind_fields import CELL_FIELDS
from infra_registry.db.schema import instant, key, metadata, one_of, refers

ENVIRONMENTS = ("outdoor", "vehicle", "indoor")
MEASURE_METHODS = ("drive_test", "walk_test", "speed_test", "field_strength")
CHALLENGE_REASONS = ("no_signal", "weak_signal", "no_data", "slow_data", "indoor_only_claimed", "other")
CHALLENGE_STATES = ("open", "conceded", "disputed", "upheld", "rejected", "withdrawn")
TECHNOLOGIES = next(field.choices for field in CELL_FIELDS if field.name == "technology")

coverage_claim = Table(
    "coverage_claim",
    metadata,
    key(),
    Column("code", Text, nullable=False, unique=True),
    refers("operator_id", "party.id"),
    refers("area_id", "area.id"),
    Column("technology", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("minimum_dbm", Double, comment="level the claim promises at its edge"),
    Column("down_mbps", Double),
    Column("up_mbps", Double),
    Column("as_of", Date, nullable=False),
    Column("ended_on", Date, comment="replaced or taken back"),
    Column("tool_name", Text, nullable=False),
    Column("tool_version", Text),
    Column("tool_developer", Text),
    Column("model", Text, nullable=False),
    Column("resolution_m", Double, nullable=False),
    Column("receiver_height_m", Double, nullable=False),
    Column("terrain_source", Text),
    Column("terrain_resolution_m", Double),
    Column("clutter_source", Text),
    Column("link_budget", JSONB, nullable=False, server_default="{}"),
    Column("digest", Text, nullable=False, comment="of the file it came in"),
    Column("vertices", Integer, nullable=False),
    Column("sample", Boolean, nullable=False, server_default="false"),
    Column("geom", Geometry("MULTIPOLYGON", 4326, spatial_index=False), nullable=False),
    refers("claimed_by", "user_account.id", null=True, index=False),
    instant("recorded_at"),
    one_of("technology", TECHNOLOGIES),
    one_of("environment", ENVIRONMENTS),
    CheckConstraint("resolution_m BETWEEN 1 AND 1000", name="resolution_m"),
    CheckConstraint("receiver_height_m BETWEEN 0.5 AND 50", name="receiver_height_m"),
    CheckConstraint("terrain_resolution_m BETWEEN 0.01 AND 1e5", name="terrain_resolution_m"),
    CheckConstraint("minimum_dbm BETWEEN -200 AND 0", name="minimum_dbm"),
    CheckConstraint("down_mbps BETWEEN 0 AND 1e6 AND up_mbps BETWEEN 0 AND 1e6", name="speeds"),
    CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name="geom"),
    Index("ix_coverage_claim_geom", "geom", postgresql_using="gist"),
)

coverage_measurement = Table(
    "coverage_measurement",
    metadata,
    key(),
    refers("operator_id", "party.id", null=True),
    Column("operator_stated", Text, comment="as the source words it; both null: not stated"),
    Column("technology", Text, comment="null: not stated"),
    Column("method", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("measured_on", Date, nullable=False),
    Column("level_dbm", Double),
    Column("field_v_m", Double, comment="electric field strength"),
    Column("down_mbps", Double),
    Column("up_mbps", Double),
    Column("latency_ms", Double),
    Column("connected", Boolean, comment="false: no service was had"),
    Column("ref", Text),
    Column(
        "service_stated", Text, comment="what was measured, as the source words it; null: the whole of it"
    ),
    Column("band_low_mhz", Double),
    Column("band_high_mhz", Double),
    refers("source_id", "source.id", null=True, index=False),
    refers("batch_id", "import_batch.id", null=True),
    Column("digest", Text, comment="of the file it came in"),
    Column("sample", Boolean, nullable=False, server_default="false"),
    Column("geom", Geometry("POINT", 4326, spatial_index=False), nullable=False),
    refers("recorded_by", "user_account.id", null=True, index=False),
    instant("recorded_at"),
    one_of("technology", TECHNOLOGIES),
    one_of("method", MEASURE_METHODS),
    one_of("environment", ENVIRONMENTS),
    CheckConstraint("level_dbm BETWEEN -200 AND 50", name="level_dbm"),
    CheckConstraint("field_v_m BETWEEN 0 AND 1000", name="field_v_m"),
    CheckConstraint(
        "band_low_mhz BETWEEN 0 AND 1e6 AND band_high_mhz BETWEEN band_low_mhz AND 1e6", name="band"
    ),
    CheckConstraint(
        "down_mbps BETWEEN 0 AND 1e6 AND up_mbps BETWEEN 0 AND 1e6 AND latency_ms BETWEEN 0 AND 1e6",
        name="speeds",
    ),
    CheckConstraint(
        "num_nonnulls(level_dbm, field_v_m, down_mbps, up_mbps, latency_ms, connected) > 0",
        name="says_something",
    ),
    Index("ix_coverage_measurement_geom", "geom", postgresql_using="gist"),
)

coverage_challenge = Table(
    "coverage_challenge",
    metadata,
    key(),
    Column("code", Text, nullable=False, unique=True),
    refers("claim_id", "coverage_claim.id", delete="CASCADE"),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("seen_on", Date, nullable=False),
    refers("party_id", "party.id", null=True),
    refers("user_id", "user_account.id", null=True),
    Column("state", Text, nullable=False, server_default="open"),
    Column("evidence_digest", Text),
    Column("evidence_name", Text, comment="the sender's name of the file, which is only text"),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("sample", Boolean, nullable=False, server_default="false"),
    Column("geom", Geometry("GEOMETRY", 4326, spatial_index=False), nullable=False),
    instant("filed_at"),
    instant("ended_at", null=True, now=False),
    one_of("reason", CHALLENGE_REASONS),
    one_of("state", CHALLENGE_STATES),
    CheckConstraint("length(detail) BETWEEN 1 AND 2000", name="detail"),
    CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name="geom"),
    Index("ix_coverage_challenge_geom", "geom", postgresql_using="gist"),
)

coverage_challenge_event = Table(
    "coverage_challenge_event",
    metadata,
    key(),
    refers("challenge_id", "coverage_challenge.id", delete="CASCADE"),
    Column("state", Text, nullable=False),
    Column("note", Text),
    refers("user_id", "user_account.id", null=True, index=False),
    instant("happened_at"),
    one_of("state", CHALLENGE_STATES),
    CheckConstraint("length(note) <= 2000", name="note"),
)
