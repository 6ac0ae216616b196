"""Campaigns, their letters to owners, and what was answered for each building in them."""

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from infra_registry.db.schema import instant, key, metadata, one_of, refers

LETTER_ANSWERS = ("open", "offer", "refuse", "decline", "not_ours", "later")

campaign = Table(
    "campaign",
    metadata,
    key(),
    Column("code", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    refers("city_id", "area.id"),
    Column(
        "rulebook", Text, comment="null: no instrument in force asks for opening, the campaign is a request"
    ),
    Column("clause", Text),
    Column("sender", Text, nullable=False, comment="the office that writes"),
    Column("contact", Text, nullable=False, comment="where that office answers questions"),
    Column("words", Text, comment="what the sender adds in own words"),
    Column("answer_by", Date, nullable=False, comment="own target, not law"),
    Column("link_days", Integer, nullable=False, comment="how long a link opens, from the day it is made"),
    Column("sample", Boolean, nullable=False, server_default="false"),
    refers("made_by", "user_account.id", null=True, index=False),
    instant("made_at"),
    instant("closed_at", null=True, now=False),
    CheckConstraint("length(btrim(title)) BETWEEN 2 AND 200", name="title"),
    CheckConstraint("(rulebook IS NULL) = (clause IS NULL)", name="clause"),
    CheckConstraint("link_days BETWEEN 1 AND 366", name="link_days"),
)

# One letter to one owner about all his buildings. Link, session and return code are nowhere, only their digests.
letter = Table(
    "letter",
    metadata,
    key(),
    Column("code", Text, nullable=False, unique=True),
    refers("campaign_id", "campaign.id", delete="CASCADE"),
    refers("party_id", "party.id"),
    Column("channel", Text, nullable=False, server_default="letter"),
    Column("token_digest", Text, unique=True),
    instant("token_ends_at", null=True, now=False),
    instant("token_used_at", null=True, now=False),
    Column("session_digest", Text, unique=True),
    instant("session_ends_at", null=True, now=False),
    Column("return_digest", Text, comment="of the code shown to who opened the link, to come back with"),
    instant("made_at"),
    instant("sent_at", null=True, now=False),
    instant("delivered_at", null=True, now=False),
    instant("returned_at", null=True, now=False),
    instant("claimed_at", null=True, now=False),
    instant("answered_at", null=True, now=False),
    instant("reminded_at", null=True, now=False),
    Column("reminders", Integer, nullable=False, server_default="0"),
    Column("respondent", Text, comment="who answered last, name and office"),
    one_of("channel", ("letter", "mail")),
    Index("uq_letter_campaign_party", "campaign_id", "party_id", unique=True),
)

# One building in a letter: what is being written (draft), and the answer once it is sent. An answer about opening is
# the event beside it; "not ours" and "cannot say yet" are no acts of opening and stand here alone.
letter_asset = Table(
    "letter_asset",
    metadata,
    refers("letter_id", "letter.id", primary=True, delete="CASCADE"),
    refers("asset_id", "asset.id", primary=True, delete="CASCADE"),
    Column("draft", JSONB),
    Column("answer", Text),
    Column("said", Text, comment="whose it is, as far as who answers knows"),
    Column("later_on", Date, comment="the day an answer is promised for"),
    instant("answered_at", null=True, now=False),
    refers("event_id", "opening_event.id", null=True, delete="SET NULL"),
    one_of("answer", LETTER_ANSWERS),
    CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered"),
    CheckConstraint("(answer = 'later') <= (later_on IS NOT NULL)", name="later"),
    Index("ix_letter_asset_asset", "asset_id"),
)
