"""The published files of Montpellier that both of its acceptance tests begin with, imported by the command."""

import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from infra_registry.cli import importing
from infra_registry.db import Database

FILES = (
    ("VilleMTP_MTP_LimiteCommune.geojson", "montpellier_city"),
    ("VilleMTP_MTP_Quartiers.geojson", "montpellier_districts"),
    ("ANFR_MTP_Supports.xlsx", "anfr_supports"),
    ("VilleMTP_MTP_EclairagePublic__lambert93.csv", "montpellier_lighting"),
    ("VilleMTP_MTP_EtabliPublic.geojson", "montpellier_establishments"),
)


def call(command: Any, *line: object, allowed: int = 0) -> str:
    """What a command prints; anything but the expected exit code fails with its output."""
    done = CliRunner().invoke(command, [str(part) for part in line])
    assert done.exit_code == allowed, (line[:3], done.exit_code, done.output[-2000:], done.exception)
    return done.output


def fill(database: Database, folder: Path, var: Path) -> None:
    """Import the files; each has to be accepted. ``var`` takes the uploads, which nothing reads again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGISTRY_VAR", str(var))
        patch.setenv("REGISTRY_LANG", "en")
        patch.setattr("infra_registry.cli.session.open_database", lambda: database)
        begun = time.monotonic()
        for name, mapping in FILES:
            call(importing.import_, folder / name, "--mapping", mapping, "--partial")
        print(f"\nfiles imported in {time.monotonic() - begun:.0f} s")
