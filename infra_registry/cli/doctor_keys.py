"""What the doctor looks at in the keys of cases: do they open, are they copied, and until when do old copies open."""

from datetime import UTC, datetime, timedelta

from infra_registry.cases.key_copies import KEPT, newest
from infra_registry.cli.installation import Finding, Installation
from infra_registry.config import today

COPY_OLD_AFTER = timedelta(days=2)


def case_keys(installation: Installation) -> Finding:
    """Every case opens, under fresh keys, and the folder of secrets has a recent backup."""
    if installation.state is None:
        return Finding("warn", "doctor.no_database")
    settings, keys = installation.settings, installation.case_keys
    facts = {"path": settings.case_keys_dir, "count": keys.cases}
    if keys.cases and not settings.case_keys_dir.is_dir():
        return Finding("problem", "missing", facts)
    if settings.case_keys_dir.absolute().is_relative_to(settings.files_dir):
        return Finding("problem", "inside", facts)
    if keys.shut:
        return Finding("problem", "shut", {**facts, "count": keys.shut})
    if keys.waiting:
        return Finding("warn", "waiting", {"count": keys.waiting})
    if settings.case_key_before:
        return Finding("warn", "before")
    copied = newest(settings.key_backups_dir)
    if keys.cases and (copied is None or datetime.now(UTC) - copied > COPY_OLD_AFTER):
        return Finding(
            "warn", "uncopied", {"path": settings.key_backups_dir, "at": copied.date() if copied else "–"}
        )
    return Finding("ok", "ok")


def erased_cases(installation: Installation) -> Finding:
    """Days until no older copy that is kept as long as it may be opens a case that was erased."""
    if installation.state is None:
        return Finding("warn", "doctor.no_database")
    erased, renewed = (
        (day + KEPT - today()).days if day else 0
        for day in (installation.case_keys.erased, installation.case_keys.renewed)
    )
    if renewed > 0:
        return Finding("warn", "older", {"day": installation.case_keys.renewed, "days": max(renewed, erased)})
    return Finding("ok", "days", {"days": erased}) if erased > 0 else Finding("ok", "ok")
