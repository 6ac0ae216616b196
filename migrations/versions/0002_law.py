"""The law: documents in force, evidence, duties, answers about opening, targets, clocks, campaigns, key public areas."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the tables of the law, and to works and WiFi zones what rulebooks ask about."""
    op.create_table(
        "duty_stale",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=True),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("agreement_id", sa.BigInteger(), nullable=True),
        sa.Column("key_area_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(asset_id, project_id, agreement_id, key_area_id) = 1",
            name=op.f("ck_duty_stale_subject"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_stale")),
    )
    op.create_table(
        "campaign",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "rulebook",
            sa.Text(),
            nullable=True,
            comment="null: no instrument in force asks for opening, the campaign is a request",
        ),
        sa.Column("clause", sa.Text(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=False, comment="the office that writes"),
        sa.Column("contact", sa.Text(), nullable=False, comment="where that office answers questions"),
        sa.Column("words", sa.Text(), nullable=True, comment="what the sender adds in own words"),
        sa.Column("answer_by", sa.Date(), nullable=False, comment="own target, not law"),
        sa.Column(
            "link_days",
            sa.Integer(),
            nullable=False,
            comment="how long a link opens, from the day it is made",
        ),
        sa.Column("sample", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(rulebook IS NULL) = (clause IS NULL)", name=op.f("ck_campaign_clause")),
        sa.CheckConstraint("length(btrim(title)) BETWEEN 2 AND 200", name=op.f("ck_campaign_title")),
        sa.CheckConstraint("link_days BETWEEN 1 AND 366", name=op.f("ck_campaign_link_days")),
        sa.ForeignKeyConstraint(
            ["city_id"], ["area.id"], name=op.f("fk_campaign_city_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["user_account.id"], name=op.f("fk_campaign_made_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("code", name=op.f("uq_campaign_code")),
    )
    op.create_index(op.f("ix_campaign_city_id"), "campaign", ["city_id"], unique=False)
    op.create_table(
        "key_area",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("urban_part", sa.Text(), nullable=True),
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
        sa.Column("list_title", sa.Text(), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column(
            "ends_on",
            sa.Date(),
            nullable=True,
            comment="last day: as the list says, or the day before the next list",
        ),
        sa.Column("stated_ends_on", sa.Date(), nullable=True, comment="last day as the list itself says"),
        sa.Column("sample", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "urban_part IN ('urban_district', 'county_town')", name=op.f("ck_key_area_urban_part")
        ),
        sa.CheckConstraint(
            "(ends_on IS NULL OR ends_on >= issued_on) AND (stated_ends_on IS NULL OR ends_on <= stated_ends_on)",
            name=op.f("ck_key_area_period"),
        ),
        sa.CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name=op.f("ck_key_area_geom")),
        sa.ForeignKeyConstraint(
            ["city_id"], ["area.id"], name=op.f("fk_key_area_city_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["user_account.id"], name=op.f("fk_key_area_recorded_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_area")),
        sa.UniqueConstraint("code", name=op.f("uq_key_area_code")),
    )
    op.create_index(op.f("ix_key_area_city_id"), "key_area", ["city_id"], unique=False)
    op.create_index("ix_key_area_geom", "key_area", ["geom"], unique=False, postgresql_using="gist")
    op.create_table(
        "law_document",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("doc_kind", sa.Text(), nullable=False),
        sa.Column("doc_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "preview",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="duties and dates that appear, vanish or move",
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("proposed_by", sa.BigInteger(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "doc_kind IN ('rulebook', 'procedure', 'calendar')", name=op.f("ck_law_document_doc_kind")
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'in_force', 'replaced', 'rejected')", name=op.f("ck_law_document_state")
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR proposed_by IS NULL OR decided_by <> proposed_by",
            name=op.f("ck_law_document_second_person"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f("fk_law_document_decided_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"],
            ["user_account.id"],
            name=op.f("fk_law_document_proposed_by"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_law_document")),
    )
    op.create_index(
        "uq_law_document_in_force",
        "law_document",
        ["doc_kind", "doc_key"],
        unique=True,
        postgresql_where="state = 'in_force'",
    )
    op.create_index(
        "uq_law_document_proposed",
        "law_document",
        ["doc_kind", "doc_key", "digest"],
        unique=True,
        postgresql_where="state = 'proposed'",
    )
    op.create_table(
        "opening_target",
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("set_by", sa.BigInteger(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("days BETWEEN 1 AND 366", name=op.f("ck_opening_target_days")),
        sa.ForeignKeyConstraint(
            ["city_id"], ["area.id"], name=op.f("fk_opening_target_city_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["set_by"], ["user_account.id"], name=op.f("fk_opening_target_set_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("city_id", name=op.f("pk_opening_target")),
    )
    op.create_table(
        "letter",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), server_default="letter", nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=True),
        sa.Column("token_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("session_digest", sa.Text(), nullable=True),
        sa.Column("session_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "return_digest",
            sa.Text(),
            nullable=True,
            comment="of the code shown to who opened the link, to come back with",
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminders", sa.Integer(), server_default="0", nullable=False),
        sa.Column("respondent", sa.Text(), nullable=True, comment="who answered last, name and office"),
        sa.CheckConstraint("channel IN ('letter', 'mail')", name=op.f("ck_letter_channel")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_letter_campaign_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_letter_party_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("code", name=op.f("uq_letter_code")),
        sa.UniqueConstraint("session_digest", name=op.f("uq_letter_session_digest")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_letter_token_digest")),
    )
    op.create_index(op.f("ix_letter_campaign_id"), "letter", ["campaign_id"], unique=False)
    op.create_index(op.f("ix_letter_party_id"), "letter", ["party_id"], unique=False)
    op.create_index("uq_letter_campaign_party", "letter", ["campaign_id", "party_id"], unique=True)
    op.create_table(
        "asset_act",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "shut_gates",
            sa.ARRAY(sa.Text()),
            nullable=True,
            comment="gates not shown to be open when it was recorded: book/clause",
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("act IN ('relocated', 'altered')", name=op.f("ck_asset_act_act")),
        sa.CheckConstraint("length(btrim(reason)) >= 4", name=op.f("ck_asset_act_reason")),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_asset_act_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_asset_act_project_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["user_account.id"], name=op.f("fk_asset_act_recorded_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset_act")),
    )
    op.create_index(op.f("ix_asset_act_asset_id"), "asset_act", ["asset_id"], unique=False)
    op.create_index(op.f("ix_asset_act_project_id"), "asset_act", ["project_id"], unique=False)
    op.create_table(
        "opening_current",
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("city_id", sa.BigInteger(), nullable=True),
        sa.Column("controller_id", sa.BigInteger(), nullable=True),
        sa.Column("rulebook", sa.Text(), nullable=True),
        sa.Column("clause", sa.Text(), nullable=True),
        sa.Column(
            "standing",
            sa.Text(),
            nullable=True,
            comment="of the opening clause; null where no instrument speaks",
        ),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("asked_on", sa.Date(), nullable=True, comment="of the oldest unanswered request"),
        sa.Column("answered_on", sa.Date(), nullable=True, comment="of the last answer to a request"),
        sa.Column("answer_days", sa.Integer(), nullable=True, comment="days from that request to its answer"),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("computed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "standing IN ('binds', 'conditions_not_shown', 'scope_not_shown', 'encouraged', 'draft', 'exempt', 'not_bound')",
            name=op.f("ck_opening_current_standing"),
        ),
        sa.CheckConstraint(
            "state IN ('no_answer', 'asked', 'offered', 'open', 'refused', 'declined', 'exempt', 'not_asked')",
            name=op.f("ck_opening_current_state"),
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_opening_current_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["area.id"], name=op.f("fk_opening_current_city_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["controller_id"],
            ["party.id"],
            name=op.f("fk_opening_current_controller_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("asset_id", name=op.f("pk_opening_current")),
    )
    op.create_index("ix_opening_current_city", "opening_current", ["city_id", "state"], unique=False)
    op.create_index(op.f("ix_opening_current_city_id"), "opening_current", ["city_id"], unique=False)
    op.create_index(
        op.f("ix_opening_current_controller_id"), "opening_current", ["controller_id"], unique=False
    )
    op.create_table(
        "opening_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("asker_id", sa.BigInteger(), nullable=True),
        sa.Column("answers_id", sa.BigInteger(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=True, comment="whose ground or clause is relied on"),
        sa.Column("clause", sa.Text(), nullable=True),
        sa.Column(
            "ground",
            sa.Text(),
            nullable=True,
            comment="the condition or exception a refusal or exemption names",
        ),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("person", sa.Text(), nullable=True, comment="office or person who decided"),
        sa.Column("wanted", sa.Text(), nullable=True, comment="what is asked for or offered"),
        sa.Column("digest", sa.Text(), nullable=True, comment="of the rulebook's file"),
        sa.Column("sample", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(act = 'asked') <= (asker_id IS NOT NULL)", name=op.f("ck_opening_event_asker")),
        sa.CheckConstraint(
            "(act = 'withdrawn') <= (answers_id IS NOT NULL)", name=op.f("ck_opening_event_withdrawn")
        ),
        sa.CheckConstraint(
            "act IN ('offered', 'asked', 'opened', 'refused', 'declined', 'exempted', 'withdrawn')",
            name=op.f("ck_opening_event_act"),
        ),
        sa.CheckConstraint(
            "act NOT IN ('refused', 'exempted') OR (ground IS NOT NULL AND clause IS NOT NULL AND length(btrim(evidence)) >= 4 AND length(btrim(person)) >= 2)",
            name=op.f("ck_opening_event_ground"),
        ),
        sa.ForeignKeyConstraint(
            ["answers_id"], ["opening_event.id"], name=op.f("fk_opening_event_answers_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["asker_id"], ["party.id"], name=op.f("fk_opening_event_asker_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_opening_event_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"],
            ["user_account.id"],
            name=op.f("fk_opening_event_recorded_by"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_event")),
        sa.UniqueConstraint("code", name=op.f("uq_opening_event_code")),
    )
    op.create_index(op.f("ix_opening_event_answers_id"), "opening_event", ["answers_id"], unique=False)
    op.create_index(op.f("ix_opening_event_asker_id"), "opening_event", ["asker_id"], unique=False)
    op.create_index(op.f("ix_opening_event_asset_id"), "opening_event", ["asset_id"], unique=False)
    op.create_index(
        "uq_opening_event_withdrawn",
        "opening_event",
        ["answers_id"],
        unique=True,
        postgresql_where="act = 'withdrawn'",
    )
    op.create_table(
        "clock",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("opening_event_id", sa.BigInteger(), nullable=True),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("deadline", sa.Text(), nullable=False),
        sa.Column("rule_set", sa.Text(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False, comment="the due date once told, kept"),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("explanation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False, comment="of procedure and calendars"),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("num_nonnulls(opening_event_id, case_id) = 1", name=op.f("ck_clock_subject")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_clock_case_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["opening_event_id"],
            ["opening_event.id"],
            name=op.f("fk_clock_opening_event_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )
    op.create_index(op.f("ix_clock_case_id"), "clock", ["case_id"], unique=False)
    op.create_index(op.f("ix_clock_opening_event_id"), "clock", ["opening_event_id"], unique=False)
    op.create_table(
        "duty_current",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=True),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("agreement_id", sa.BigInteger(), nullable=True),
        sa.Column("key_area_id", sa.BigInteger(), nullable=True),
        sa.Column("city_id", sa.BigInteger(), nullable=True),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("modality", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.Column("by_reference", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "addressee",
            sa.Text(),
            nullable=True,
            comment="the first addressee of the clause the register knows a party for, else the first",
        ),
        sa.Column("addressee_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "addressee_ids",
            sa.ARRAY(sa.BigInteger()),
            server_default="{}",
            nullable=False,
            comment="all it addresses",
        ),
        sa.Column("missing", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("digest", sa.Text(), nullable=False, comment="of the rulebook's file"),
        sa.Column("as_of", sa.Date(), nullable=False, comment="the day it came to stand so"),
        sa.Column("computed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "effect IN ('open', 'reserve', 'share_new', 'share_existing', 'equal_access', 'exclusivity', 'wifi_provide', 'wifi_security', 'venue_coverage', 'synchronise', 'relocate', 'accept', 'file', 'underground', 'penalty', 'coordinate', 'inform')",
            name=op.f("ck_duty_current_effect"),
        ),
        sa.CheckConstraint(
            "kept IN ('kept', 'broken', 'not_shown', 'untested')", name=op.f("ck_duty_current_kept")
        ),
        sa.CheckConstraint(
            "modality IN ('shall', 'shall_prioritise', 'shall_not', 'gradual', 'encourage', 'may', 'power', 'promote', 'right', 'role', 'principle', 'definition', 'scope', 'condition', 'exception', 'liability', 'referral', 'date')",
            name=op.f("ck_duty_current_modality"),
        ),
        sa.CheckConstraint(
            "standing IN ('binds', 'conditions_not_shown', 'scope_not_shown', 'encouraged', 'draft', 'exempt', 'not_bound')",
            name=op.f("ck_duty_current_standing"),
        ),
        sa.CheckConstraint(
            "subject_kind IN ('asset', 'project', 'agreement', 'area', 'party')",
            name=op.f("ck_duty_current_subject_kind"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(asset_id, project_id, agreement_id, key_area_id) = 1",
            name=op.f("ck_duty_current_subject"),
        ),
        sa.ForeignKeyConstraint(
            ["addressee_id"], ["party.id"], name=op.f("fk_duty_current_addressee_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("fk_duty_current_agreement_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_duty_current_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["area.id"], name=op.f("fk_duty_current_city_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["key_area_id"], ["key_area.id"], name=op.f("fk_duty_current_key_area_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_duty_current_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_current")),
    )
    op.create_index(op.f("ix_duty_current_addressee_id"), "duty_current", ["addressee_id"], unique=False)
    op.create_index(
        "ix_duty_current_addressees", "duty_current", ["addressee_ids"], unique=False, postgresql_using="gin"
    )
    op.create_index(op.f("ix_duty_current_agreement_id"), "duty_current", ["agreement_id"], unique=False)
    op.create_index(op.f("ix_duty_current_asset_id"), "duty_current", ["asset_id"], unique=False)
    op.create_index(
        "ix_duty_current_book", "duty_current", ["rulebook", "clause", "standing", "kept"], unique=False
    )
    op.create_index(op.f("ix_duty_current_city_id"), "duty_current", ["city_id"], unique=False)
    op.create_index(op.f("ix_duty_current_key_area_id"), "duty_current", ["key_area_id"], unique=False)
    op.create_index(op.f("ix_duty_current_project_id"), "duty_current", ["project_id"], unique=False)
    op.create_index(
        "uq_duty_current_subject",
        "duty_current",
        ["asset_id", "project_id", "agreement_id", "key_area_id", "rulebook", "clause"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "evidence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=True),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("agreement_id", sa.BigInteger(), nullable=True),
        sa.Column("key_area_id", sa.BigInteger(), nullable=True),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=True, comment="null: what was shown before is taken back"),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "fact IN ('accepted_in_step', 'administrative_power', 'affects_competition', 'built_in_step', 'co_built', 'designed_in_step', 'dominant', 'environment', 'equal_access', 'existing_building', 'feasible', 'landscape', 'limits_choice', 'monopolistic', 'needed_for_city_works', 'network_works', 'normal_use', 'obstructed', 'open_to_all', 'planned_in_step', 'safety', 'secrecy', 'shared_duct', 'state_security')",
            name=op.f("ck_evidence_fact"),
        ),
        sa.CheckConstraint("length(btrim(basis)) >= 4", name=op.f("ck_evidence_basis")),
        sa.CheckConstraint(
            "num_nonnulls(asset_id, project_id, agreement_id, key_area_id) = 1",
            name=op.f("ck_evidence_subject"),
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("fk_evidence_agreement_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_evidence_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["key_area_id"], ["key_area.id"], name=op.f("fk_evidence_key_area_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_evidence_project_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["user_account.id"], name=op.f("fk_evidence_recorded_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_agreement_id"), "evidence", ["agreement_id"], unique=False)
    op.create_index(op.f("ix_evidence_asset_id"), "evidence", ["asset_id"], unique=False)
    op.create_index(op.f("ix_evidence_key_area_id"), "evidence", ["key_area_id"], unique=False)
    op.create_index(op.f("ix_evidence_project_id"), "evidence", ["project_id"], unique=False)
    op.create_table(
        "letter_asset",
        sa.Column("letter_id", sa.BigInteger(), nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("draft", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("said", sa.Text(), nullable=True, comment="whose it is, as far as who answers knows"),
        sa.Column("later_on", sa.Date(), nullable=True, comment="the day an answer is promised for"),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(answer = 'later') <= (later_on IS NOT NULL)", name=op.f("ck_letter_asset_later")
        ),
        sa.CheckConstraint(
            "answer IN ('open', 'offer', 'refuse', 'decline', 'not_ours', 'later')",
            name=op.f("ck_letter_asset_answer"),
        ),
        sa.CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name=op.f("ck_letter_asset_answered")),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_letter_asset_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["opening_event.id"], name=op.f("fk_letter_asset_event_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letter.id"], name=op.f("fk_letter_asset_letter_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("letter_id", "asset_id", name=op.f("pk_letter_asset")),
    )
    op.create_index("ix_letter_asset_asset", "letter_asset", ["asset_id"], unique=False)
    op.create_index(op.f("ix_letter_asset_event_id"), "letter_asset", ["event_id"], unique=False)
    op.drop_column("area", "rulebook")
    op.add_column("asset_wifi_zone", sa.Column("responsible", sa.Text(), nullable=True))
    op.add_column(
        "project",
        sa.Column("setting", sa.Text(), nullable=True, comment="where the works stand; null: not stated"),
    )
    op.add_column(
        "project",
        sa.Column(
            "builds",
            sa.ARRAY(sa.Text()),
            nullable=True,
            comment="kinds of infrastructure the works make or change; null: not stated",
        ),
    )
    op.add_column(
        "project",
        sa.Column("in_town", sa.Boolean(), nullable=True, comment="inside a city or town; null: not stated"),
    )
    op.add_column("project_act", sa.Column("takes_back_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "project_act",
        sa.Column(
            "shut_gates",
            sa.ARRAY(sa.Text()),
            nullable=True,
            comment="gates not shown to be open when it was recorded: book/clause",
        ),
    )
    op.create_index(
        "uq_project_act_takes_back",
        "project_act",
        ["takes_back_id"],
        unique=True,
        postgresql_where="takes_back_id IS NOT NULL",
    )
    op.create_foreign_key(
        op.f("fk_project_act_takes_back_id"),
        "project_act",
        "project_act",
        ["takes_back_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.add_column(
        "status_event",
        sa.Column(
            "shut_gates",
            sa.ARRAY(sa.Text()),
            nullable=True,
            comment="gates not shown to be open when the fact was recorded: book/clause",
        ),
    )
    op.create_index(
        "ix_status_event_shut",
        "status_event",
        ["asset_id"],
        unique=False,
        postgresql_where="shut_gates IS NOT NULL",
    )

    op.execute("ALTER TABLE project_act DROP CONSTRAINT ck_project_act_act")
    op.execute(
        "ALTER TABLE project_act ADD CONSTRAINT ck_project_act_act CHECK (act IN ('designated', 'plan_conforms', 'reviewed', 'filed', 'consulted', 'consented', 'agreed', 'continuity_secured', 'permitted', 'started', 'reserved_room', 'reserved_power', 'reserved_duct', 'reserved_roof', 'reserved_passage', 'tested', 'accepted', 'acceptance_filed', 'security_recorded', 'security_filed', 'ended'))"
    )
    op.execute(
        "ALTER TABLE project ADD CONSTRAINT ck_project_setting CHECK (setting IN ('new_district', 'new_compound', 'industrial_park', 'urban_road', 'old_district', 'old_compound', 'building', 'other'))"
    )
    op.execute(
        "ALTER TABLE project ADD CONSTRAINT ck_project_builds CHECK (builds <@ ARRAY['tower'::text, 'base_station'::text, 'duct'::text, 'chamber'::text, 'cable'::text, 'pole'::text, 'room'::text, 'wifi_zone'::text, 'public_building'::text, 'premises'::text])"
    )
    op.execute(
        "ALTER TABLE asset_wifi_zone ADD CONSTRAINT ck_asset_wifi_zone_responsible CHECK (length(responsible) <= 120)"
    )


def downgrade() -> None:
    """Take the law away again; acts of works that only rulebooks know go with it."""
    # An act that was taken back never was, once nothing says so any more.
    op.execute("DELETE FROM project_act a USING project_act b WHERE b.takes_back_id = a.id AND b.id <> a.id")
    op.execute("DELETE FROM project_act WHERE takes_back_id IS NOT NULL")
    op.execute(
        "DELETE FROM project_act WHERE act NOT IN ('designated', 'reviewed', 'filed', 'consulted', 'consented', 'permitted', 'started', 'accepted', 'security_recorded', 'ended')"
    )
    op.execute("ALTER TABLE project_act DROP CONSTRAINT ck_project_act_act")
    op.execute(
        "ALTER TABLE project_act ADD CONSTRAINT ck_project_act_act CHECK (act IN ('designated', 'reviewed', 'filed', 'consulted', 'consented', 'permitted', 'started', 'accepted', 'security_recorded', 'ended'))"
    )
    op.execute("""DO $$ DECLARE r text; BEGIN
      FOREACH r IN ARRAY ARRAY['key_area', 'opening_target'] LOOP
        EXECUTE format('DROP TABLE IF EXISTS history.%I', r);
      END LOOP; END $$""")
    op.drop_index(
        "ix_status_event_shut", table_name="status_event", postgresql_where="shut_gates IS NOT NULL"
    )
    op.drop_column("status_event", "shut_gates")
    op.drop_constraint(op.f("fk_project_act_takes_back_id"), "project_act", type_="foreignkey")
    op.drop_index(
        "uq_project_act_takes_back", table_name="project_act", postgresql_where="takes_back_id IS NOT NULL"
    )
    op.drop_column("project_act", "shut_gates")
    op.drop_column("project_act", "takes_back_id")
    op.drop_column("project", "in_town")
    op.drop_column("project", "builds")
    op.drop_column("project", "setting")
    op.drop_column("asset_wifi_zone", "responsible")
    op.add_column(
        "area",
        sa.Column(
            "rulebook",
            sa.TEXT(),
            autoincrement=False,
            nullable=True,
            comment="key of the rulebook in force here; none: no duties are known",
        ),
    )
    op.drop_index(op.f("ix_letter_asset_event_id"), table_name="letter_asset")
    op.drop_index("ix_letter_asset_asset", table_name="letter_asset")
    op.drop_table("letter_asset")
    op.drop_index(op.f("ix_evidence_project_id"), table_name="evidence")
    op.drop_index(op.f("ix_evidence_key_area_id"), table_name="evidence")
    op.drop_index(op.f("ix_evidence_asset_id"), table_name="evidence")
    op.drop_index(op.f("ix_evidence_agreement_id"), table_name="evidence")
    op.drop_table("evidence")
    op.drop_index("uq_duty_current_subject", table_name="duty_current", postgresql_nulls_not_distinct=True)
    op.drop_index(op.f("ix_duty_current_project_id"), table_name="duty_current")
    op.drop_index(op.f("ix_duty_current_key_area_id"), table_name="duty_current")
    op.drop_index(op.f("ix_duty_current_city_id"), table_name="duty_current")
    op.drop_index("ix_duty_current_book", table_name="duty_current")
    op.drop_index(op.f("ix_duty_current_asset_id"), table_name="duty_current")
    op.drop_index(op.f("ix_duty_current_agreement_id"), table_name="duty_current")
    op.drop_index("ix_duty_current_addressees", table_name="duty_current", postgresql_using="gin")
    op.drop_index(op.f("ix_duty_current_addressee_id"), table_name="duty_current")
    op.drop_table("duty_current")
    op.drop_index(op.f("ix_clock_opening_event_id"), table_name="clock")
    op.drop_index(op.f("ix_clock_case_id"), table_name="clock")
    op.drop_table("clock")
    op.drop_index(
        "uq_opening_event_withdrawn", table_name="opening_event", postgresql_where="act = 'withdrawn'"
    )
    op.drop_index(op.f("ix_opening_event_asset_id"), table_name="opening_event")
    op.drop_index(op.f("ix_opening_event_asker_id"), table_name="opening_event")
    op.drop_index(op.f("ix_opening_event_answers_id"), table_name="opening_event")
    op.drop_table("opening_event")
    op.drop_index(op.f("ix_opening_current_controller_id"), table_name="opening_current")
    op.drop_index(op.f("ix_opening_current_city_id"), table_name="opening_current")
    op.drop_index("ix_opening_current_city", table_name="opening_current")
    op.drop_table("opening_current")
    op.drop_index(op.f("ix_asset_act_project_id"), table_name="asset_act")
    op.drop_index(op.f("ix_asset_act_asset_id"), table_name="asset_act")
    op.drop_table("asset_act")
    op.drop_index("uq_letter_campaign_party", table_name="letter")
    op.drop_index(op.f("ix_letter_party_id"), table_name="letter")
    op.drop_index(op.f("ix_letter_campaign_id"), table_name="letter")
    op.drop_table("letter")
    op.drop_table("opening_target")
    op.drop_index(
        "uq_law_document_proposed", table_name="law_document", postgresql_where="state = 'proposed'"
    )
    op.drop_index(
        "uq_law_document_in_force", table_name="law_document", postgresql_where="state = 'in_force'"
    )
    op.drop_table("law_document")
    op.drop_index("ix_key_area_geom", table_name="key_area", postgresql_using="gist")
    op.drop_index(op.f("ix_key_area_city_id"), table_name="key_area")
    op.drop_table("key_area")
    op.drop_index(op.f("ix_campaign_city_id"), table_name="campaign")
    op.drop_table("campaign")
    op.drop_table("duty_stale")
