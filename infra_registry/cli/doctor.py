"""`infra-registry doctor`: looks at everything the register stands on and says how to mend what is wrong."""

import hashlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from infra_registry import config, words
from infra_registry.cli import doctor_keys, locale
from infra_registry.cli.installation import Finding, Installation, NotLookedAt
from infra_registry.cli.terminal import print_json, say
from infra_registry.cluster import embedded_cluster
from infra_registry.cluster.binaries import MINIMUM_MAJOR, installed
from infra_registry.db.migrate import head
from infra_registry.demo import production
from infra_registry.exchange.catalogue import faulty, filed
from infra_registry.resources import VENDOR, VENDOR_HASHES

MINIMUM_PYTHON = (3, 11)
GIB = 1024**3
NEED_FREE_GB = 1.0
SEAL_OLD_AFTER_H = 24
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


Check = Callable[[Installation], Finding]
CHECKS: dict[str, Check] = {}


def check(function: Check) -> Check:
    """Register a check under its name, in the order of this file."""
    CHECKS[function.__name__] = function
    return function


@check
def python(_: Installation) -> Finding:
    """The interpreter is new enough."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= MINIMUM_PYTHON:
        return Finding("ok", "ok", {"version": version})
    minimum = ".".join(map(str, MINIMUM_PYTHON))
    return Finding("problem", "old", {"version": version, "minimum": minimum})


@check
def packages(_: Installation) -> Finding:
    """Everything the product imports is installed."""
    needed = [text for text in importlib.metadata.requires("infra-registry") or () if "extra ==" not in text]
    names = [re.split(r"[^A-Za-z0-9._-]", text, maxsplit=1)[0] for text in needed]
    missing = [name for name in names if not _has_distribution(name)]
    if missing:
        return Finding("problem", "missing", {"names": ", ".join(missing)})
    return Finding("ok", "ok", {"count": len(names)})


@check
def server(installation: Installation) -> Finding:
    """PostgreSQL's programs are there, when the database is the embedded one."""
    if installation.settings.database_url:
        return Finding("ok", "doctor.not_embedded")
    found = [b for b in installed() if b.major >= MINIMUM_MAJOR]
    if not found:
        return Finding("problem", "missing", {"minimum": MINIMUM_MAJOR, "need": "postgresql"})
    return Finding("ok", "ok", {"version": found[0].version, "directory": found[0].directory})


@check
def postgis(installation: Installation) -> Finding:
    """PostGIS belongs to one of those servers."""
    if installation.settings.database_url:
        return Finding("ok", "doctor.not_embedded")
    servers = [b for b in installed() if b.major >= MINIMUM_MAJOR]
    for binaries in servers:
        if binaries.postgis:
            return Finding("ok", "ok", {"version": binaries.postgis})
    need = f"postgresql-{servers[0].major}-postgis-3" if servers else "postgis"
    return Finding("problem", "missing", {"need": need})


@check
def cluster(installation: Installation) -> Finding:
    """The embedded database runs."""
    if installation.settings.database_url:
        return Finding("ok", "doctor.not_embedded")
    status = embedded_cluster(installation.settings).status()
    if status.state != "running":
        return Finding("problem", "down")
    return Finding("ok", "ok", {"data_dir": status.data_dir})


@check
def schema(installation: Installation) -> Finding:
    """The schema is the newest."""
    newest = head()
    if installation.schema == newest:
        return Finding("ok", "ok", {"schema": newest})
    return Finding("problem", "behind", {"schema": installation.schema or "–", "newest": newest})


@check
def leakproof(installation: Installation) -> Finding:
    """Row security may use the spatial index; without it the integer-cell path serves."""
    return Finding("ok", "ok") if installation.state.leakproof else Finding("warn", "missing")


@check
def var(installation: Installation) -> Finding:
    """Data can be written and there is room for it."""
    path = installation.settings.var_dir
    existing = next(p for p in (path, *path.parents) if p.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        return Finding("problem", "closed", {"path": existing})
    free_gb = round(shutil.disk_usage(existing).free / GIB, 1)
    facts: dict[str, Any] = {"path": path, "free_gb": free_gb}
    if free_gb < NEED_FREE_GB:
        return Finding("problem", "full", {**facts, "need_gb": NEED_FREE_GB})
    return Finding("ok", "ok", facts)


@check
def browser(_: Installation) -> Finding:
    """The libraries pages load are there and unchanged."""
    listed = (line.split(maxsplit=1) for line in VENDOR_HASHES.read_text("utf-8").splitlines())
    differing = [name for digest, name in listed if _digest(VENDOR / name) != digest]
    if differing:
        return Finding("problem", "differs", {"said": ", ".join(differing)[:300]})
    return Finding("ok", "ok")


@check
def mappings(_: Installation) -> Finding:
    """Every file that says how columns are read can be used."""
    wrong = [words.say(locale(), error.code, **error.params) for error in faulty().values()]
    if wrong:
        return Finding("problem", "faulty", {"said": "; ".join(wrong)})
    return Finding("ok", "ok", {"count": len(filed())})


@check
def fonts(_: Installation) -> Finding:
    """A font with Chinese characters is installed."""
    lister = shutil.which("fc-list")
    if lister is not None:
        done = subprocess.run([lister, ":lang=zh", "family"], capture_output=True, text=True, check=False)
        families = sorted(done.stdout.splitlines())
    else:
        families = [path.name for path in Path("/usr/share/fonts").rglob("NotoSansCJK*")]
    return Finding("ok", "ok", {"family": families[0]}) if families else Finding("warn", "missing")


@check
def chromium(_: Installation) -> Finding:
    """A browser for the tests; the product itself needs none."""
    for name in BROWSERS:
        path = shutil.which(name)
        if path is not None:
            return Finding("ok", "ok", {"path": path})
    return Finding("warn", "missing")


@check
def worker(installation: Installation) -> Finding:
    """Somebody takes jobs from the queue."""
    if not installation.state.worker_alive:
        return Finding("warn", "silent")
    return Finding("ok", "ok", {"seconds": installation.state.worker_age_s})


@check
def seal(installation: Installation) -> Finding:
    """The audit chain is sealed every day."""
    if installation.state.sealed_at is None:
        return Finding("warn", "never")
    hours = (datetime.now(UTC) - installation.state.sealed_at).total_seconds() / 3600
    facts = {"hours": round(hours, 1)}
    return Finding("ok", "ok", facts) if hours < SEAL_OLD_AFTER_H else Finding("warn", "old", facts)


@check
def profile(installation: Installation) -> Finding:
    """Whether this installation may serve others."""
    if not installation.settings.production:
        return Finding("warn", "development")
    wrong = config.faults(installation.settings)
    if wrong:
        lines = [f"  {fault.field}: {words.fault(locale(), fault)}" for fault in wrong]
        return Finding("problem", "unfit", {"said": "\n".join(lines)})
    return Finding("ok", "ok", {"profile": installation.settings.profile})


@check
def samples(installation: Installation) -> Finding:
    """A register that serves others holds no sample data and no sample accounts."""
    if not installation.samples:
        return Finding("ok", "ok")
    facts = {"said": production.listed(installation.samples)}
    if installation.settings.production:
        return Finding("problem", "left", facts)
    return Finding("ok", "tried", facts)


@check
def second_factors(installation: Installation) -> Finding:
    """In production, accounts whose roles need a second factor have one."""
    if not installation.settings.production:
        return Finding("ok", "tried")
    if not installation.without_factor:
        return Finding("ok", "ok")
    return Finding("warn", "lacking", {"count": installation.without_factor})


@check
def roles_apart(installation: Installation) -> Finding:
    """Nobody holds roles that exclude each other, except by an approved exception."""
    if not installation.roles_apart:
        return Finding("ok", "ok")
    return Finding("warn", "together", {"names": ", ".join(installation.roles_apart)})


check(doctor_keys.case_keys)
check(doctor_keys.erased_cases)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list for programs.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Check what the register stands on; exit code 1 when something is wrong."""
    installation = Installation(config.load())
    findings = {name: examine(function, installation) for name, function in CHECKS.items()}
    if as_json:
        listed = [{"check": name, **asdict(finding)} for name, finding in findings.items()]
        print_json(listed)
    else:
        for name, finding in findings.items():
            click.echo(describe(name, finding, locale()))
        counts = {
            level: sum(f.level == level for f in findings.values()) for level in ("ok", "warn", "problem")
        }
        say("doctor.summary", total=len(findings), **counts)
    if any(finding.level == "problem" for finding in findings.values()):
        ctx.exit(1)


def examine(function: Check, installation: Installation) -> Finding:
    """Run one check; one that fails itself is a problem found, and the others still run."""
    try:
        return function(installation)
    except NotLookedAt as error:
        return Finding("warn", error.code)
    except Exception as error:  # noqa: BLE001 - whatever is broken here is what the reader wants to know
        return Finding("problem", "doctor.broken", {"said": str(error).strip()[:300]})


def describe(name: str, finding: Finding, language: str) -> str:
    """One finding in words: sign, title, state, and below it the remedy when there is one."""
    sign = {"ok": "✔", "warn": "!", "problem": "✘"}[finding.level]
    key = finding.code if finding.code.startswith("doctor.") else f"doctor.{name}.{finding.code}"
    title = words.say(language, f"doctor.{name}.title")
    colon = "：" if language.startswith("zh") else ": "
    line = f"{sign} {title}{colon}{words.say(language, key, **finding.params)}"
    remedy = f"{key}.remedy"
    if words.has(remedy):
        remedy_text = words.say(language, remedy, **finding.params)
        line += "\n  " + words.say(language, "doctor.remedy", remedy=remedy_text)
    return line


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _has_distribution(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
