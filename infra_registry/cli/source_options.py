"""Options of the commands that load data of a published source."""

from datetime import datetime
from typing import Any

import click

from infra_registry.areas import SourceDraft
from infra_registry.cli.terminal import day, together

about_source = together(
    click.option(
        "--source", "code", help="Code of the source, e.g. insee-2026; loading it again replaces it."
    ),
    click.option("--title", help="Title of the source."),
    click.option("--provider", help="Who published it."),
    click.option("--licence", help="Licence as stated."),
    click.option("--published-on", type=day, help="Date of publication."),
)


def source_of(file_name: str, given: dict[str, Any]) -> SourceDraft:
    """The source the options describe; its title is the file's name and its provider its code unless stated."""
    published: datetime | None = given["published_on"]
    return SourceDraft(
        code=given["code"],
        title=given["title"] or file_name,
        provider=given["provider"] or given["code"],
        licence=given["licence"],
        published_on=published.date() if published else None,
        note=given.get("note"),
        map_approval=given.get("map_approval"),
    )
