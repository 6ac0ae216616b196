"""What an area has of people, roads and heights: the sets, a new one from a file, one taken away."""

import tempfile
from pathlib import Path
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.areas.model import SourceDraft
from infra_registry.coverage.demand import loading
from infra_registry.coverage.demand.people import counting
from infra_registry.coverage.demand.preparing import Target, Upload
from infra_registry.coverage.demand.reading import CAPS, Columns
from infra_registry.errors import RegistryError
from infra_registry.files.vault import safe_name
from infra_registry.formats import whole
from infra_registry.formats.raster import is_tiff
from web.site.context import current_actor, render, settings, t, use_case
from web.site.frame import chosen_code
from web.site.replies import done, sent_file
from web.site.routing import Feature

feature = Feature("demand", __name__)
RUN = Permission.COVERAGE_RUN
KINDS = ("population", "spread", "roads", "terrain")
COLUMNS = ("people", "ref", "header_row", "only", "name", "road_class", "crs")
FIELDS = ("area", "kind", *COLUMNS, "source", "title", "dry_run")
_AT = {
    "crs.unknown": "crs",
    "coverage.no_area": "area",
    "coverage.no_boundary": "area",
    "areas.no_column": "people",
}
TIMEOUT_MS = 120_000


@feature.get("/coverage/demand", permission=RUN)
def index() -> ResponseReturnValue:
    """The sets that concern an area, and the form for a new one."""
    area = chosen_code()
    return _page({"area": area, "kind": "population", "header_row": "1"}, {}, 200)


@feature.post("/coverage/demand", permission=RUN, max_bytes=CAPS.max_bytes + (1 << 20))
def receive() -> ResponseReturnValue:
    """Load a file, or check it; the page again with every finding when it cannot be."""
    sent = {name: request.form.get(name, "").strip()[:200] for name in FIELDS}
    file = sent_file()
    errors = {} if file else {"file": t("imports.no_file")}
    errors |= {} if sent["area"] else {"area": t("frame.choose")}
    errors |= {} if sent["kind"] in KINDS else {"kind": t("frame.choose")}
    if whole(sent["header_row"], 1000, least=1) is None:
        errors["header_row"] = t("demand.header_row_bounds")
    if errors or file is None:
        return _page(sent, errors, 422)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        file.save(path)
        needs = sent["kind"] in ("population", "spread") and not is_tiff(path)
        if needs and not sent["people"]:
            return _page(sent, {"people": t("demand.no_people_field")}, 422)
        try:
            loaded = _load(Upload(path, safe_name(file.filename or "file")), sent)
        except RegistryError as refused:
            if refused.status == 403:
                raise
            at = _AT.get(refused.code, "file")
            return _page(sent, {at: t(refused.code, **refused.params)}, refused.status)
    if not loaded.written:
        return _page(sent, {}, 422 if loaded.findings.faulty else 200, loaded)
    flash(t(f"demand.loaded.{loaded.kind}", **loaded.amounts), "done")
    if loaded.findings.left_out():
        flash(t("demand.left_out", count=loaded.findings.left_out()), "done")
    return redirect(url_for("demand.index", area=sent["area"]), 303)


@feature.post("/coverage/demand/remove", permission=RUN)
def remove() -> ResponseReturnValue:
    """Take a set away; the one before it counts again."""
    area, kind, source = (request.form.get(name, "")[:200] for name in ("area", "kind", "source"))
    with use_case(timeout_ms=TIMEOUT_MS) as connection:
        count = loading.remove(connection, current_actor(), area, kind, source)
    return done(t("demand.removed", count=count, source=source or "–"), url_for("demand.index", area=area))


def _load(upload: Upload, sent: dict[str, str]) -> loading.Loaded:
    name, equals, value = sent["only"].partition("=")
    columns = Columns(
        people=sent["people"],
        ref=sent["ref"],
        name=sent["name"],
        road_class=sent["road_class"],
        crs=sent["crs"],
        header_row=int(sent["header_row"]),
        only=((name.strip(), value.strip()),) if equals else (),
    )
    source = (
        SourceDraft(sent["source"], sent["title"] or upload.name, sent["source"]) if sent["source"] else None
    )
    target = Target(
        sent["area"],
        settings().files_dir,
        source,
        dry_run=sent["dry_run"] == "1",
        spread=sent["kind"] == "spread",
    )
    with use_case(timeout_ms=TIMEOUT_MS) as connection:
        kind = "population" if target.spread else sent["kind"]
        return loading.load(connection, current_actor(), kind, upload, target, columns=columns)


def _page(
    sent: dict[str, str], errors: dict[str, str], status: int, loaded: loading.Loaded | None = None
) -> ResponseReturnValue:
    sets: list[Any] = []
    with use_case() as connection:
        try:
            sets = loading.sets_of(connection, sent["area"]) if sent["area"] else []
        except RegistryError as refused:
            errors = errors or {"area": t(refused.code, **refused.params)}
            status = refused.status if status == 200 else status
    page = render(
        "coverage/demand.html",
        sent=sent,
        errors=errors,
        loaded=loaded,
        amounts=loaded.amounts if loaded else {},
        sets=sets,
        counting=counting(sets),
        kinds=[(kind, t(f"demand.kind.{kind}")) for kind in KINDS],
        cap_mb=CAPS.max_bytes >> 20,
        crumbs=[(t("coverage.heading"), "/coverage"), (t("demand.title"), None)],
    )
    return page, status
