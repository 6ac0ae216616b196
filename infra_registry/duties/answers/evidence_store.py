"""SQL of evidence: what people showed about subjects of the law, only ever added to."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, text

from infra_registry.assets.ledger_tables import agreement, project
from infra_registry.assets.tables import asset
from infra_registry.duties.judging.reach_store import subject_code
from infra_registry.duties.tables import evidence, key_area
from infra_registry.parties.tables import user_account
from infra_registry.rules.model import SubjectKind

COLUMNS = {
    SubjectKind.ASSET: "asset_id",
    SubjectKind.PROJECT: "project_id",
    SubjectKind.AGREEMENT: "agreement_id",
    SubjectKind.AREA: "key_area_id",
}


def subject(connection: Connection, kind: SubjectKind, code: str) -> Any | None:
    """The subject of a code with whose it is; None when there is none for this reader."""
    code = subject_code(connection, kind, code)
    if kind is SubjectKind.PROJECT:
        builder = project.c.builder_id.label("owner_id")
        statement: Any = select(project.c.id, project.c.code, builder, project.c.city_id).where(
            project.c.code == code
        )
    elif kind is SubjectKind.AREA:
        statement = select(key_area.c.id, key_area.c.code, key_area.c.city_id).where(key_area.c.code == code)
    else:
        owner = (asset.c.owner_id, asset.c.operator_id, asset.c.controller_id, asset.c.city_id)
        if kind is SubjectKind.AGREEMENT:
            joined = agreement.join(asset, asset.c.id == agreement.c.asset_id)
            statement = (
                select(agreement.c.id, agreement.c.code, *owner)
                .select_from(joined)
                .where(agreement.c.code == code)
            )
        else:
            statement = select(asset.c.id, asset.c.code, *owner).where(asset.c.code == code)
    return connection.execute(statement).one_or_none()


def add(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Add what was shown; ids in the order given."""
    me = connection.scalar(text("SELECT nullif(my_user(), 0)"))
    statement = insert(evidence).returning(evidence.c.id, sort_by_parameter_order=True)
    return list(connection.scalars(statement, [{**row, "recorded_by": me} for row in rows]))


def shown(connection: Connection, kind: SubjectKind, key: int) -> Sequence[Any]:
    """Everything shown and taken back about a subject, newest first; ``stands``: it is the last word on its fact."""
    column = evidence.c[COLUMNS[kind]]
    later = evidence.alias("later")
    last = ~(
        select(later.c.id)
        .where(
            later.c[COLUMNS[kind]] == column,
            later.c.fact == evidence.c.fact,
            (later.c.known_on > evidence.c.known_on)
            | ((later.c.known_on == evidence.c.known_on) & (later.c.id > evidence.c.id)),
        )
        .exists()
    )
    return connection.execute(
        select(evidence, user_account.c.name.label("recorded_name"), last.label("stands"))
        .select_from(evidence.outerjoin(user_account, user_account.c.id == evidence.c.recorded_by))
        .where(column == key)
        .order_by(evidence.c.known_on.desc(), evidence.c.id.desc())
    ).all()
