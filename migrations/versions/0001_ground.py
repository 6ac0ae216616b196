"""The ground: areas, parties, assets and their places, ledgers, imports, runs, cases, audit, the job queue."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

QUEUE_SCHEMA = Path(__file__).parents[1] / "queue" / "procrastinate_3_10_0.sql"

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table, then the partitions of places and the queue's own schema."""
    op.execute("CREATE SCHEMA IF NOT EXISTS history")
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "txid",
            sa.BigInteger(),
            server_default=sa.text("pg_current_xact_id()::text::bigint"),
            nullable=False,
        ),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False, comment="insert, update, delete, read, deny, login …"),
        sa.Column("object", sa.Text(), nullable=False, comment="table, or kind of thing read"),
        sa.Column("ref", sa.Text(), nullable=True),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("request", sa.Text(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    op.create_index("ix_audit_event_at", "audit_event", ["at"], unique=False)
    op.create_index("ix_audit_event_object", "audit_event", ["object", "id"], unique=False)
    op.create_index("ix_audit_event_txid", "audit_event", ["txid", "id"], unique=False)
    op.create_table(
        "audit_seal",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "events",
            sa.LargeBinary(),
            nullable=False,
            comment="SHA-256 over the ordered hashes of the batch's events",
        ),
        sa.Column(
            "content",
            sa.LargeBinary(),
            nullable=False,
            comment="the same without place in the order: tells a reordering from an edit",
        ),
        sa.Column(
            "from_txid", sa.BigInteger(), nullable=False, comment="events of transactions from this one …"
        ),
        sa.Column(
            "below_txid",
            sa.BigInteger(),
            nullable=False,
            comment="… to below this one, all of which had ended",
        ),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_seal_hash")),
    )
    op.create_table(
        "case_attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("address_digest", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("act IN ('file', 'track')", name=op.f("ck_case_attempt_act")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_attempt")),
    )
    op.create_index("ix_case_attempt_address", "case_attempt", ["address_digest", "act", "at"], unique=False)
    op.create_index("ix_case_attempt_at", "case_attempt", ["at"], unique=False)
    op.create_table(
        "idempotency",
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_digest", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name=op.f("pk_idempotency")),
    )
    op.create_table(
        "layer_change",
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("mark", sa.Numeric(), nullable=False),
    )
    op.create_index("ix_layer_change_layer", "layer_change", ["layer"], unique=False)
    op.create_table(
        "login_attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("login_digest", sa.LargeBinary(), nullable=False),
        sa.Column("address_digest", sa.LargeBinary(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempt")),
    )
    op.create_index("ix_login_attempt_address", "login_attempt", ["address_digest", "at"], unique=False)
    op.create_index("ix_login_attempt_login", "login_attempt", ["login_digest", "at"], unique=False)
    op.create_table(
        "party",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "uscc",
            sa.Text(),
            nullable=True,
            comment="unified social credit code, check character verified (GB 32100-2015)",
        ),
        sa.Column("country", sa.Text(), server_default="CN", nullable=False),
        sa.Column(
            "contact", sa.Text(), nullable=True, comment="an office's public contact, never a person's"
        ),
        sa.Column("sample", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f("ck_party_country")),
        sa.CheckConstraint(
            "kind IN ('carrier', 'tower_company', 'cable_company', 'public_body', 'property_manager', 'developer', 'owners_committee', 'regulator', 'state_company', 'company', 'person_group', 'not_stated_group')",
            name=op.f("ck_party_kind"),
        ),
        sa.CheckConstraint("uscc IS NULL OR uscc ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'", name=op.f("ck_party_uscc")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party")),
        sa.UniqueConstraint("code", name=op.f("uq_party_code")),
        sa.UniqueConstraint("uscc", name=op.f("uq_party_uscc")),
    )
    op.create_table(
        "place_count",
        sa.Column("zoom", sa.SmallInteger(), nullable=False),
        sa.Column("x", sa.Integer(), nullable=False),
        sa.Column("y", sa.Integer(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("city_id", sa.BigInteger(), nullable=True),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("operator_id", sa.BigInteger(), nullable=True),
        sa.Column("publication_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
    )
    op.create_index("ix_place_count_cell", "place_count", ["zoom", "x", "y"], unique=False)
    op.create_table(
        "place_total",
        sa.Column("zoom", sa.SmallInteger(), nullable=False),
        sa.Column("x", sa.Integer(), nullable=False),
        sa.Column("y", sa.Integer(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column(
            "city_id",
            sa.BigInteger(),
            nullable=True,
            comment="this and the next two only of hidden ones, for those who see them",
        ),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("operator_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
    )
    op.create_index("ix_place_total_cell", "place_total", ["zoom", "x", "y"], unique=False)
    op.create_table(
        "source",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "map_approval",
            sa.Text(),
            nullable=True,
            comment="map approval number; without one a map of it is schematic",
        ),
        sa.Column("sample", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("code", name=op.f("uq_source_code")),
    )
    op.create_table(
        "status_transition",
        sa.Column("old_status", sa.Text(), nullable=False),
        sa.Column("new_status", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("old_status", "new_status", name=op.f("pk_status_transition")),
    )
    op.create_table(
        "area",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False, comment="gb2260, zone or foreign"),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("time_zone", sa.Text(), server_default="Asia/Shanghai", nullable=False),
        sa.Column(
            "rulebook",
            sa.Text(),
            nullable=True,
            comment="key of the rulebook in force here; none: no duties are known",
        ),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "level IN ('country', 'province', 'city', 'district', 'subdistrict', 'zone')",
            name=op.f("ck_area_level"),
        ),
        sa.CheckConstraint("scheme IN ('gb2260', 'zone', 'foreign')", name=op.f("ck_area_scheme")),
        sa.CheckConstraint("population IS NULL OR population >= 0", name=op.f("ck_area_population")),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_from IS NULL OR valid_until >= valid_from",
            name=op.f("ck_area_validity"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["area.id"], name=op.f("fk_area_parent_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_area_source_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
        sa.UniqueConstraint("scheme", "code", name=op.f("uq_area_scheme_code")),
    )
    op.create_index(op.f("ix_area_parent_id"), "area", ["parent_id"], unique=False)
    op.create_table(
        "user_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.Column("locale", sa.Text(), server_default="zh-Hans", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("sample", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("must_change", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("locale IN ('zh-Hans', 'en')", name=op.f("ck_user_account_locale")),
        sa.CheckConstraint(
            "login = lower(login) AND length(login) BETWEEN 2 AND 120", name=op.f("ck_user_account_login")
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_user_account_party_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("login", name=op.f("uq_user_account_login")),
    )
    op.create_index(op.f("ix_user_account_party_id"), "user_account", ["party_id"], unique=False)
    op.create_table(
        "api_token",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_api_token_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_token_digest")),
    )
    op.create_index(op.f("ix_api_token_user_id"), "api_token", ["user_id"], unique=False)
    op.create_table(
        "area_boundary",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("area_id", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), server_default="1900-01-01", nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
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
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name=op.f("ck_area_boundary_geom")),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until > valid_from", name=op.f("ck_area_boundary_validity")
        ),
        sa.ForeignKeyConstraint(
            ["area_id"], ["area.id"], name=op.f("fk_area_boundary_area_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_area_boundary_source_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_boundary")),
    )
    op.create_index(op.f("ix_area_boundary_area_id"), "area_boundary", ["area_id"], unique=False)
    op.create_index("ix_area_boundary_geom", "area_boundary", ["geom"], unique=False, postgresql_using="gist")
    op.create_table(
        "inhabited",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("area_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
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
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("basis", sa.Text(), server_default="census", nullable=False),
        sa.CheckConstraint("people >= 0", name=op.f("ck_inhabited_people")),
        sa.ForeignKeyConstraint(
            ["area_id"], ["area.id"], name=op.f("fk_inhabited_area_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_inhabited_source_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inhabited")),
    )
    op.create_index(op.f("ix_inhabited_area_id"), "inhabited", ["area_id"], unique=False)
    op.create_index("ix_inhabited_geom", "inhabited", ["geom"], unique=False, postgresql_using="gist")
    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("city_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("step", sa.Text(), nullable=True, comment="message key of what is being done"),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("cancel_asked", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("problem", sa.Text(), nullable=True, comment="message key when it failed"),
        sa.Column("problem_params", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "result",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="codes and counts, never personal data",
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_job_state")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_job_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("code", name=op.f("uq_job_code")),
    )
    op.create_index(op.f("ix_job_user_id"), "job", ["user_id"], unique=False)
    op.create_table(
        "login_session",
        sa.Column(
            "digest",
            sa.LargeBinary(),
            nullable=False,
            comment="SHA-256 of the cookie; the cookie itself is nowhere",
        ),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_login_session_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_login_session")),
    )
    op.create_index(op.f("ix_login_session_user_id"), "login_session", ["user_id"], unique=False)
    op.create_table(
        "place_grant",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
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
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by", sa.BigInteger(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name=op.f("ck_place_grant_geom")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_place_grant_period")),
        sa.CheckConstraint("length(btrim(purpose)) >= 4", name=op.f("ck_place_grant_purpose")),
        sa.ForeignKeyConstraint(
            ["granted_by"], ["user_account.id"], name=op.f("fk_place_grant_granted_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_place_grant_party_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_grant")),
        sa.UniqueConstraint("code", name=op.f("uq_place_grant_code")),
    )
    op.create_index("ix_place_grant_geom", "place_grant", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(op.f("ix_place_grant_party_id"), "place_grant", ["party_id"], unique=False)
    op.create_table(
        "project",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("builder_id", sa.BigInteger(), nullable=True),
        sa.Column("city_id", sa.BigInteger(), nullable=True),
        sa.Column("work_kind", sa.Text(), nullable=False),
        sa.Column("funding", sa.Text(), server_default="not_stated", nullable=False),
        sa.Column(
            "designated",
            sa.Boolean(),
            nullable=True,
            comment="the plan designates a base station here; null: not stated",
        ),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
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
        sa.Column("sample", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "funding IN ('government', 'government_majority', 'mixed', 'private', 'not_stated')",
            name=op.f("ck_project_funding"),
        ),
        sa.CheckConstraint(
            "work_kind IN ('new', 'alteration', 'extension', 'road_works', 'removal')",
            name=op.f("ck_project_work_kind"),
        ),
        sa.CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name=op.f("ck_project_geom")),
        sa.CheckConstraint(
            "ends_on IS NULL OR starts_on IS NULL OR ends_on >= starts_on", name=op.f("ck_project_period")
        ),
        sa.ForeignKeyConstraint(
            ["builder_id"], ["party.id"], name=op.f("fk_project_builder_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["area.id"], name=op.f("fk_project_city_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["user_account.id"], name=op.f("fk_project_recorded_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("code", name=op.f("uq_project_code")),
    )
    op.create_index(op.f("ix_project_builder_id"), "project", ["builder_id"], unique=False)
    op.create_index(op.f("ix_project_city_id"), "project", ["city_id"], unique=False)
    op.create_index("ix_project_geom", "project", ["geom"], unique=False, postgresql_using="gist")
    op.create_table(
        "publication",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("area_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("access_class", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False, comment="of the data file it was loaded from"),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "access_class IN ('P0', 'P1', 'P2', 'P3', 'P4')", name=op.f("ck_publication_access_class")
        ),
        sa.CheckConstraint(
            "kind IN ('tower', 'base_station', 'duct', 'chamber', 'cable', 'pole', 'room', 'wifi_zone', 'public_building', 'premises')",
            name=op.f("ck_publication_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["area_id"], ["area.id"], name=op.f("fk_publication_area_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
    )
    op.create_index(
        "uq_publication_area_kind",
        "publication",
        ["area_id", "kind"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "user_role",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("area_id", sa.BigInteger(), nullable=True),
        sa.Column("granted_by", sa.BigInteger(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('seeker', 'carrier_editor', 'owner_editor', 'regulator', 'case_handler', 'auditor', 'system_admin', 'security_admin')",
            name=op.f("ck_user_role_role"),
        ),
        sa.CheckConstraint(
            "granted_by IS NULL OR granted_by <> user_id", name=op.f("ck_user_role_not_himself")
        ),
        sa.ForeignKeyConstraint(
            ["area_id"], ["area.id"], name=op.f("fk_user_role_area_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["granted_by"], ["user_account.id"], name=op.f("fk_user_role_granted_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_user_role_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_role")),
    )
    op.create_index(op.f("ix_user_role_user_id"), "user_role", ["user_id"], unique=False)
    op.create_index(
        "uq_user_role_live",
        "user_role",
        ["user_id", "role", "area_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where="ended_at IS NULL",
    )
    op.create_table(
        "coverage_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("area_id", sa.BigInteger(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("inputs_digest", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("public", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("method IN ('wifi_reach')", name=op.f("ck_coverage_run_method")),
        sa.ForeignKeyConstraint(
            ["area_id"], ["area.id"], name=op.f("fk_coverage_run_area_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["job.id"], name=op.f("fk_coverage_run_job_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_coverage_run_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage_run")),
        sa.UniqueConstraint("code", name=op.f("uq_coverage_run_code")),
    )
    op.create_index(op.f("ix_coverage_run_area_id"), "coverage_run", ["area_id"], unique=False)
    op.create_table(
        "import_batch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_hash", sa.Text(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("mapping_digest", sa.Text(), nullable=True),
        sa.Column("declared_crs", sa.Text(), nullable=True),
        sa.Column("mode", sa.Text(), server_default="delta", nullable=False),
        sa.Column("dry_run", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("state", sa.Text(), server_default="received", nullable=False),
        sa.Column("rows_read", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_staged", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_faulty", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_written", sa.Integer(), server_default="0", nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("mode IN ('delta', 'snapshot')", name=op.f("ck_import_batch_mode")),
        sa.CheckConstraint(
            "state IN ('received', 'checking', 'staged', 'accepted', 'refused', 'failed', 'undone')",
            name=op.f("ck_import_batch_state"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f("fk_import_batch_decided_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["job.id"], name=op.f("fk_import_batch_job_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_import_batch_party_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_import_batch_source_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_import_batch_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
        sa.UniqueConstraint("code", name=op.f("uq_import_batch_code")),
    )
    op.create_index(op.f("ix_import_batch_job_id"), "import_batch", ["job_id"], unique=False)
    op.create_index(op.f("ix_import_batch_party_id"), "import_batch", ["party_id"], unique=False)
    op.create_index(op.f("ix_import_batch_source_id"), "import_batch", ["source_id"], unique=False)
    op.create_index(op.f("ix_import_batch_user_id"), "import_batch", ["user_id"], unique=False)
    op.create_table(
        "project_act",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("by_whom", sa.Text(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "act IN ('designated', 'reviewed', 'filed', 'consulted', 'consented', 'permitted', 'started', 'accepted', 'security_recorded', 'ended')",
            name=op.f("ck_project_act_act"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_project_act_project_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["user_account.id"], name=op.f("fk_project_act_recorded_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_act")),
    )
    op.create_index(op.f("ix_project_act_project_id"), "project_act", ["project_id"], unique=False)
    op.create_table(
        "publication_field",
        sa.Column("publication_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("access_class", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "access_class IN ('P0', 'P1', 'P2', 'P3', 'P4')", name=op.f("ck_publication_field_access_class")
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["publication.id"],
            name=op.f("fk_publication_field_publication_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("publication_id", "field", name=op.f("pk_publication_field")),
    )
    op.create_table(
        "asset",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("operator_id", sa.BigInteger(), nullable=True),
        sa.Column("controller_id", sa.BigInteger(), nullable=True),
        sa.Column("host_id", sa.BigInteger(), nullable=True),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("city_id", sa.BigInteger(), nullable=True),
        sa.Column("publication_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("access_class", sa.Text(), nullable=False),
        sa.Column("withheld_reason", sa.Text(), nullable=True),
        sa.Column("withheld_review_on", sa.Date(), nullable=True),
        sa.Column(
            "owner_stated",
            sa.Text(),
            nullable=True,
            comment="the owner as the source words it, where no party is registered",
        ),
        sa.Column("operator_stated", sa.Text(), nullable=True, comment="the operator as the source words it"),
        sa.Column(
            "owner_ref",
            sa.Text(),
            nullable=True,
            comment="the owner's own reference: the import key with kind and owner",
        ),
        sa.Column(
            "weak_key",
            sa.Text(),
            nullable=True,
            comment="rounded place and occurrence where there is no reference",
        ),
        sa.Column("sample", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("valid_from", sa.Date(), server_default="2000-01-01", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "access_class <> 'P4' OR (withheld_reason IS NOT NULL AND withheld_review_on IS NOT NULL)",
            name=op.f("ck_asset_withheld"),
        ),
        sa.CheckConstraint(
            "access_class IN ('P0', 'P1', 'P2', 'P3', 'P4')", name=op.f("ck_asset_access_class")
        ),
        sa.CheckConstraint(
            "kind IN ('tower', 'base_station', 'duct', 'chamber', 'cable', 'pole', 'room', 'wifi_zone', 'public_building', 'premises')",
            name=op.f("ck_asset_kind"),
        ),
        sa.CheckConstraint(
            "status IN ('planned', 'building', 'accepted', 'in_use', 'idle', 'retired')",
            name=op.f("ck_asset_status"),
        ),
        sa.CheckConstraint("host_id IS NULL OR host_id <> id", name=op.f("ck_asset_host")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name=op.f("ck_asset_name")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name=op.f("fk_asset_batch_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["city_id"], ["area.id"], name=op.f("fk_asset_city_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["controller_id"], ["party.id"], name=op.f("fk_asset_controller_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["host_id"], ["asset.id"], name=op.f("fk_asset_host_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["party.id"], name=op.f("fk_asset_operator_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["party.id"], name=op.f("fk_asset_owner_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_asset_project_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publication.id"], name=op.f("fk_asset_publication_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["user_account.id"], name=op.f("fk_asset_recorded_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_asset_source_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset")),
        sa.UniqueConstraint("code", name=op.f("uq_asset_code")),
    )
    op.create_index(
        "ix_asset_address_trgm",
        "asset",
        ["address"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"address": "gin_trgm_ops"},
    )
    op.create_index(op.f("ix_asset_batch_id"), "asset", ["batch_id"], unique=False)
    op.create_index(op.f("ix_asset_city_id"), "asset", ["city_id"], unique=False)
    op.create_index(op.f("ix_asset_controller_id"), "asset", ["controller_id"], unique=False)
    op.create_index(op.f("ix_asset_host_id"), "asset", ["host_id"], unique=False)
    op.create_index("ix_asset_kind_status", "asset", ["kind", "status"], unique=False)
    op.create_index(
        "ix_asset_name_trgm",
        "asset",
        ["name"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.create_index(op.f("ix_asset_operator_id"), "asset", ["operator_id"], unique=False)
    op.create_index(op.f("ix_asset_owner_id"), "asset", ["owner_id"], unique=False)
    op.create_index(op.f("ix_asset_project_id"), "asset", ["project_id"], unique=False)
    op.create_index(op.f("ix_asset_publication_id"), "asset", ["publication_id"], unique=False)
    op.create_index(op.f("ix_asset_source_id"), "asset", ["source_id"], unique=False)
    op.create_index(
        "uq_asset_reference",
        "asset",
        ["owner_id", "owner_stated", "kind", "owner_ref"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where="owner_ref IS NOT NULL AND status <> 'retired'",
    )
    op.create_index(
        "uq_asset_weak_key",
        "asset",
        ["owner_id", "owner_stated", "kind", "source_id", "weak_key"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where="weak_key IS NOT NULL AND status <> 'retired'",
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=True),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("expected", sa.Text(), nullable=True),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("severity IN ('error', 'warning', 'note')", name=op.f("ck_finding_severity")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name=op.f("fk_finding_batch_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    op.create_index(op.f("ix_finding_batch_id"), "finding", ["batch_id"], unique=False)
    op.create_table(
        "staged_row",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False, comment="sheet or layer of the file"),
        sa.Column(
            "row_number",
            sa.Integer(),
            nullable=False,
            comment="as the sender counts it, the header being row 1",
        ),
        sa.Column("target", sa.Text(), nullable=False, comment="kind of asset, cell, area or party"),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("parent_key", sa.Text(), nullable=True),
        sa.Column("weak", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("geom_wkb", sa.Text(), nullable=True, comment="hex WKB in EPSG:4326"),
        sa.Column("sent", sa.Text(), nullable=True),
        sa.Column("faulty", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True, comment="new, changed, unchanged, repeated"),
        sa.Column(
            "asset_id",
            sa.BigInteger(),
            nullable=True,
            comment="the asset written; no foreign key, for it may be undone",
        ),
        sa.Column("version", sa.Integer(), nullable=True, comment="of the asset after this batch wrote it"),
        sa.Column(
            "before",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="what the batch replaced, for its undoing",
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name=op.f("fk_staged_row_batch_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staged_row")),
        sa.UniqueConstraint(
            "batch_id",
            "part",
            "row_number",
            "target",
            name=op.f("uq_staged_row_batch_id_part_row_number_target"),
        ),
    )
    op.create_index("ix_staged_row_key", "staged_row", ["batch_id", "target", "key"], unique=False)
    op.create_table(
        "agreement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("grantor_id", sa.BigInteger(), nullable=True),
        sa.Column("grantee_id", sa.BigInteger(), nullable=True),
        sa.Column("deal_type", sa.Text(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=True, comment="null: not stated"),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("period", postgresql.DATERANGE(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False, comment="where this is known from"),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("sample", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "deal_type IN ('access', 'exclusive_access', 'exclusive_revenue', 'exclusive_marketing', 'sale_leaseback', 'lease', 'bulk_billing', 'other', 'not_stated')",
            name=op.f("ck_agreement_deal_type"),
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_agreement_asset_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["grantee_id"], ["party.id"], name=op.f("fk_agreement_grantee_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["grantor_id"], ["party.id"], name=op.f("fk_agreement_grantor_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["user_account.id"], name=op.f("fk_agreement_recorded_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
        sa.UniqueConstraint("code", name=op.f("uq_agreement_code")),
    )
    op.create_index(op.f("ix_agreement_asset_id"), "agreement", ["asset_id"], unique=False)
    op.create_index(op.f("ix_agreement_grantee_id"), "agreement", ["grantee_id"], unique=False)
    op.create_index(op.f("ix_agreement_grantor_id"), "agreement", ["grantor_id"], unique=False)
    op.create_table(
        "asset_area",
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "level", sa.Text(), nullable=False, comment="the level whose shown geometry lies in the area"
        ),
        sa.Column("area_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["area_id"], ["area.id"], name=op.f("fk_asset_area_area_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_asset_area_asset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("asset_id", "level", "area_id", name=op.f("pk_asset_area")),
    )
    op.create_index("ix_asset_area_area", "asset_area", ["area_id", "level", "asset_id"], unique=False)
    op.create_table(
        "asset_base_station",
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("licence_number", sa.Text(), nullable=True),
        sa.Column("licence_until", sa.Date(), nullable=True),
        sa.Column("permitted_on", sa.Date(), nullable=True),
        sa.Column("modified_on", sa.Date(), nullable=True),
        sa.Column("in_service_on", sa.Date(), nullable=True),
        sa.CheckConstraint("length(licence_number) <= 60", name=op.f("ck_asset_base_station_licence_number")),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_asset_base_station_asset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("asset_id", name=op.f("pk_asset_base_station")),
    )
    op.create_table(
        "asset_cable",
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("laying", sa.Text(), nullable=True),
        sa.Column("medium", sa.Text(), nullable=True),
        sa.Column("fibre_count", sa.Integer(), nullable=True),
        sa.Column("fibres_free", sa.Integer(), nullable=True),
        sa.Column("built_on", sa.Date(), nullable=True),
        sa.CheckConstraint("laying IN ('overhead', 'in_duct', 'buried')", name=op.f("ck_asset_cable_laying")),
        sa.CheckConstraint("medium IN ('fibre', 'copper', 'coax')", name=op.f("ck_asset_cable_medium")),
        sa.CheckConstraint("fibre_count BETWEEN 1 AND 10000", name=op.f("ck_asset_cable_fibre_count")),
        sa.CheckConstraint("fibres_free BETWEEN 0 AND 10000", name=op.f("ck_asset_cable_fibres_free")),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_asset_cable_asset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("asset_id", name=op.f("pk_asset_cable")),
    )
    op.create_table(
        "asset_chamber",
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("chamber_type", sa.Text(), nullable=True),
        sa.Column("length_m", sa.Double(), nullable=True),
        sa.Column("width_m", sa.Double(), nullable=True),
        sa.Column("depth_m", sa.Double(), nullable=True),
        sa.Column("lock", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "chamber_type IN ('manhole', 'handhole', 'vault', 'cabinet')",
            name=op.f("ck_asset_chamber_chamber_type"),
        ),
        sa.CheckConstraint("depth_m BETWEEN 0 AND 50", name=op.f("ck_asset_chamber_depth_m")),
        sa.CheckConstraint("length(lock) <= 60", name=op.f("ck_asset_chamber_lock")),
        sa.CheckConstraint("length_m BETWEEN 0 AND 50", name=op.f("ck_asset_chamber_length_m")),
        sa.CheckConstraint("width_m BETWEEN 0 AND 50", name=op.f("ck_asset_chamber_width_m")),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_asset_chamber_asset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("asset_id", name=op.f("pk_asset_chamber")),
    )
    op.create_table(
        "asset_duct",
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("bore_count", sa.Integer(), nullable=True),
        sa.Column("inner_diameter_mm", sa.Double(), nullable=True),
        sa.Column("outer_diameter_mm", sa.Double(), nullable=True),
        sa.Column("material", sa.Text(), nullable=True),
        sa.Column("cover_depth_m", sa.Double(), nullable=True),
        sa.Column("position_class", sa.Text(), nullable=True),
        sa.Column("mandrel_tested_on", sa.Date(), nullable=True),
        sa.Column("built_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "material IN ('pvc', 'pe', 'steel', 'concrete', 'cement', 'other')",
            name=op.f("ck_asset_duct_material"),
        ),
        sa.CheckConstraint("position_class IN ('a', 'b', 'c')", name=op.f("ck_asset_duct_position_class")),
        sa.CheckConstraint("bore_count BETWEEN 1 AND 200", name=op.f("ck_asset_duct_bore_count")),
        sa.CheckConstraint("cover_depth_m BETWEEN 0 AND 50", name=op.f("ck_asset_duct_cover_depth_m")),
        sa.CheckConstraint(
            "inner_diameter_mm BETWEEN 1 AND 2000", name=op.f("ck_asset_duct_inner_diameter_mm")
        ),
        sa.CheckConstraint(
            "outer_diameter_mm BETWEEN 1 AND 2500", name=op.f("ck_asset_duct_outer_diameter_mm")
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_asset_duct_asset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("asset_id", name=op.f("pk_asset_duct")),
    )
    op.create_table(
        "asset_place",
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
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
        sa.Column(
            "cell",
            sa.BigInteger(),
            nullable=False,
            comment="smallest quad cell (zoom ≤ 14) holding the shown geometry",
        ),
        sa.Column("precision_m", sa.Integer(), server_default="0", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("operator_id", sa.BigInteger(), nullable=True),
        sa.Column("city_id", sa.BigInteger(), nullable=True),
        sa.Column("publication_id", sa.BigInteger(), nullable=False),
        sa.Column("access_class", sa.Text(), nullable=False),
        sa.CheckConstraint("level IN ('exact','hundred','cell')", name=op.f("ck_asset_place_level")),
        sa.CheckConstraint(
            "ST_IsValid(geom) AND NOT ST_IsEmpty(geom) AND ST_XMin(geom) >= -180 AND ST_XMax(geom) <= 180 AND ST_YMin(geom) >= -90 AND ST_YMax(geom) <= 90 AND ST_NPoints(geom) <= 100000",
            name=op.f("ck_asset_place_geom"),
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_asset_place_asset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("asset_id", "level", name=op.f("pk_asset_place")),
        postgresql_partition_by="LIST (level)",
    )
    op.create_index("ix_asset_place_cell", "asset_place", ["cell"], unique=False)
    op.create_index("ix_asset_place_geom", "asset_place", ["geom"], unique=False, postgresql_using="gist")
    op.create_table(
        "asset_pole",
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("use", sa.Text(), nullable=True),
        sa.Column("height_m", sa.Double(), nullable=True),
        sa.Column("material", sa.Text(), nullable=True),
        sa.Column("slot_count", sa.Integer(), nullable=True),
        sa.Column("remaining_load_dan", sa.Double(), nullable=True),
        sa.Column("load_studied_on", sa.Date(), nullable=True),
        sa.Column("power_available", sa.Boolean(), nullable=True),
        sa.Column("site_name", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "material IN ('steel', 'concrete', 'wood', 'composite', 'aluminium', 'other')",
            name=op.f("ck_asset_pole_material"),
        ),
        sa.CheckConstraint(
            "use IN ('street_light', 'traffic_signal', 'cctv', 'power', 'telecom', 'sign', 'smart', 'other')",
            name=op.f("ck_asset_pole_use"),
        ),
        sa.CheckConstraint("height_m BETWEEN 0 AND 100", name=op.f("ck_asset_pole_height_m")),
        sa.CheckConstraint("length(site_name) <= 200", name=op.f("ck_asset_pole_site_name")),
        sa.CheckConstraint(
            "remaining_load_dan BETWEEN 0 AND 100000", name=op.f("ck_asset_pole_remaining_load_dan")
        ),
        sa.CheckConstraint("slot_count BETWEEN 0 AND 50", name=op.f("ck_asset_pole_slot_count")),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_asset_pole_asset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("asset_id", name=op.f("pk_asset_pole")),
    )
    op.create_table(
        "asset_premises",
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("premises_type", sa.Text(), nullable=True),
        sa.Column("household_count", sa.Integer(), nullable=True),
        sa.Column("floor_count", sa.Integer(), nullable=True),
        sa.Column("building_count", sa.Integer(), nullable=True),
        sa.Column("network_owner", sa.Text(), nullable=True),
        sa.Column("network_accepted_on", sa.Date(), nullable=True),
        sa.Column("built_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "network_owner IN ('developer', 'owners', 'carrier', 'property_manager', 'other', 'not_stated')",
            name=op.f("ck_asset_premises_network_owner"),
        ),
        sa.CheckConstraint(
            "premises_type IN ('residential', 'commercial', 'industrial_park', 'mixed')",
            name=op.f("ck_asset_premises_premises_type"),
        ),
        sa.CheckConstraint(
            "building_count BETWEEN 0 AND 10000", name=op.f("ck_asset_premises_building_count")
        ),
        sa.CheckConstraint("floor_count BETWEEN 0 AND 300", name=op.f("ck_asset_premises_floor_count")),
        sa.CheckConstraint(
            "household_count BETWEEN 0 AND 1e+06", name=op.f("ck_asset_premises_household_count")
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_asset_premises_asset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("asset_id", name=op.f("pk_asset_premises")),
    )
    op.create_table(
        "asset_public_building",
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.Text(), nullable=True),
        sa.Column("venue", sa.Text(), nullable=True),
        sa.Column("controller_type", sa.Text(), nullable=True),
        sa.Column("funding", sa.Text(), nullable=True),
        sa.Column("height_m", sa.Double(), nullable=True),
        sa.Column("roof_area_m2", sa.Double(), nullable=True),
        sa.Column("roof_type", sa.Text(), nullable=True),
        sa.Column("roof_load_kn_m2", sa.Double(), nullable=True),
        sa.Column("power_kva", sa.Double(), nullable=True),
        sa.Column("fibre_entry", sa.Boolean(), nullable=True),
        sa.Column("access_hours", sa.Text(), nullable=True),
        sa.Column("protected", sa.Boolean(), nullable=True),
        sa.Column("security_ground", sa.Text(), nullable=True),
        sa.Column("surveyed_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "controller_type IN ('public_institution', 'state_organ', 'state_company', 'private', 'not_stated')",
            name=op.f("ck_asset_public_building_controller_type"),
        ),
        sa.CheckConstraint(
            "form IN ('building', 'facility', 'land', 'road')", name=op.f("ck_asset_public_building_form")
        ),
        sa.CheckConstraint(
            "funding IN ('government', 'government_majority', 'mixed', 'private', 'not_stated')",
            name=op.f("ck_asset_public_building_funding"),
        ),
        sa.CheckConstraint(
            "roof_type IN ('flat', 'pitched', 'other')", name=op.f("ck_asset_public_building_roof_type")
        ),
        sa.CheckConstraint(
            "venue IN ('public_transport', 'admin_office', 'tourist_site', 'hospital', 'university', 'commercial_finance', 'school', 'sports_venue', 'culture', 'station', 'park', 'social_housing', 'other')",
            name=op.f("ck_asset_public_building_venue"),
        ),
        sa.CheckConstraint("height_m BETWEEN 0 AND 1000", name=op.f("ck_asset_public_building_height_m")),
        sa.CheckConstraint("length(access_hours) <= 200", name=op.f("ck_asset_public_building_access_hours")),
        sa.CheckConstraint(
            "length(security_ground) <= 200", name=op.f("ck_asset_public_building_security_ground")
        ),
        sa.CheckConstraint("power_kva BETWEEN 0 AND 100000", name=op.f("ck_asset_public_building_power_kva")),
        sa.CheckConstraint(
            "roof_area_m2 BETWEEN 0 AND 1e+06", name=op.f("ck_asset_public_building_roof_area_m2")
        ),
        sa.CheckConstraint(
            "roof_load_kn_m2 BETWEEN 0 AND 1000", name=op.f("ck_asset_public_building_roof_load_kn_m2")
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_asset_public_building_asset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("asset_id", name=op.f("pk_asset_public_building")),
    )
    op.create_table(
        "asset_room",
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("floor_area_m2", sa.Double(), nullable=True),
        sa.Column("rack_count", sa.Integer(), nullable=True),
        sa.Column("power_kva", sa.Double(), nullable=True),
        sa.Column("backup_power", sa.Boolean(), nullable=True),
        sa.Column("access_hours", sa.Text(), nullable=True),
        sa.Column("built_on", sa.Date(), nullable=True),
        sa.CheckConstraint("floor_area_m2 BETWEEN 0 AND 100000", name=op.f("ck_asset_room_floor_area_m2")),
        sa.CheckConstraint("length(access_hours) <= 200", name=op.f("ck_asset_room_access_hours")),
        sa.CheckConstraint("power_kva BETWEEN 0 AND 100000", name=op.f("ck_asset_room_power_kva")),
        sa.CheckConstraint("rack_count BETWEEN 0 AND 10000", name=op.f("ck_asset_room_rack_count")),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_asset_room_asset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("asset_id", name=op.f("pk_asset_room")),
    )
    op.create_table(
        "asset_sent_place",
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("sent", sa.Text(), nullable=False, comment="the sender's own coordinates as text"),
        sa.Column("declared_crs", sa.Text(), nullable=False),
        sa.Column("detected_crs", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("error_m", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_asset_sent_place_asset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("asset_id", name=op.f("pk_asset_sent_place")),
    )
    op.create_table(
        "asset_tower",
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("structure_type", sa.Text(), nullable=True),
        sa.Column("height_m", sa.Double(), nullable=True),
        sa.Column("ground_elevation_m", sa.Double(), nullable=True),
        sa.Column("platform_count", sa.Integer(), nullable=True),
        sa.Column("remaining_load_kn", sa.Double(), nullable=True),
        sa.Column("built_on", sa.Date(), nullable=True),
        sa.Column("power_supply", sa.Text(), nullable=True),
        sa.Column("land_owner", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "structure_type IN ('lattice', 'monopole', 'guyed', 'rooftop', 'water_tower', 'building', 'silo', 'church', 'pylon_power', 'mast_light', 'other')",
            name=op.f("ck_asset_tower_structure_type"),
        ),
        sa.CheckConstraint(
            "ground_elevation_m BETWEEN -500 AND 9000", name=op.f("ck_asset_tower_ground_elevation_m")
        ),
        sa.CheckConstraint("height_m BETWEEN 0 AND 1000", name=op.f("ck_asset_tower_height_m")),
        sa.CheckConstraint("length(land_owner) <= 200", name=op.f("ck_asset_tower_land_owner")),
        sa.CheckConstraint("length(power_supply) <= 200", name=op.f("ck_asset_tower_power_supply")),
        sa.CheckConstraint("platform_count BETWEEN 0 AND 50", name=op.f("ck_asset_tower_platform_count")),
        sa.CheckConstraint(
            "remaining_load_kn BETWEEN 0 AND 10000", name=op.f("ck_asset_tower_remaining_load_kn")
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_asset_tower_asset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("asset_id", name=op.f("pk_asset_tower")),
    )
    op.create_table(
        "asset_wifi_zone",
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("ssid", sa.Text(), nullable=True),
        sa.Column("free", sa.Boolean(), nullable=True),
        sa.Column("setting", sa.Text(), nullable=True),
        sa.Column("login_manner", sa.Text(), nullable=True),
        sa.Column("login_limit_min", sa.Integer(), nullable=True),
        sa.Column("reach_m", sa.Double(), nullable=True),
        sa.Column("security_measures", sa.Boolean(), nullable=True),
        sa.Column("security_filing", sa.Text(), nullable=True),
        sa.Column("log_days", sa.Integer(), nullable=True),
        sa.Column("measured_down_mbps", sa.Double(), nullable=True),
        sa.Column("measured_up_mbps", sa.Double(), nullable=True),
        sa.Column("measured_latency_ms", sa.Double(), nullable=True),
        sa.Column("measured_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "login_manner IN ('none', 'phone_code', 'real_name', 'account', 'portal')",
            name=op.f("ck_asset_wifi_zone_login_manner"),
        ),
        sa.CheckConstraint(
            "setting IN ('indoor', 'outdoor', 'mixed')", name=op.f("ck_asset_wifi_zone_setting")
        ),
        sa.CheckConstraint("length(security_filing) <= 100", name=op.f("ck_asset_wifi_zone_security_filing")),
        sa.CheckConstraint("length(ssid) <= 64", name=op.f("ck_asset_wifi_zone_ssid")),
        sa.CheckConstraint("log_days BETWEEN 0 AND 3650", name=op.f("ck_asset_wifi_zone_log_days")),
        sa.CheckConstraint(
            "login_limit_min BETWEEN 0 AND 1440", name=op.f("ck_asset_wifi_zone_login_limit_min")
        ),
        sa.CheckConstraint(
            "measured_down_mbps BETWEEN 0 AND 100000", name=op.f("ck_asset_wifi_zone_measured_down_mbps")
        ),
        sa.CheckConstraint(
            "measured_latency_ms BETWEEN 0 AND 100000", name=op.f("ck_asset_wifi_zone_measured_latency_ms")
        ),
        sa.CheckConstraint(
            "measured_up_mbps BETWEEN 0 AND 100000", name=op.f("ck_asset_wifi_zone_measured_up_mbps")
        ),
        sa.CheckConstraint("reach_m BETWEEN 1 AND 2000", name=op.f("ck_asset_wifi_zone_reach_m")),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_asset_wifi_zone_asset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("asset_id", name=op.f("pk_asset_wifi_zone")),
    )
    op.create_table(
        "capacity_unit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_kind", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("quantity_m2", sa.Double(), nullable=True, comment="for roof area: how much there is"),
        sa.CheckConstraint(
            "(unit_kind = 'roof_area') = (quantity_m2 IS NOT NULL)", name=op.f("ck_capacity_unit_quantity")
        ),
        sa.CheckConstraint(
            "unit_kind IN ('bore', 'slot', 'platform', 'rack', 'roof_area')",
            name=op.f("ck_capacity_unit_unit_kind"),
        ),
        sa.CheckConstraint("quantity_m2 BETWEEN 0 AND 1000000", name=op.f("ck_capacity_unit_quantity_m2")),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_capacity_unit_asset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capacity_unit")),
        sa.UniqueConstraint(
            "asset_id", "unit_kind", "ordinal", name=op.f("uq_capacity_unit_asset_id_unit_kind_ordinal")
        ),
    )
    op.create_index(op.f("ix_capacity_unit_asset_id"), "capacity_unit", ["asset_id"], unique=False)
    op.create_table(
        "case_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("number", sa.Text(), nullable=False, comment="random; the public case number"),
        sa.Column("secret_hash", sa.Text(), nullable=False, comment="argon2id of the receipt's secret"),
        sa.Column(
            "form_digest", sa.LargeBinary(), nullable=False, comment="of the form sent: once, one case"
        ),
        sa.Column("case_kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("city_id", sa.BigInteger(), nullable=True),
        sa.Column("district_id", sa.BigInteger(), nullable=True),
        sa.Column("asset_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
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
        ),
        sa.Column("named", sa.Text(), nullable=False, comment="anonymous, confidential or named"),
        sa.Column(
            "capacity", sa.Text(), nullable=True, comment="the reporter's standing: resident, tenant …"
        ),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column(
            "sealed", sa.LargeBinary(), nullable=False, comment="what was written, under the case's own key"
        ),
        sa.Column(
            "wrapped_key",
            sa.LargeBinary(),
            nullable=True,
            comment="the case's key, wrapped; destroyed on erasure",
        ),
        sa.Column("reported_elsewhere", sa.Boolean(), nullable=False),
        sa.Column("assigned_to", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "happened_on", sa.Date(), nullable=True, comment="first day of the month the reporter names"
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "capacity IN ('resident', 'tenant', 'business', 'competing_operator', 'property', 'employee', 'public_body')",
            name=op.f("ck_case_file_capacity"),
        ),
        sa.CheckConstraint("case_kind IN ('report')", name=op.f("ck_case_file_case_kind")),
        sa.CheckConstraint("locale IN ('zh-Hans', 'en')", name=op.f("ck_case_file_locale")),
        sa.CheckConstraint(
            "named IN ('anonymous', 'confidential', 'named')", name=op.f("ck_case_file_named")
        ),
        sa.CheckConstraint(
            "reason IN ('exclusive_agreement', 'refused_or_no_answer', 'unreasonable_terms', 'blocked_entry', 'discrimination', 'forced_service', 'hidden_facility', 'other')",
            name=op.f("ck_case_file_reason"),
        ),
        sa.CheckConstraint(
            "state IN ('received', 'checking', 'accepted', 'not_accepted')", name=op.f("ck_case_file_state")
        ),
        sa.CheckConstraint(
            "(wrapped_key IS NULL) = (erased_at IS NOT NULL)", name=op.f("ck_case_file_erased")
        ),
        sa.CheckConstraint(
            "geom IS NULL OR (ST_IsValid(geom) AND NOT ST_IsEmpty(geom))", name=op.f("ck_case_file_geom")
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_case_file_asset_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["assigned_to"], ["user_account.id"], name=op.f("fk_case_file_assigned_to"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["area.id"], name=op.f("fk_case_file_city_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["area.id"], name=op.f("fk_case_file_district_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
        sa.UniqueConstraint("form_digest", name=op.f("uq_case_file_form_digest")),
        sa.UniqueConstraint("number", name=op.f("uq_case_file_number")),
    )
    op.create_index(op.f("ix_case_file_asset_id"), "case_file", ["asset_id"], unique=False)
    op.create_index(op.f("ix_case_file_city_id"), "case_file", ["city_id"], unique=False)
    op.create_index(op.f("ix_case_file_district_id"), "case_file", ["district_id"], unique=False)
    op.create_index("ix_case_file_geom", "case_file", ["geom"], unique=False, postgresql_using="gist")
    op.create_index("ix_case_file_received", "case_file", ["received_at"], unique=False)
    op.create_table(
        "cell",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("cell_ref", sa.Text(), nullable=True),
        sa.Column("antenna_ref", sa.Text(), nullable=True),
        sa.Column("technology", sa.Text(), nullable=False),
        sa.Column("system_name", sa.Text(), nullable=True),
        sa.Column("band_low_mhz", sa.Double(), nullable=True),
        sa.Column("band_high_mhz", sa.Double(), nullable=True),
        sa.Column("azimuth_deg", sa.Double(), nullable=True),
        sa.Column("antenna_height_m", sa.Double(), nullable=True),
        sa.Column("tilt_deg", sa.Double(), nullable=True),
        sa.Column("eirp_dbm", sa.Double(), nullable=True),
        sa.Column("directivity", sa.Text(), nullable=True),
        sa.Column("antenna_type", sa.Text(), nullable=True),
        sa.Column("antenna_size_m", sa.Double(), nullable=True),
        sa.CheckConstraint("directivity IN ('directional', 'omni')", name=op.f("ck_cell_directivity")),
        sa.CheckConstraint(
            "technology IN ('2g', '3g', '4g', '5g', 'nb_iot', 'microwave', 'broadcast', 'pmr', 'other')",
            name=op.f("ck_cell_technology"),
        ),
        sa.CheckConstraint("antenna_height_m BETWEEN 0 AND 1000", name=op.f("ck_cell_antenna_height_m")),
        sa.CheckConstraint("antenna_size_m BETWEEN 0 AND 100", name=op.f("ck_cell_antenna_size_m")),
        sa.CheckConstraint("azimuth_deg BETWEEN 0 AND 360", name=op.f("ck_cell_azimuth_deg")),
        sa.CheckConstraint("band_high_mhz BETWEEN 0 AND 300000", name=op.f("ck_cell_band_high_mhz")),
        sa.CheckConstraint("band_low_mhz BETWEEN 0 AND 300000", name=op.f("ck_cell_band_low_mhz")),
        sa.CheckConstraint("eirp_dbm BETWEEN -50 AND 120", name=op.f("ck_cell_eirp_dbm")),
        sa.CheckConstraint("length(antenna_ref) <= 80", name=op.f("ck_cell_antenna_ref")),
        sa.CheckConstraint("length(antenna_type) <= 80", name=op.f("ck_cell_antenna_type")),
        sa.CheckConstraint("length(cell_ref) <= 80", name=op.f("ck_cell_cell_ref")),
        sa.CheckConstraint("length(system_name) <= 60", name=op.f("ck_cell_system_name")),
        sa.CheckConstraint("tilt_deg BETWEEN -90 AND 90", name=op.f("ck_cell_tilt_deg")),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_cell_asset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cell")),
    )
    op.create_index(op.f("ix_cell_asset_id"), "cell", ["asset_id"], unique=False)
    op.create_table(
        "coverage_gap",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("gap_kind", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=True),
        sa.Column("asset_id", sa.BigInteger(), nullable=True),
        sa.Column("venue", sa.Text(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column(
            "nearest_m",
            sa.Double(),
            nullable=True,
            comment="to the nearest free zone; null when there is none in the area",
        ),
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
        sa.CheckConstraint("gap_kind IN ('venue', 'inhabited')", name=op.f("ck_coverage_gap_gap_kind")),
        sa.CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name=op.f("ck_coverage_gap_geom")),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_coverage_gap_asset_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["area.id"], name=op.f("fk_coverage_gap_district_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["coverage_run.id"], name=op.f("fk_coverage_gap_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage_gap")),
    )
    op.create_index(op.f("ix_coverage_gap_asset_id"), "coverage_gap", ["asset_id"], unique=False)
    op.create_index("ix_coverage_gap_geom", "coverage_gap", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(op.f("ix_coverage_gap_run_id"), "coverage_gap", ["run_id"], unique=False)
    op.create_table(
        "duct_end",
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("from_chamber_id", sa.BigInteger(), nullable=True),
        sa.Column("to_chamber_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_duct_end_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["from_chamber_id"], ["asset.id"], name=op.f("fk_duct_end_from_chamber_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["to_chamber_id"], ["asset.id"], name=op.f("fk_duct_end_to_chamber_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("asset_id", name=op.f("pk_duct_end")),
    )
    op.create_index(op.f("ix_duct_end_from_chamber_id"), "duct_end", ["from_chamber_id"], unique=False)
    op.create_index(op.f("ix_duct_end_to_chamber_id"), "duct_end", ["to_chamber_id"], unique=False)
    op.create_table(
        "place_grant_asset",
        sa.Column("grant_id", sa.BigInteger(), nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_place_grant_asset_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["place_grant.id"], name=op.f("fk_place_grant_asset_grant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("grant_id", "asset_id", name=op.f("pk_place_grant_asset")),
    )
    op.create_index("ix_place_grant_asset_asset", "place_grant_asset", ["asset_id"], unique=False)
    op.create_table(
        "presence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False, comment="where this is known from"),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "service IN ('mobile', 'broadband', 'wifi', 'television', 'other')",
            name=op.f("ck_presence_service"),
        ),
        sa.CheckConstraint("ended_on IS NULL OR ended_on >= seen_on", name=op.f("ck_presence_period")),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_presence_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_presence_party_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["user_account.id"], name=op.f("fk_presence_recorded_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence")),
        sa.UniqueConstraint(
            "asset_id",
            "party_id",
            "service",
            "seen_on",
            name=op.f("uq_presence_asset_id_party_id_service_seen_on"),
        ),
    )
    op.create_index(op.f("ix_presence_asset_id"), "presence", ["asset_id"], unique=False)
    op.create_index(op.f("ix_presence_party_id"), "presence", ["party_id"], unique=False)
    op.create_table(
        "status_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("old_status", sa.Text(), nullable=True),
        sa.Column("new_status", sa.Text(), nullable=False),
        sa.Column("valid_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "new_status IN ('planned', 'building', 'accepted', 'in_use', 'idle', 'retired')",
            name=op.f("ck_status_event_new_status"),
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_status_event_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"],
            ["user_account.id"],
            name=op.f("fk_status_event_recorded_by"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_event")),
    )
    op.create_index(op.f("ix_status_event_asset_id"), "status_event", ["asset_id"], unique=False)
    op.create_table(
        "accused",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "ord",
            sa.SmallInteger(),
            nullable=False,
            comment="place in the list; a name in words is sealed under it",
        ),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.Column("part", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "part IN ('carrier', 'property_manager', 'developer', 'owners_committee', 'other')",
            name=op.f("ck_accused_part"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_accused_case_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_accused_party_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accused")),
        sa.UniqueConstraint("case_id", "ord", name=op.f("uq_accused_case_id_ord")),
    )
    op.create_index(op.f("ix_accused_case_id"), "accused", ["case_id"], unique=False)
    op.create_index(op.f("ix_accused_party_id"), "accused", ["party_id"], unique=False)
    op.create_table(
        "allocation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("holder_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "holder_stated",
            sa.Text(),
            nullable=True,
            comment="the holder as the source words it; null with no holder_id: not stated",
        ),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("quantity_m2", sa.Double(), nullable=True),
        sa.Column("period", postgresql.DATERANGE(), nullable=False),
        sa.Column("agreement_id", sa.BigInteger(), nullable=True),
        sa.Column("tenant_asset_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "countable", sa.Boolean(), server_default="true", nullable=False, comment="false for roof area"
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("unit_id"), "="),
            (sa.column("period"), "&&"),
            where=sa.text("countable AND state <> 'released'"),
            using="gist",
            name="ex_allocation_overlap",
        ),
        sa.CheckConstraint(
            "state IN ('reserved', 'used', 'blocked', 'future_need', 'released')",
            name=op.f("ck_allocation_state"),
        ),
        sa.CheckConstraint("NOT isempty(period)", name=op.f("ck_allocation_period")),
        sa.CheckConstraint("countable = (quantity_m2 IS NULL)", name=op.f("ck_allocation_countable")),
        sa.CheckConstraint(
            "quantity_m2 > 0 AND quantity_m2 <= 1000000", name=op.f("ck_allocation_quantity_m2")
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("fk_allocation_agreement_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["party.id"], name=op.f("fk_allocation_holder_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["user_account.id"], name=op.f("fk_allocation_recorded_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_asset_id"], ["asset.id"], name=op.f("fk_allocation_tenant_asset_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["capacity_unit.id"], name=op.f("fk_allocation_unit_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation")),
    )
    op.create_index(op.f("ix_allocation_agreement_id"), "allocation", ["agreement_id"], unique=False)
    op.create_index(op.f("ix_allocation_holder_id"), "allocation", ["holder_id"], unique=False)
    op.create_index(op.f("ix_allocation_tenant_asset_id"), "allocation", ["tenant_asset_id"], unique=False)
    op.create_index(op.f("ix_allocation_unit_id"), "allocation", ["unit_id"], unique=False)
    op.create_table(
        "case_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("move", sa.Text(), nullable=False),
        sa.Column("old_state", sa.Text(), nullable=True),
        sa.Column("new_state", sa.Text(), nullable=False),
        sa.Column(
            "reason", sa.Text(), nullable=True, comment="code of the reason where the move asks for one"
        ),
        sa.Column(
            "said",
            sa.LargeBinary(),
            nullable=True,
            comment="what the complainant is told, under the case's own key",
        ),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "actor_kind IN ('reporter', 'handler', 'system')", name=op.f("ck_case_event_actor_kind")
        ),
        sa.CheckConstraint(
            "new_state IN ('received', 'checking', 'accepted', 'not_accepted')",
            name=op.f("ck_case_event_new_state"),
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["user_account.id"], name=op.f("fk_case_event_actor_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_case_event_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
    )
    op.create_index(op.f("ix_case_event_case_id"), "case_event", ["case_id"], unique=False)
    op.create_table(
        "case_identity",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_case_identity_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_identity")),
    )

    for level in ("exact", "hundred", "cell"):
        op.execute(f"CREATE TABLE asset_place_{level} PARTITION OF asset_place FOR VALUES IN ('{level}')")
    op.get_bind().exec_driver_sql(QUEUE_SCHEMA.read_text("utf-8").replace("%", "%%"))


def downgrade() -> None:
    """Leave an empty schema; history goes too."""
    op.execute("DROP SCHEMA history CASCADE")
    op.drop_table("case_identity")
    op.drop_index(op.f("ix_case_event_case_id"), table_name="case_event")
    op.drop_table("case_event")
    op.drop_index(op.f("ix_allocation_unit_id"), table_name="allocation")
    op.drop_index(op.f("ix_allocation_tenant_asset_id"), table_name="allocation")
    op.drop_index(op.f("ix_allocation_holder_id"), table_name="allocation")
    op.drop_index(op.f("ix_allocation_agreement_id"), table_name="allocation")
    op.drop_table("allocation")
    op.drop_index(op.f("ix_accused_party_id"), table_name="accused")
    op.drop_index(op.f("ix_accused_case_id"), table_name="accused")
    op.drop_table("accused")
    op.drop_index(op.f("ix_status_event_asset_id"), table_name="status_event")
    op.drop_table("status_event")
    op.drop_index(op.f("ix_presence_party_id"), table_name="presence")
    op.drop_index(op.f("ix_presence_asset_id"), table_name="presence")
    op.drop_table("presence")
    op.drop_index("ix_place_grant_asset_asset", table_name="place_grant_asset")
    op.drop_table("place_grant_asset")
    op.drop_index(op.f("ix_duct_end_to_chamber_id"), table_name="duct_end")
    op.drop_index(op.f("ix_duct_end_from_chamber_id"), table_name="duct_end")
    op.drop_table("duct_end")
    op.drop_index(op.f("ix_coverage_gap_run_id"), table_name="coverage_gap")
    op.drop_index("ix_coverage_gap_geom", table_name="coverage_gap", postgresql_using="gist")
    op.drop_index(op.f("ix_coverage_gap_asset_id"), table_name="coverage_gap")
    op.drop_table("coverage_gap")
    op.drop_index(op.f("ix_cell_asset_id"), table_name="cell")
    op.drop_table("cell")
    op.drop_index("ix_case_file_received", table_name="case_file")
    op.drop_index("ix_case_file_geom", table_name="case_file", postgresql_using="gist")
    op.drop_index(op.f("ix_case_file_district_id"), table_name="case_file")
    op.drop_index(op.f("ix_case_file_city_id"), table_name="case_file")
    op.drop_index(op.f("ix_case_file_asset_id"), table_name="case_file")
    op.drop_table("case_file")
    op.drop_index(op.f("ix_capacity_unit_asset_id"), table_name="capacity_unit")
    op.drop_table("capacity_unit")
    op.drop_table("asset_wifi_zone")
    op.drop_table("asset_tower")
    op.drop_table("asset_sent_place")
    op.drop_table("asset_room")
    op.drop_table("asset_public_building")
    op.drop_table("asset_premises")
    op.drop_table("asset_pole")
    op.drop_index("ix_asset_place_geom", table_name="asset_place", postgresql_using="gist")
    op.drop_index("ix_asset_place_cell", table_name="asset_place")
    op.drop_table("asset_place")
    op.drop_table("asset_duct")
    op.drop_table("asset_chamber")
    op.drop_table("asset_cable")
    op.drop_table("asset_base_station")
    op.drop_index("ix_asset_area_area", table_name="asset_area")
    op.drop_table("asset_area")
    op.drop_index(op.f("ix_agreement_grantor_id"), table_name="agreement")
    op.drop_index(op.f("ix_agreement_grantee_id"), table_name="agreement")
    op.drop_index(op.f("ix_agreement_asset_id"), table_name="agreement")
    op.drop_table("agreement")
    op.drop_index("ix_staged_row_key", table_name="staged_row")
    op.drop_table("staged_row")
    op.drop_index(op.f("ix_finding_batch_id"), table_name="finding")
    op.drop_table("finding")
    op.drop_index(
        "uq_asset_weak_key",
        table_name="asset",
        postgresql_nulls_not_distinct=True,
        postgresql_where="weak_key IS NOT NULL AND status <> 'retired'",
    )
    op.drop_index(
        "uq_asset_reference",
        table_name="asset",
        postgresql_nulls_not_distinct=True,
        postgresql_where="owner_ref IS NOT NULL AND status <> 'retired'",
    )
    op.drop_index(op.f("ix_asset_source_id"), table_name="asset")
    op.drop_index(op.f("ix_asset_publication_id"), table_name="asset")
    op.drop_index(op.f("ix_asset_project_id"), table_name="asset")
    op.drop_index(op.f("ix_asset_owner_id"), table_name="asset")
    op.drop_index(op.f("ix_asset_operator_id"), table_name="asset")
    op.drop_index(
        "ix_asset_name_trgm",
        table_name="asset",
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.drop_index("ix_asset_kind_status", table_name="asset")
    op.drop_index(op.f("ix_asset_host_id"), table_name="asset")
    op.drop_index(op.f("ix_asset_controller_id"), table_name="asset")
    op.drop_index(op.f("ix_asset_city_id"), table_name="asset")
    op.drop_index(op.f("ix_asset_batch_id"), table_name="asset")
    op.drop_index(
        "ix_asset_address_trgm",
        table_name="asset",
        postgresql_using="gin",
        postgresql_ops={"address": "gin_trgm_ops"},
    )
    op.drop_table("asset")
    op.drop_table("publication_field")
    op.drop_index(op.f("ix_project_act_project_id"), table_name="project_act")
    op.drop_table("project_act")
    op.drop_index(op.f("ix_import_batch_user_id"), table_name="import_batch")
    op.drop_index(op.f("ix_import_batch_source_id"), table_name="import_batch")
    op.drop_index(op.f("ix_import_batch_party_id"), table_name="import_batch")
    op.drop_index(op.f("ix_import_batch_job_id"), table_name="import_batch")
    op.drop_table("import_batch")
    op.drop_index(op.f("ix_coverage_run_area_id"), table_name="coverage_run")
    op.drop_table("coverage_run")
    op.drop_index(
        "uq_user_role_live",
        table_name="user_role",
        postgresql_nulls_not_distinct=True,
        postgresql_where="ended_at IS NULL",
    )
    op.drop_index(op.f("ix_user_role_user_id"), table_name="user_role")
    op.drop_table("user_role")
    op.drop_index("uq_publication_area_kind", table_name="publication", postgresql_nulls_not_distinct=True)
    op.drop_table("publication")
    op.drop_index("ix_project_geom", table_name="project", postgresql_using="gist")
    op.drop_index(op.f("ix_project_city_id"), table_name="project")
    op.drop_index(op.f("ix_project_builder_id"), table_name="project")
    op.drop_table("project")
    op.drop_index(op.f("ix_place_grant_party_id"), table_name="place_grant")
    op.drop_index("ix_place_grant_geom", table_name="place_grant", postgresql_using="gist")
    op.drop_table("place_grant")
    op.drop_index(op.f("ix_login_session_user_id"), table_name="login_session")
    op.drop_table("login_session")
    op.drop_index(op.f("ix_job_user_id"), table_name="job")
    op.drop_table("job")
    op.drop_index("ix_inhabited_geom", table_name="inhabited", postgresql_using="gist")
    op.drop_index(op.f("ix_inhabited_area_id"), table_name="inhabited")
    op.drop_table("inhabited")
    op.drop_index("ix_area_boundary_geom", table_name="area_boundary", postgresql_using="gist")
    op.drop_index(op.f("ix_area_boundary_area_id"), table_name="area_boundary")
    op.drop_table("area_boundary")
    op.drop_index(op.f("ix_api_token_user_id"), table_name="api_token")
    op.drop_table("api_token")
    op.drop_index(op.f("ix_user_account_party_id"), table_name="user_account")
    op.drop_table("user_account")
    op.drop_index(op.f("ix_area_parent_id"), table_name="area")
    op.drop_table("area")
    op.drop_table("status_transition")
    op.drop_table("source")
    op.drop_index("ix_place_total_cell", table_name="place_total")
    op.drop_table("place_total")
    op.drop_index("ix_place_count_cell", table_name="place_count")
    op.drop_table("place_count")
    op.drop_table("party")
    op.drop_index("ix_login_attempt_login", table_name="login_attempt")
    op.drop_index("ix_login_attempt_address", table_name="login_attempt")
    op.drop_table("login_attempt")
    op.drop_index("ix_layer_change_layer", table_name="layer_change")
    op.drop_table("layer_change")
    op.drop_table("idempotency")
    op.drop_index("ix_case_attempt_at", table_name="case_attempt")
    op.drop_index("ix_case_attempt_address", table_name="case_attempt")
    op.drop_table("case_attempt")
    op.drop_table("audit_seal")
    op.drop_index("ix_audit_event_txid", table_name="audit_event")
    op.drop_index("ix_audit_event_object", table_name="audit_event")
    op.drop_index("ix_audit_event_at", table_name="audit_event")
    op.drop_table("audit_event")

    op.execute("""DO $$ DECLARE r record; BEGIN
      FOR r IN SELECT oid::regclass AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
               AND relname LIKE 'procrastinate%' LOOP EXECUTE format('DROP TABLE IF EXISTS %s CASCADE', r.name); END LOOP;
      FOR r IN SELECT oid::regprocedure AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace
               AND pg_get_userbyid(proowner) = current_user LOOP EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', r.name); END LOOP;
      FOR r IN SELECT oid::regtype AS name FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'c')
               AND typname LIKE 'procrastinate%' LOOP EXECUTE format('DROP TYPE IF EXISTS %s CASCADE', r.name); END LOOP;
    END $$""")
