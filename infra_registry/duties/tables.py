"""The law as loaded, duties as computed, and what people did about them.

``duty_current`` and ``opening_current`` are projections: they can be rebuilt from facts, evidence, events and
rulebooks at any time. ``evidence`` and ``opening_event`` are only ever added to.
"""

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from infra_registry.db.schema import instant, key, metadata, minute, one_of, refers
from infra_registry.rules.engine import Kept, Standing
from infra_registry.rules.facts import EVIDENCE, URBAN_PARTS
from infra_registry.rules.model import Effect, Modality, SubjectKind

DOCUMENT_KINDS = ("rulebook", "procedure", "calendar")
DOCUMENT_STATES = ("proposed", "in_force", "replaced", "rejected")
# A refusal is of a duty and names its ground; where no instrument asks for opening, one declines.
OPENING_ACTS = ("offered", "asked", "opened", "refused", "declined", "exempted", "withdrawn")
OPENING_STATES = ("no_answer", "asked", "offered", "open", "refused", "declined", "exempt", "not_asked")

# A file of the law as it was proposed and, once a second person approved it, put in force.
law_document = Table(
    "law_document",
    metadata,
    key(),
    Column("doc_kind", Text, nullable=False),
    Column("doc_key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("preview", JSONB, comment="duties and dates that appear, vanish or move"),
    Column("note", Text),
    refers("proposed_by", "user_account.id", null=True, index=False),
    instant("proposed_at"),
    refers("decided_by", "user_account.id", null=True, index=False),
    instant("decided_at", null=True, now=False),
    one_of("doc_kind", DOCUMENT_KINDS),
    one_of("state", DOCUMENT_STATES),
    CheckConstraint(
        "decided_by IS NULL OR proposed_by IS NULL OR decided_by <> proposed_by", name="second_person"
    ),
    Index(
        "uq_law_document_in_force", "doc_kind", "doc_key", unique=True, postgresql_where="state = 'in_force'"
    ),
    Index(
        "uq_law_document_proposed",
        "doc_kind",
        "doc_key",
        "digest",
        unique=True,
        postgresql_where="state = 'proposed'",
    ),
)

# A government's dated list of key public areas, where one instrument asks for free WiFi.
key_area = Table(
    "key_area",
    metadata,
    key(),
    Column("code", Text, nullable=False, unique=True),
    refers("city_id", "area.id"),
    Column("name", Text, nullable=False),
    Column("urban_part", Text),
    Column("geom", Geometry("GEOMETRY", 4326, spatial_index=False), nullable=False),
    Column("list_title", Text, nullable=False),
    Column("issued_by", Text, nullable=False),
    Column("issued_on", Date, nullable=False),
    Column("ends_on", Date, comment="last day: as the list says, or the day before the next list"),
    Column("stated_ends_on", Date, comment="last day as the list itself says"),
    Column("sample", Boolean, nullable=False, server_default="false"),
    instant("recorded_at"),
    refers("recorded_by", "user_account.id", null=True, index=False),
    one_of("urban_part", URBAN_PARTS),
    CheckConstraint(
        "(ends_on IS NULL OR ends_on >= issued_on) AND (stated_ends_on IS NULL OR ends_on <= stated_ends_on)",
        name="period",
    ),
    CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name="geom"),
    Index("ix_key_area_geom", "geom", postgresql_using="gist"),
)


def _subjects() -> list[Column[int]]:
    return [
        refers("asset_id", "asset.id", null=True, delete="CASCADE"),
        refers("project_id", "project.id", null=True, delete="CASCADE"),
        refers("agreement_id", "agreement.id", null=True, delete="CASCADE"),
        refers("key_area_id", "key_area.id", null=True, delete="CASCADE"),
    ]


def _mask() -> list[Column[Any]]:
    """What decides who is told: until it is computed, nobody but who keeps the asset."""
    return [
        Column(
            "fields", ARRAY(Text), nullable=False, server_default="{*}", comment="published ones it rests on"
        ),
        Column(
            "needs", SmallInteger, nullable=False, server_default="4", comment="standing to be shown them all"
        ),
    ]


ONE_SUBJECT = "num_nonnulls(asset_id, project_id, agreement_id, key_area_id) = 1"

# Something a person shows about a subject that the register cannot know: true or not, from where, since when.
evidence = Table(
    "evidence",
    metadata,
    key(),
    *_subjects(),
    Column("fact", Text, nullable=False),
    Column("holds", Boolean, comment="null: what was shown before is taken back"),
    Column("basis", Text, nullable=False),
    Column("known_on", Date, nullable=False),
    instant("recorded_at"),
    refers("recorded_by", "user_account.id", null=True, index=False),
    one_of("fact", EVIDENCE),
    CheckConstraint(ONE_SUBJECT, name="subject"),
    CheckConstraint("length(btrim(basis)) >= 4", name="basis"),
)

duty_current = Table(
    "duty_current",
    metadata,
    key(),
    Column("subject_kind", Text, nullable=False),
    *_subjects(),
    refers("city_id", "area.id", null=True),
    Column("rulebook", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("effect", Text, nullable=False),
    Column("modality", Text, nullable=False),
    Column("standing", Text, nullable=False),
    Column("kept", Text, nullable=False),
    Column("by_reference", Boolean, nullable=False, server_default="false"),
    Column(
        "addressee",
        Text,
        comment="the first addressee of the clause the register knows a party for, else the first",
    ),
    refers("addressee_id", "party.id", null=True),
    Column(
        "addressee_ids", ARRAY(BigInteger), nullable=False, server_default="{}", comment="all it addresses"
    ),
    Column("missing", ARRAY(Text), nullable=False, server_default="{}"),
    Column("digest", Text, nullable=False, comment="of the rulebook's file"),
    *_mask(),
    Column("as_of", Date, nullable=False, comment="the day it came to stand so"),
    instant("computed_at"),
    one_of("subject_kind", tuple(SubjectKind)),
    one_of("effect", tuple(Effect)),
    one_of("modality", tuple(Modality)),
    one_of("standing", tuple(Standing)),
    one_of("kept", tuple(Kept)),
    CheckConstraint(ONE_SUBJECT, name="subject"),
    Index("ix_duty_current_book", "rulebook", "clause", "standing", "kept"),
    Index("ix_duty_current_addressees", "addressee_ids", postgresql_using="gin"),
    Index(
        "uq_duty_current_subject",
        "asset_id",
        "project_id",
        "agreement_id",
        "key_area_id",
        "rulebook",
        "clause",
        unique=True,
        postgresql_nulls_not_distinct=True,
    ),
)

# Subjects whose duties have to be computed anew. Marks are only inserted, never looked for, so that writers neither
# wait for each other nor lose one that is just being taken.
duty_stale = Table(
    "duty_stale",
    metadata,
    key(),
    *(Column(name, BigInteger) for name in ("asset_id", "project_id", "agreement_id", "key_area_id")),
    CheckConstraint(ONE_SUBJECT, name="subject"),
)

# What owners and those who ask did about opening; a state follows from the last of them.
opening_event = Table(
    "opening_event",
    metadata,
    key(),
    Column("code", Text, nullable=False, unique=True),
    refers("asset_id", "asset.id", delete="CASCADE"),
    Column("act", Text, nullable=False),
    refers("asker_id", "party.id", null=True),
    refers("answers_id", "opening_event.id", null=True, delete="CASCADE"),
    Column("done_on", Date, nullable=False),
    Column("rulebook", Text, comment="whose ground or clause is relied on"),
    Column("clause", Text),
    Column("ground", Text, comment="the condition or exception a refusal or exemption names"),
    Column("evidence", Text),
    Column("person", Text, comment="office or person who decided"),
    Column("wanted", Text, comment="what is asked for or offered"),
    Column("digest", Text, comment="of the rulebook's file"),
    Column("sample", Boolean, nullable=False, server_default="false"),
    instant("recorded_at"),
    refers("recorded_by", "user_account.id", null=True, index=False),
    one_of("act", OPENING_ACTS),
    CheckConstraint(
        "act NOT IN ('refused', 'exempted') OR (ground IS NOT NULL AND clause IS NOT NULL "
        "AND length(btrim(evidence)) >= 4 AND length(btrim(person)) >= 2)",
        name="ground",
    ),
    CheckConstraint("(act = 'asked') <= (asker_id IS NOT NULL)", name="asker"),
    CheckConstraint("(act = 'withdrawn') <= (answers_id IS NOT NULL)", name="withdrawn"),
    Index("uq_opening_event_withdrawn", "answers_id", unique=True, postgresql_where="act = 'withdrawn'"),
)

opening_current = Table(
    "opening_current",
    metadata,
    refers("asset_id", "asset.id", primary=True, delete="CASCADE"),
    refers("city_id", "area.id", null=True),
    refers("controller_id", "party.id", null=True),
    Column("rulebook", Text),
    Column("clause", Text),
    Column("standing", Text, comment="of the opening clause; null where no instrument speaks"),
    Column("state", Text, nullable=False),
    Column("ground", Text),
    Column("since", Date),
    Column("asked_on", Date, comment="of the oldest unanswered request"),
    Column("answered_on", Date, comment="of the last answer to a request"),
    Column("answer_days", Integer, comment="days from that request to its answer"),
    Column("digest", Text),
    *_mask(),
    instant("computed_at"),
    one_of("state", OPENING_STATES),
    one_of("standing", tuple(Standing)),
    Index("ix_opening_current_city", "city_id", "state"),
)

# How long an area gives itself to answer: its own target, never law.
opening_target = Table(
    "opening_target",
    metadata,
    refers("city_id", "area.id", primary=True),
    Column("days", Integer, nullable=False),
    Column("note", Text),
    refers("set_by", "user_account.id", null=True, index=False),
    instant("set_at"),
    CheckConstraint("days BETWEEN 1 AND 366", name="days"),
)

# A due date as it was told, and as it stands after a calendar or a procedure has changed.
clock = Table(
    "clock",
    metadata,
    key(),
    refers("opening_event_id", "opening_event.id", null=True, delete="CASCADE"),
    refers("case_id", "case_file.id", null=True, delete="CASCADE"),
    Column("deadline", Text, nullable=False),
    Column("rule_set", Text, nullable=False),
    Column("started_on", Date, nullable=False),
    Column("told_on", Date, nullable=False, comment="the due date once told, kept"),
    Column("due_on", Date, nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("explanation", JSONB, nullable=False),
    Column("digest", Text, nullable=False, comment="of procedure and calendars"),
    Column("ended_on", Date),
    minute("recorded_at"),
    CheckConstraint("num_nonnulls(opening_event_id, case_id) = 1", name="subject"),
)
