"""SQL of how many subjects each clause and each instrument binds now, of those the reader may see."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

# A subject has one row per clause; of a whole instrument each subject is counted once.
_SUBJECT = "coalesce(asset_id * 4, project_id * 4 + 1, agreement_id * 4 + 2, key_area_id * 4 + 3)"
_COUNTS = text(f"""
SELECT rulebook, clause,
  CASE WHEN clause IS NULL THEN count(DISTINCT {_SUBJECT}) FILTER (WHERE standing = 'binds')
    ELSE count(*) FILTER (WHERE standing = 'binds') END AS bound,
  count(*) FILTER (WHERE standing IN ('conditions_not_shown', 'scope_not_shown')) AS open,
  count(*) FILTER (WHERE standing = 'encouraged') AS encouraged,
  count(*) FILTER (WHERE standing = 'draft') AS draft
FROM duty_current WHERE CAST(:book AS text) IS NULL OR rulebook = :book
GROUP BY GROUPING SETS ((rulebook, clause), (rulebook))
""")


@dataclass(frozen=True, slots=True)
class Bound:
    """Subjects by how a clause stands to them; ``open``: not shown whether it binds. Of an instrument: ``bound`` only
    counts subjects, the others count duties."""

    bound: int = 0
    open: int = 0
    encouraged: int = 0
    draft: int = 0

    @property
    def total(self) -> int:
        """All that a list of this clause would hold."""
        return self.bound + self.open + self.encouraged + self.draft


def counts(connection: Connection, book: str | None = None) -> dict[tuple[str, str | None], Bound]:
    """Counts by rulebook and clause; without a clause, subjects of the whole instrument, each once."""
    rows = connection.execute(_COUNTS, {"book": book})
    return {(row.rulebook, row.clause): Bound(row.bound, row.open, row.encouraged, row.draft) for row in rows}
