"""Readers and writers of files, and coordinate systems: no database.

A reader gives the parts of a file (sheets, layers); a part gives its rows as text with the number the
sender counts.
"""

from infra_registry.formats.errors import FormatError
from infra_registry.formats.numbers import day, whole
from infra_registry.formats.reading import read
from infra_registry.formats.table import Caps, Part, RawRow
from infra_registry.formats.writing import csv_lines, write_csv, write_geojson

__all__ = [
    "Caps",
    "FormatError",
    "Part",
    "RawRow",
    "csv_lines",
    "day",
    "read",
    "whole",
    "write_csv",
    "write_geojson",
]
