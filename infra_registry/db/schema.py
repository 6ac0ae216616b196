"""The metadata all tables register on, and column makers they share."""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, ForeignKey, Identity, MetaData, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def key() -> Column[Any]:
    """The inside identity: a bigint that never leaves the database's own joins."""
    return Column("id", BigInteger, Identity(always=True), primary_key=True)


def refers(
    name: str,
    target: str,
    *,
    null: bool = False,
    index: bool = True,
    delete: str = "RESTRICT",
    primary: bool = False,
) -> Column[Any]:
    """A foreign key to ``target`` (``table.column``); restricting unless told otherwise."""
    return Column(
        name,
        BigInteger,
        ForeignKey(target, ondelete=delete),
        nullable=null,
        primary_key=primary,
        index=index and not primary,
    )


def instant(name: str, *, null: bool = False, now: bool = True) -> Column[Any]:
    """An aware instant, UTC; filled with the transaction's time unless ``now`` is false."""
    return Column(name, DateTime(timezone=True), nullable=null, server_default=text("now()") if now else None)


def minute(name: str) -> Column[Any]:
    """An instant to the whole minute, filled with the transaction's: where the exact time would tell who acted."""
    now = text("date_trunc('minute', now())")
    return Column(name, DateTime(timezone=True), nullable=False, server_default=now)


def one_of(column: str, values: Any, name: str | None = None) -> CheckConstraint:
    """CHECK that a text column holds one of the codes."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name or column)
