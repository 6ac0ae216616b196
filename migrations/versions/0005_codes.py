"""A letter of its own before the codes of each thing; old codes stay known in ``code_alias``."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

# Thing, table, which rows, old letter, new letter, signs after the letter.
THINGS = (
    ("room", "asset", "kind = 'room'", "R", "M", 10),
    ("cable", "asset", "kind = 'cable'", "L", "F", 10),
    ("works", "project", "true", "J", "S", 10),
    ("job", "job", "true", "J", "Q", 10),
    ("run", "coverage_run", "true", "N", "X", 10),
    ("campaign", "campaign", "true", "N", "Z", 8),
    ("claim", "coverage_claim", "true", "L", "Y", 10),
    ("grant", "place_grant", "true", "G", "V", 10),
)


def upgrade() -> None:
    """Note each old code with its new one, then put the new ones in place."""
    op.create_table(
        "code_alias",
        sa.Column("old", sa.Text(), nullable=False),
        sa.Column("thing", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False, comment="the code of the same thing today"),
        sa.PrimaryKeyConstraint("old", "thing", name=op.f("pk_code_alias")),
    )
    for thing, table, rows, old, new, signs in THINGS:
        op.execute(
            f"INSERT INTO code_alias (old, thing, code) SELECT code, '{thing}', '{new}' || substr(code, 2) "
            f"FROM {table} WHERE {rows} AND code ~ '^{old}-[0-9A-HJKMNP-TV-Z]{{{signs}}}$'"
        )
    rewrite("old", "code")


def downgrade() -> None:
    """Put the old codes back; what was made since keeps its code, which no older release minds."""
    rewrite("code", "old")
    op.drop_table("code_alias")


def rewrite(before: str, after: str) -> None:
    """Change codes without their triggers, so that history, duties and counts see no change of the things themselves.

    The audit gets one event for each table; whoever holds a copy of a layer asks for it again.
    """
    for table, things in _tables().items():
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        op.execute(
            f"UPDATE {table} AS t SET code = a.{after} FROM code_alias a "
            f"WHERE a.thing IN ({things}) AND a.{before} = t.code"
        )
        op.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        op.execute(
            f"DO $$ DECLARE n integer; BEGIN SELECT count(*) INTO n FROM code_alias WHERE thing IN ({things}); "
            f"IF n > 0 THEN PERFORM audit_note('update', '{table}', NULL, n, '{{\"codes\": \"0005\"}}'); END IF; END $$"
        )
    op.execute("ALTER TABLE coverage_run DISABLE TRIGGER USER")
    op.execute(
        "UPDATE coverage_run AS r SET parameters = jsonb_set(r.parameters, '{compared_with}', to_jsonb(e.code)) "
        "FROM coverage_run e WHERE e.id = r.compared_with_id AND r.parameters ? 'compared_with'"
    )
    op.execute("ALTER TABLE coverage_run ENABLE TRIGGER USER")
    # Queued work names its job, its run or its import by code.
    op.execute(f"""
        UPDATE procrastinate_jobs AS p SET
          queueing_lock = coalesce((SELECT a.{after} FROM code_alias a WHERE a.{before} = p.queueing_lock LIMIT 1),
                                   p.queueing_lock),
          args = (SELECT jsonb_object_agg(e.key, coalesce(
                    (SELECT to_jsonb(a.{after}) FROM code_alias a WHERE to_jsonb(a.{before}) = e.value LIMIT 1),
                    e.value)) FROM jsonb_each(p.args) e)
        WHERE EXISTS (SELECT 1 FROM jsonb_each(p.args) e JOIN code_alias a ON to_jsonb(a.{before}) = e.value)""")
    op.execute(
        "INSERT INTO layer_change (layer, mark) SELECT layer, (random() * 1e15)::bigint + 1 FROM layer_change "
        "GROUP BY layer"
    )


def _tables() -> dict[str, str]:
    """Tables with a column of codes, each with the things whose codes stand there, as an SQL list."""
    found: dict[str, list[str]] = {}
    for thing, table, *_ in THINGS:
        found.setdefault(table, []).append(f"'{thing}'")
    found["asset_place"] = found["asset"]
    return {table: ", ".join(things) for table, things in found.items()}
