"""What handlers see at a glance: the list of cases and their places on the map."""

from infra_registry.cases.desk.store import AGES, SORTS, CaseFilter, CaseRow, counts, rows, tile

__all__ = ["AGES", "SORTS", "CaseFilter", "CaseRow", "counts", "rows", "tile"]
