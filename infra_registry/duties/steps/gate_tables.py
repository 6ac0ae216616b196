"""What is done to an asset beside its moves of status: relocation and alteration, with the gates that were shut."""

from sqlalchemy import ARRAY, CheckConstraint, Column, Date, Table, Text

from infra_registry.db.schema import instant, key, metadata, one_of, refers

asset_act = Table(
    "asset_act",
    metadata,
    key(),
    refers("asset_id", "asset.id", delete="CASCADE"),
    Column("act", Text, nullable=False),
    Column("done_on", Date, nullable=False),
    refers("project_id", "project.id", null=True, delete="SET NULL"),
    Column("reason", Text, nullable=False),
    Column("shut_gates", ARRAY(Text), comment="gates not shown to be open when it was recorded: book/clause"),
    instant("recorded_at"),
    refers("recorded_by", "user_account.id", null=True, index=False),
    one_of("act", ("relocated", "altered")),
    CheckConstraint("length(btrim(reason)) >= 4", name="reason"),
)
