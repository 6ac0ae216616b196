"""Organisations, users, roles, sessions, tokens and grants of access to exact places."""

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from infra_registry.access.roles import Role
from infra_registry.db.schema import instant, key, metadata, one_of, refers

PARTY_KINDS = (
    "carrier",
    "tower_company",
    "cable_company",
    "public_body",
    "property_manager",
    "developer",
    "owners_committee",
    "regulator",
    "state_company",
    "company",
    "person_group",
    "not_stated_group",
)

party = Table(
    "party",
    metadata,
    key(),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("name_en", Text),
    Column("kind", Text, nullable=False),
    Column(
        "uscc",
        Text,
        unique=True,
        comment="unified social credit code, check character verified (GB 32100-2015)",
    ),
    Column("country", Text, nullable=False, server_default="CN"),
    Column("contact", Text, comment="an office's public contact, never a person's"),
    Column("sample", Boolean, nullable=False, server_default="false"),
    Column("version", Integer, nullable=False, server_default="1"),
    instant("recorded_at"),
    one_of("kind", PARTY_KINDS),
    CheckConstraint("uscc IS NULL OR uscc ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'", name="uscc"),
    CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
)

user_account = Table(
    "user_account",
    metadata,
    key(),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    refers("party_id", "party.id", null=True),
    Column("locale", Text, nullable=False, server_default="zh-Hans"),
    Column("active", Boolean, nullable=False, server_default="true"),
    Column("sample", Boolean, nullable=False, server_default="false"),
    Column(
        "handed_until",
        DateTime(timezone=True),
        comment="end of a handed-over password, which must be changed before; none where the owner chose it",
    ),
    Column("openid_issuer", Text, comment="of the identity provider the account is bound to"),
    Column("openid_subject", Text, comment="who its owner is there"),
    instant("recorded_at"),
    CheckConstraint("(openid_issuer IS NULL) = (openid_subject IS NULL)", name="openid"),
    UniqueConstraint("openid_issuer", "openid_subject"),
    CheckConstraint("login = lower(login) AND length(login) BETWEEN 2 AND 120", name="login"),
    one_of("locale", ("zh-Hans", "en")),
)

user_role = Table(
    "user_role",
    metadata,
    key(),
    refers("user_id", "user_account.id", delete="CASCADE"),
    Column("role", Text, nullable=False),
    refers("area_id", "area.id", null=True, index=False),
    refers("granted_by", "user_account.id", null=True, index=False),
    instant("granted_at"),
    instant("ended_at", null=True, now=False),
    Column("reason", Text, comment="of an exception; none for an ordinary role"),
    Column("ends_at", DateTime(timezone=True), comment="of an exception"),
    refers("approved_by", "user_account.id", null=True, index=False),
    one_of("role", tuple(Role)),
    CheckConstraint("granted_by IS NULL OR granted_by <> user_id", name="not_himself"),
    CheckConstraint("(reason IS NULL) = (ends_at IS NULL)", name="exception"),
    CheckConstraint(
        "approved_by IS NULL OR (reason IS NOT NULL AND approved_by <> user_id AND approved_by <> granted_by)",
        name="second_person",
    ),
    Index(
        "uq_user_role_live",
        "user_id",
        "role",
        "area_id",
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where="ended_at IS NULL",
    ),
)

party_interest = Table(
    "party_interest",
    metadata,
    key(),
    refers("user_id", "user_account.id", delete="CASCADE", index=False),
    refers("party_id", "party.id"),
    Column("reason", Text, nullable=False),
    instant("declared_at"),
    instant("ended_at", null=True, now=False),
    Index("uq_party_interest_open", "user_id", "party_id", unique=True, postgresql_where="ended_at IS NULL"),
)

# Whether a role ``r`` is held now. An exception waits for its approval and ends by itself.
HELD = """(r.ended_at IS NULL
  AND (r.reason IS NULL OR (r.approved_by IS NOT NULL AND r.ends_at > now())))"""

login_session = Table(
    "login_session",
    metadata,
    Column(
        "digest", LargeBinary, primary_key=True, comment="SHA-256 of the cookie; the cookie itself is nowhere"
    ),
    refers("user_id", "user_account.id", delete="CASCADE"),
    instant("started_at"),
    instant("seen_at"),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column(
        "pending",
        Boolean,
        nullable=False,
        server_default="false",
        comment="the second factor is still to come; such a session opens nothing",
    ),
    Column("by_provider", Boolean, nullable=False, server_default="false", comment="no password was used"),
    Column(
        "vouched",
        Boolean,
        nullable=False,
        server_default="false",
        comment="the provider asked for two factors",
    ),
)

second_factor = Table(
    "second_factor",
    metadata,
    refers("user_id", "user_account.id", delete="CASCADE", primary=True),
    Column(
        "sealed_secret", LargeBinary, comment="of an app, under the server's key; none for a sheet of codes"
    ),
    Column(
        "last_step",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="newest time step of 30 s whose code was accepted",
    ),
    instant("made_at"),
    instant("confirmed_at", null=True, now=False),
)

factor_code = Table(
    "factor_code",
    metadata,
    refers("user_id", "second_factor.user_id", delete="CASCADE", primary=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("code_hash", Text, nullable=False),
    instant("used_at", null=True, now=False),
)

factor_reset = Table(
    "factor_reset",
    metadata,
    key(),
    refers("user_id", "user_account.id", delete="CASCADE"),
    Column("outcome", Text, nullable=False),
    Column("reason", Text, nullable=False),
    refers("asked_by", "user_account.id", null=True, index=False),
    instant("asked_at"),
    refers("decided_by", "user_account.id", null=True, index=False),
    instant("decided_at", null=True, now=False),
    Column("approved", Boolean),
    one_of("outcome", ("remove", "sheet")),
    CheckConstraint("length(btrim(reason)) >= 4", name="reason"),
    CheckConstraint("asked_by <> user_id AND decided_by <> user_id", name="not_himself"),
    CheckConstraint("NOT approved OR decided_by <> asked_by", name="second_person"),
    CheckConstraint("(decided_at IS NULL) = (approved IS NULL)", name="decided"),
    Index("uq_factor_reset_open", "user_id", unique=True, postgresql_where="decided_at IS NULL"),
)

api_token = Table(
    "api_token",
    metadata,
    key(),
    refers("user_id", "user_account.id", delete="CASCADE"),
    Column("name", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("scopes", ARRAY(Text), nullable=False),
    instant("made_at"),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    instant("used_at", null=True, now=False),
    instant("revoked_at", null=True, now=False),
)

place_grant = Table(
    "place_grant",
    metadata,
    key(),
    Column("code", Text, nullable=False, unique=True),
    refers("party_id", "party.id"),
    Column("purpose", Text, nullable=False),
    Column("geom", Geometry("MULTIPOLYGON", 4326, spatial_index=False), nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    refers("granted_by", "user_account.id", null=True, index=False),
    instant("granted_at"),
    instant("revoked_at", null=True, now=False),
    CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name="geom"),
    CheckConstraint("ends_at > starts_at", name="period"),
    CheckConstraint("length(btrim(purpose)) >= 4", name="purpose"),
    Index("ix_place_grant_geom", "geom", postgresql_using="gist"),
)

# A write that carries an Idempotency-Key is answered the same way when it is sent again.
idempotency = Table(
    "idempotency",
    metadata,
    Column("actor", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_digest", LargeBinary, nullable=False),
    Column("status", Integer),
    Column("answer", Text),
    Column("location", Text),
    instant("at"),
)
