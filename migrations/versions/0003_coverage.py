"""Coverage: results of radio runs by edition, population zones and roads, claims, measurements, challenges."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the tables of coverage, and to runs what they equal and are compared with."""
    op.create_table(
        "coverage_claim",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("operator_id", sa.BigInteger(), nullable=False),
        sa.Column("area_id", sa.BigInteger(), nullable=False),
        sa.Column("technology", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("minimum_dbm", sa.Double(), nullable=True, comment="level the claim promises at its edge"),
        sa.Column("down_mbps", sa.Double(), nullable=True),
        sa.Column("up_mbps", sa.Double(), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True, comment="replaced or taken back"),
        sa.Column("tool_name", sa.Text(), nullable=False),
        sa.Column("tool_version", sa.Text(), nullable=True),
        sa.Column("tool_developer", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("resolution_m", sa.Double(), nullable=False),
        sa.Column("receiver_height_m", sa.Double(), nullable=False),
        sa.Column("terrain_source", sa.Text(), nullable=True),
        sa.Column("terrain_resolution_m", sa.Double(), nullable=True),
        sa.Column("clutter_source", sa.Text(), nullable=True),
        sa.Column(
            "link_budget", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("digest", sa.Text(), nullable=False, comment="of the file it came in"),
        sa.Column("vertices", sa.Integer(), nullable=False),
        sa.Column("sample", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("claimed_by", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "environment IN ('outdoor', 'vehicle', 'indoor')", name=op.f("ck_coverage_claim_environment")
        ),
        sa.CheckConstraint(
            "technology IN ('2g', '3g', '4g', '5g', 'nb_iot', 'microwave', 'broadcast', 'pmr', 'other')",
            name=op.f("ck_coverage_claim_technology"),
        ),
        sa.CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name=op.f("ck_coverage_claim_geom")),
        sa.CheckConstraint(
            "down_mbps BETWEEN 0 AND 1e6 AND up_mbps BETWEEN 0 AND 1e6", name=op.f("ck_coverage_claim_speeds")
        ),
        sa.CheckConstraint("minimum_dbm BETWEEN -200 AND 0", name=op.f("ck_coverage_claim_minimum_dbm")),
        sa.CheckConstraint(
            "receiver_height_m BETWEEN 0.5 AND 50", name=op.f("ck_coverage_claim_receiver_height_m")
        ),
        sa.CheckConstraint("resolution_m BETWEEN 1 AND 1000", name=op.f("ck_coverage_claim_resolution_m")),
        sa.CheckConstraint(
            "terrain_resolution_m BETWEEN 0.01 AND 1e5", name=op.f("ck_coverage_claim_terrain_resolution_m")
        ),
        sa.ForeignKeyConstraint(
            ["area_id"], ["area.id"], name=op.f("fk_coverage_claim_area_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["claimed_by"],
            ["user_account.id"],
            name=op.f("fk_coverage_claim_claimed_by"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["party.id"], name=op.f("fk_coverage_claim_operator_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage_claim")),
        sa.UniqueConstraint("code", name=op.f("uq_coverage_claim_code")),
    )
    op.create_index(op.f("ix_coverage_claim_area_id"), "coverage_claim", ["area_id"], unique=False)
    op.create_index(
        "ix_coverage_claim_geom", "coverage_claim", ["geom"], unique=False, postgresql_using="gist"
    )
    op.create_index(op.f("ix_coverage_claim_operator_id"), "coverage_claim", ["operator_id"], unique=False)
    op.create_table(
        "population_zone",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("area_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=True),
        sa.Column("people", sa.Double(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False, comment="how the count came to the polygon, in words"),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("sample", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name=op.f("ck_population_zone_geom")),
        sa.CheckConstraint("people BETWEEN 0 AND 1e10", name=op.f("ck_population_zone_people")),
        sa.ForeignKeyConstraint(
            ["area_id"], ["area.id"], name=op.f("fk_population_zone_area_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_population_zone_source_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_population_zone")),
    )
    op.create_index(op.f("ix_population_zone_area_id"), "population_zone", ["area_id"], unique=False)
    op.create_index(
        "ix_population_zone_geom", "population_zone", ["geom"], unique=False, postgresql_using="gist"
    )
    op.create_table(
        "raster_source",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("area_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("crs", sa.Text(), nullable=False),
        sa.Column("resolution_m", sa.Double(), nullable=False),
        sa.Column("people", sa.Double(), nullable=True, comment="sum of a population raster without nodata"),
        sa.Column("vintage", sa.Text(), nullable=True),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "covers",
            Geometry(
                geometry_type="POLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role IN ('population', 'terrain')", name=op.f("ck_raster_source_role")),
        sa.CheckConstraint(
            "people IS NULL OR people BETWEEN 0 AND 1e10", name=op.f("ck_raster_source_people")
        ),
        sa.CheckConstraint("resolution_m BETWEEN 0.01 AND 1e5", name=op.f("ck_raster_source_resolution_m")),
        sa.ForeignKeyConstraint(
            ["area_id"], ["area.id"], name=op.f("fk_raster_source_area_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_raster_source_source_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raster_source")),
        sa.UniqueConstraint("code", name=op.f("uq_raster_source_code")),
    )
    op.create_index(op.f("ix_raster_source_area_id"), "raster_source", ["area_id"], unique=False)
    op.create_index(
        "ix_raster_source_covers", "raster_source", ["covers"], unique=False, postgresql_using="gist"
    )
    op.create_table(
        "road",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("area_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("road_class", sa.Text(), nullable=True),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("sample", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTILINESTRING",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name=op.f("ck_road_geom")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_road_area_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_road_source_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_road")),
    )
    op.create_index(op.f("ix_road_area_id"), "road", ["area_id"], unique=False)
    op.create_index("ix_road_geom", "road", ["geom"], unique=False, postgresql_using="gist")
    op.create_table(
        "coverage_challenge",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("evidence_digest", sa.Text(), nullable=True),
        sa.Column(
            "evidence_name",
            sa.Text(),
            nullable=True,
            comment="the sender's name of the file, which is only text",
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("sample", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "geom",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("filed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "reason IN ('no_signal', 'weak_signal', 'no_data', 'slow_data', 'indoor_only_claimed', 'other')",
            name=op.f("ck_coverage_challenge_reason"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'conceded', 'disputed', 'upheld', 'rejected', 'withdrawn')",
            name=op.f("ck_coverage_challenge_state"),
        ),
        sa.CheckConstraint(
            "ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name=op.f("ck_coverage_challenge_geom")
        ),
        sa.CheckConstraint("length(detail) BETWEEN 1 AND 2000", name=op.f("ck_coverage_challenge_detail")),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["coverage_claim.id"],
            name=op.f("fk_coverage_challenge_claim_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_coverage_challenge_party_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_coverage_challenge_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage_challenge")),
        sa.UniqueConstraint("code", name=op.f("uq_coverage_challenge_code")),
    )
    op.create_index(op.f("ix_coverage_challenge_claim_id"), "coverage_challenge", ["claim_id"], unique=False)
    op.create_index(
        "ix_coverage_challenge_geom", "coverage_challenge", ["geom"], unique=False, postgresql_using="gist"
    )
    op.create_index(op.f("ix_coverage_challenge_party_id"), "coverage_challenge", ["party_id"], unique=False)
    op.create_index(op.f("ix_coverage_challenge_user_id"), "coverage_challenge", ["user_id"], unique=False)
    op.create_table(
        "coverage_challenge_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("challenge_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'conceded', 'disputed', 'upheld', 'rejected', 'withdrawn')",
            name=op.f("ck_coverage_challenge_event_state"),
        ),
        sa.CheckConstraint("length(note) <= 2000", name=op.f("ck_coverage_challenge_event_note")),
        sa.ForeignKeyConstraint(
            ["challenge_id"],
            ["coverage_challenge.id"],
            name=op.f("fk_coverage_challenge_event_challenge_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_coverage_challenge_event_user_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage_challenge_event")),
    )
    op.create_index(
        op.f("ix_coverage_challenge_event_challenge_id"),
        "coverage_challenge_event",
        ["challenge_id"],
        unique=False,
    )
    op.create_table(
        "coverage_measurement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("operator_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "operator_stated",
            sa.Text(),
            nullable=True,
            comment="as the source words it; both null: not stated",
        ),
        sa.Column("technology", sa.Text(), nullable=True, comment="null: not stated"),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("measured_on", sa.Date(), nullable=False),
        sa.Column("level_dbm", sa.Double(), nullable=True),
        sa.Column("field_v_m", sa.Double(), nullable=True, comment="electric field strength"),
        sa.Column("down_mbps", sa.Double(), nullable=True),
        sa.Column("up_mbps", sa.Double(), nullable=True),
        sa.Column("latency_ms", sa.Double(), nullable=True),
        sa.Column("connected", sa.Boolean(), nullable=True, comment="false: no service was had"),
        sa.Column("ref", sa.Text(), nullable=True),
        sa.Column(
            "service_stated",
            sa.Text(),
            nullable=True,
            comment="what was measured, as the source words it; null: the whole of it",
        ),
        sa.Column("band_low_mhz", sa.Double(), nullable=True),
        sa.Column("band_high_mhz", sa.Double(), nullable=True),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True, comment="of the file it came in"),
        sa.Column("sample", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "environment IN ('outdoor', 'vehicle', 'indoor')",
            name=op.f("ck_coverage_measurement_environment"),
        ),
        sa.CheckConstraint(
            "method IN ('drive_test', 'walk_test', 'speed_test', 'field_strength')",
            name=op.f("ck_coverage_measurement_method"),
        ),
        sa.CheckConstraint(
            "technology IN ('2g', '3g', '4g', '5g', 'nb_iot', 'microwave', 'broadcast', 'pmr', 'other')",
            name=op.f("ck_coverage_measurement_technology"),
        ),
        sa.CheckConstraint(
            "band_low_mhz BETWEEN 0 AND 1e6 AND band_high_mhz BETWEEN band_low_mhz AND 1e6",
            name=op.f("ck_coverage_measurement_band"),
        ),
        sa.CheckConstraint(
            "down_mbps BETWEEN 0 AND 1e6 AND up_mbps BETWEEN 0 AND 1e6 AND latency_ms BETWEEN 0 AND 1e6",
            name=op.f("ck_coverage_measurement_speeds"),
        ),
        sa.CheckConstraint("field_v_m BETWEEN 0 AND 1000", name=op.f("ck_coverage_measurement_field_v_m")),
        sa.CheckConstraint("level_dbm BETWEEN -200 AND 50", name=op.f("ck_coverage_measurement_level_dbm")),
        sa.CheckConstraint(
            "num_nonnulls(level_dbm, field_v_m, down_mbps, up_mbps, latency_ms, connected) > 0",
            name=op.f("ck_coverage_measurement_says_something"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["import_batch.id"],
            name=op.f("fk_coverage_measurement_batch_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["party.id"],
            name=op.f("fk_coverage_measurement_operator_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"],
            ["user_account.id"],
            name=op.f("fk_coverage_measurement_recorded_by"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_coverage_measurement_source_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage_measurement")),
    )
    op.create_index(
        op.f("ix_coverage_measurement_batch_id"), "coverage_measurement", ["batch_id"], unique=False
    )
    op.create_index(
        "ix_coverage_measurement_geom",
        "coverage_measurement",
        ["geom"],
        unique=False,
        postgresql_using="gist",
    )
    op.create_index(
        op.f("ix_coverage_measurement_operator_id"), "coverage_measurement", ["operator_id"], unique=False
    )
    op.create_table(
        "radio_layer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column(
            "operator", sa.Text(), nullable=False, comment="party code, stated:<as worded>, not_stated or any"
        ),
        sa.Column("operator_id", sa.BigInteger(), nullable=True),
        sa.Column("technology", sa.Text(), nullable=False, comment="a technology of cells, or any"),
        sa.Column("stations", sa.Integer(), nullable=False),
        sa.Column("cells", sa.Integer(), nullable=False),
        sa.Column(
            "cells_defaulted",
            sa.Integer(),
            nullable=False,
            comment="cells with at least one documented default",
        ),
        sa.Column(
            "raster_digest",
            sa.Text(),
            nullable=True,
            comment="level, best cell and class as GeoTIFF; internal only",
        ),
        sa.Column(
            "stats",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="square metres and people by class, by district",
        ),
        sa.CheckConstraint(
            "edition = 'internal' OR raster_digest IS NULL", name=op.f("ck_radio_layer_raster")
        ),
        sa.CheckConstraint("edition IN ('internal', 'public')", name=op.f("ck_radio_layer_edition")),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["party.id"], name=op.f("fk_radio_layer_operator_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["coverage_run.id"], name=op.f("fk_radio_layer_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_radio_layer")),
        sa.UniqueConstraint(
            "run_id",
            "edition",
            "operator",
            "technology",
            name=op.f("uq_radio_layer_run_id_edition_operator_technology"),
        ),
    )
    op.create_index(op.f("ix_radio_layer_operator_id"), "radio_layer", ["operator_id"], unique=False)
    op.create_index(op.f("ix_radio_layer_run_id"), "radio_layer", ["run_id"], unique=False)
    op.create_table(
        "remedy_set",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("aim", sa.Text(), nullable=False),
        sa.Column(
            "wanted",
            sa.Double(),
            nullable=False,
            comment="budget: how many sites; target: share of the people in gaps",
        ),
        sa.Column(
            "people",
            sa.Double(),
            nullable=False,
            comment="whom the set serves, weighted as the run weighs them",
        ),
        sa.Column(
            "bound",
            sa.Double(),
            nullable=False,
            comment="budget: nobody serves more; target: nobody needs fewer sites",
        ),
        sa.Column("method", sa.Text(), nullable=False, comment="what proved the bound"),
        sa.Column(
            "chosen",
            sa.ARRAY(sa.Integer()),
            nullable=False,
            comment="ordinals of remedies, in order of choice",
        ),
        sa.Column(
            "reasons",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="one {key, params} per chosen",
        ),
        sa.Column(
            "lifted",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="as if refusals and exclusive agreements did not stand in the way",
        ),
        sa.CheckConstraint("aim IN ('target', 'budget')", name=op.f("ck_remedy_set_aim")),
        sa.CheckConstraint("edition IN ('internal', 'public')", name=op.f("ck_remedy_set_edition")),
        sa.CheckConstraint(
            "wanted BETWEEN 0 AND 1e10 AND people BETWEEN 0 AND 1e10 AND bound BETWEEN 0 AND 1e10",
            name=op.f("ck_remedy_set_figures"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["coverage_run.id"], name=op.f("fk_remedy_set_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remedy_set")),
        sa.UniqueConstraint(
            "run_id",
            "edition",
            "aim",
            "wanted",
            "lifted",
            name=op.f("uq_remedy_set_run_id_edition_aim_wanted_lifted"),
        ),
    )
    op.create_index(op.f("ix_remedy_set_run_id"), "remedy_set", ["run_id"], unique=False)
    op.create_table(
        "radio_class",
        sa.Column("layer_id", sa.BigInteger(), nullable=False),
        sa.Column("x", sa.Integer(), nullable=False),
        sa.Column("y", sa.Integer(), nullable=False),
        sa.Column("signal_class", sa.SmallInteger(), nullable=False, comment="0 none … 5 best"),
        sa.CheckConstraint("signal_class BETWEEN 0 AND 5", name=op.f("ck_radio_class_signal_class")),
        sa.CheckConstraint("x >= 0 AND x < 32768 AND y >= 0 AND y < 32768", name=op.f("ck_radio_class_cell")),
        sa.ForeignKeyConstraint(
            ["layer_id"], ["radio_layer.id"], name=op.f("fk_radio_class_layer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("layer_id", "x", "y", name=op.f("pk_radio_class")),
    )
    op.create_table(
        "radio_gap",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("layer_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "ordinal", sa.Integer(), nullable=False, comment="rank within the edition of the run, 1 first"
        ),
        sa.Column("district_id", sa.BigInteger(), nullable=True),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column(
            "people", sa.Double(), nullable=True, comment="null: fewer than five, or no population is known"
        ),
        sa.Column("venues", sa.Integer(), nullable=False),
        sa.Column("road_m", sa.Double(), nullable=True, comment="null: no roads are known"),
        sa.Column("compared", sa.Text(), nullable=True, comment="with the earlier run; null without one"),
        sa.Column("earlier_people", sa.Double(), nullable=True),
        sa.Column("earlier_area_m2", sa.Double(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "compared IN ('new', 'grown', 'same', 'shrunk', 'closed')", name=op.f("ck_radio_gap_compared")
        ),
        sa.CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name=op.f("ck_radio_gap_geom")),
        sa.CheckConstraint("area_m2 BETWEEN 0 AND 1e14", name=op.f("ck_radio_gap_area_m2")),
        sa.CheckConstraint(
            "earlier_people BETWEEN 0 AND 1e10 AND earlier_area_m2 BETWEEN 0 AND 1e14",
            name=op.f("ck_radio_gap_earlier"),
        ),
        sa.CheckConstraint("people BETWEEN 0 AND 1e10", name=op.f("ck_radio_gap_people")),
        sa.CheckConstraint("road_m BETWEEN 0 AND 1e10", name=op.f("ck_radio_gap_road_m")),
        sa.ForeignKeyConstraint(
            ["district_id"], ["area.id"], name=op.f("fk_radio_gap_district_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["layer_id"], ["radio_layer.id"], name=op.f("fk_radio_gap_layer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_radio_gap")),
        sa.UniqueConstraint("layer_id", "ordinal", name=op.f("uq_radio_gap_layer_id_ordinal")),
    )
    op.create_index("ix_radio_gap_geom", "radio_gap", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(op.f("ix_radio_gap_layer_id"), "radio_gap", ["layer_id"], unique=False)
    op.create_table(
        "remedy",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column(
            "ordinal",
            sa.Integer(),
            nullable=False,
            comment="1 first: share before works before new, then by people",
        ),
        sa.Column("candidate_kind", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=True),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("technology", sa.Text(), nullable=False),
        sa.Column("people_gained", sa.Double(), nullable=True),
        sa.Column("area_gained_m2", sa.Double(), nullable=False),
        sa.Column(
            "free_units", sa.Integer(), nullable=True, comment="free slots or platforms; null: not registered"
        ),
        sa.Column("opening_state", sa.Text(), nullable=True),
        sa.Column(
            "duty",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="rulebook, clause, standing and whether kept; null: no duty is known",
        ),
        sa.Column(
            "obstacles",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="[]",
            nullable=False,
            comment="[{key, params}]: what stands in its way",
        ),
        sa.Column(
            "assumed",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="{}",
            nullable=False,
            comment="height, EIRP and band that were assumed",
        ),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
            comment="of a new site only",
        ),
        sa.CheckConstraint("(candidate_kind = 'host') = (asset_id IS NOT NULL)", name=op.f("ck_remedy_host")),
        sa.CheckConstraint(
            "(candidate_kind = 'new_site') = (geom IS NOT NULL)", name=op.f("ck_remedy_new_site")
        ),
        sa.CheckConstraint(
            "(candidate_kind = 'project') = (project_id IS NOT NULL)", name=op.f("ck_remedy_project")
        ),
        sa.CheckConstraint(
            "candidate_kind IN ('host', 'project', 'new_site')", name=op.f("ck_remedy_candidate_kind")
        ),
        sa.CheckConstraint("edition IN ('internal', 'public')", name=op.f("ck_remedy_edition")),
        sa.CheckConstraint("area_gained_m2 BETWEEN 0 AND 1e14", name=op.f("ck_remedy_area_gained_m2")),
        sa.CheckConstraint("people_gained BETWEEN 0 AND 1e10", name=op.f("ck_remedy_people_gained")),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_remedy_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_remedy_project_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["coverage_run.id"], name=op.f("fk_remedy_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remedy")),
        sa.UniqueConstraint("run_id", "edition", "ordinal", name=op.f("uq_remedy_run_id_edition_ordinal")),
    )
    op.create_index(op.f("ix_remedy_asset_id"), "remedy", ["asset_id"], unique=False)
    op.create_index(op.f("ix_remedy_project_id"), "remedy", ["project_id"], unique=False)
    op.create_index(op.f("ix_remedy_run_id"), "remedy", ["run_id"], unique=False)
    op.create_table(
        "remedy_gap",
        sa.Column("remedy_id", sa.BigInteger(), nullable=False),
        sa.Column("gap_id", sa.BigInteger(), nullable=False),
        sa.Column("people_gained", sa.Double(), nullable=True),
        sa.Column("area_gained_m2", sa.Double(), nullable=False),
        sa.CheckConstraint("area_gained_m2 BETWEEN 0 AND 1e14", name=op.f("ck_remedy_gap_area_gained_m2")),
        sa.CheckConstraint("people_gained BETWEEN 0 AND 1e10", name=op.f("ck_remedy_gap_people_gained")),
        sa.ForeignKeyConstraint(
            ["gap_id"], ["radio_gap.id"], name=op.f("fk_remedy_gap_gap_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["remedy_id"], ["remedy.id"], name=op.f("fk_remedy_gap_remedy_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("remedy_id", "gap_id", name=op.f("pk_remedy_gap")),
    )
    op.create_index("ix_remedy_gap_gap", "remedy_gap", ["gap_id"], unique=False)
    op.add_column("coverage_gap", sa.Column("key_area_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "coverage_gap",
        sa.Column(
            "zones_in_reach",
            sa.Integer(),
            nullable=True,
            comment="free zones that reach a key area, though not all of it",
        ),
    )
    op.add_column(
        "coverage_gap",
        sa.Column(
            "share",
            sa.Double(),
            nullable=True,
            comment="of the surface of a key area within reach; null when it is a point",
        ),
    )
    op.create_index(op.f("ix_coverage_gap_key_area_id"), "coverage_gap", ["key_area_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_coverage_gap_key_area_id"),
        "coverage_gap",
        "key_area",
        ["key_area_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.add_column("coverage_run", sa.Column("same_as_id", sa.BigInteger(), nullable=True))
    op.add_column("coverage_run", sa.Column("compared_with_id", sa.BigInteger(), nullable=True))
    op.create_index(
        op.f("ix_coverage_run_compared_with_id"), "coverage_run", ["compared_with_id"], unique=False
    )
    op.create_index("ix_coverage_run_digest", "coverage_run", ["inputs_digest"], unique=False)
    op.create_index(op.f("ix_coverage_run_same_as_id"), "coverage_run", ["same_as_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_coverage_run_same_as_id"),
        "coverage_run",
        "coverage_run",
        ["same_as_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_foreign_key(
        op.f("fk_coverage_run_compared_with_id"),
        "coverage_run",
        "coverage_run",
        ["compared_with_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.add_column(
        "inhabited",
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )

    op.execute("ALTER TABLE coverage_run DROP CONSTRAINT ck_coverage_run_method")
    op.execute(
        "ALTER TABLE coverage_run ADD CONSTRAINT ck_coverage_run_method CHECK (method IN ('wifi_reach', 'radio'))"
    )
    op.execute(
        "ALTER TABLE coverage_run ADD CONSTRAINT ck_coverage_run_same_as CHECK (same_as_id IS NULL OR NOT public)"
    )
    op.execute("ALTER TABLE coverage_gap DROP CONSTRAINT ck_coverage_gap_gap_kind")
    op.execute(
        "ALTER TABLE coverage_gap ADD CONSTRAINT ck_coverage_gap_gap_kind CHECK (gap_kind IN ('venue', 'inhabited', 'key_area'))"
    )
    op.execute(
        "ALTER TABLE coverage_gap ADD CONSTRAINT ck_coverage_gap_key_area CHECK ((gap_kind = 'key_area') = (key_area_id IS NOT NULL))"
    )
    op.execute(
        "ALTER TABLE coverage_gap ADD CONSTRAINT ck_coverage_gap_share CHECK (share IS NULL OR share BETWEEN 0 AND 1)"
    )


def downgrade() -> None:
    """Take coverage away again; runs of other methods than free WiFi go with it."""
    op.execute("DELETE FROM coverage_gap WHERE gap_kind = 'key_area'")
    op.execute("ALTER TABLE coverage_gap DROP CONSTRAINT ck_coverage_gap_key_area")
    op.execute("ALTER TABLE coverage_gap DROP CONSTRAINT ck_coverage_gap_share")
    op.execute("ALTER TABLE coverage_gap DROP CONSTRAINT ck_coverage_gap_gap_kind")
    op.execute(
        "ALTER TABLE coverage_gap ADD CONSTRAINT ck_coverage_gap_gap_kind CHECK (gap_kind IN ('venue', 'inhabited'))"
    )
    op.execute("DELETE FROM coverage_run WHERE method <> 'wifi_reach'")
    op.execute("ALTER TABLE coverage_run DROP CONSTRAINT ck_coverage_run_method")
    op.execute(
        "ALTER TABLE coverage_run ADD CONSTRAINT ck_coverage_run_method CHECK (method IN ('wifi_reach'))"
    )
    op.execute("ALTER TABLE coverage_run DROP CONSTRAINT ck_coverage_run_same_as")
    op.drop_column("inhabited", "recorded_at")
    op.drop_constraint(op.f("fk_coverage_run_compared_with_id"), "coverage_run", type_="foreignkey")
    op.drop_constraint(op.f("fk_coverage_run_same_as_id"), "coverage_run", type_="foreignkey")
    op.drop_index(op.f("ix_coverage_run_same_as_id"), table_name="coverage_run")
    op.drop_index("ix_coverage_run_digest", table_name="coverage_run")
    op.drop_index(op.f("ix_coverage_run_compared_with_id"), table_name="coverage_run")
    op.drop_column("coverage_run", "compared_with_id")
    op.drop_column("coverage_run", "same_as_id")
    op.drop_constraint(op.f("fk_coverage_gap_key_area_id"), "coverage_gap", type_="foreignkey")
    op.drop_index(op.f("ix_coverage_gap_key_area_id"), table_name="coverage_gap")
    op.drop_column("coverage_gap", "share")
    op.drop_column("coverage_gap", "zones_in_reach")
    op.drop_column("coverage_gap", "key_area_id")
    op.drop_index("ix_remedy_gap_gap", table_name="remedy_gap")
    op.drop_table("remedy_gap")
    op.drop_index(op.f("ix_remedy_run_id"), table_name="remedy")
    op.drop_index(op.f("ix_remedy_project_id"), table_name="remedy")
    op.drop_index(op.f("ix_remedy_asset_id"), table_name="remedy")
    op.drop_table("remedy")
    op.drop_index(op.f("ix_radio_gap_layer_id"), table_name="radio_gap")
    op.drop_index("ix_radio_gap_geom", table_name="radio_gap", postgresql_using="gist")
    op.drop_table("radio_gap")
    op.drop_table("radio_class")
    op.drop_index(op.f("ix_remedy_set_run_id"), table_name="remedy_set")
    op.drop_table("remedy_set")
    op.drop_index(op.f("ix_radio_layer_run_id"), table_name="radio_layer")
    op.drop_index(op.f("ix_radio_layer_operator_id"), table_name="radio_layer")
    op.drop_table("radio_layer")
    op.drop_index(op.f("ix_coverage_measurement_operator_id"), table_name="coverage_measurement")
    op.drop_index("ix_coverage_measurement_geom", table_name="coverage_measurement", postgresql_using="gist")
    op.drop_index(op.f("ix_coverage_measurement_batch_id"), table_name="coverage_measurement")
    op.drop_table("coverage_measurement")
    op.drop_index(op.f("ix_coverage_challenge_event_challenge_id"), table_name="coverage_challenge_event")
    op.drop_table("coverage_challenge_event")
    op.drop_index(op.f("ix_coverage_challenge_user_id"), table_name="coverage_challenge")
    op.drop_index(op.f("ix_coverage_challenge_party_id"), table_name="coverage_challenge")
    op.drop_index("ix_coverage_challenge_geom", table_name="coverage_challenge", postgresql_using="gist")
    op.drop_index(op.f("ix_coverage_challenge_claim_id"), table_name="coverage_challenge")
    op.drop_table("coverage_challenge")
    op.drop_index("ix_road_geom", table_name="road", postgresql_using="gist")
    op.drop_index(op.f("ix_road_area_id"), table_name="road")
    op.drop_table("road")
    op.drop_index("ix_raster_source_covers", table_name="raster_source", postgresql_using="gist")
    op.drop_index(op.f("ix_raster_source_area_id"), table_name="raster_source")
    op.drop_table("raster_source")
    op.drop_index("ix_population_zone_geom", table_name="population_zone", postgresql_using="gist")
    op.drop_index(op.f("ix_population_zone_area_id"), table_name="population_zone")
    op.drop_table("population_zone")
    op.drop_index(op.f("ix_coverage_claim_operator_id"), table_name="coverage_claim")
    op.drop_index("ix_coverage_claim_geom", table_name="coverage_claim", postgresql_using="gist")
    op.drop_index(op.f("ix_coverage_claim_area_id"), table_name="coverage_claim")
    op.drop_table("coverage_claim")
