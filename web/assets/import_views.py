"""Imports: the list, a new file, one batch with its progress, findings and places, and the decision about it."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from infra_registry import jobs
from infra_registry.access import Permission
from infra_registry.assets.kinds import Kind
from infra_registry.errors import Conflict, Fault, Invalid, RegistryError
from infra_registry.exchange import batches, store
from infra_registry.exchange.batches import MAX_BYTES, Upload
from infra_registry.exchange.catalogue import faulty, filed, move_m
from infra_registry.exchange.moves import in_words
from infra_registry.files import Folder, keep
from infra_registry.formats import Caps
from infra_registry.formats.crs import OFFERED
from infra_registry.parties import store as parties
from web.site import paging, replies
from web.site.context import current_actor, fault_text, locale, render, settings, t, use_case
from web.site.routing import Feature

feature = Feature("imports", __name__)
RUN, ACCEPT = Permission.IMPORT_RUN, Permission.IMPORT_ACCEPT
PAGE = 50
MOST_ROWS = 100_000
PREVIEWED = 500
SEVERITIES = ("error", "warning", "note")


@feature.get("/imports", permission=RUN)
def index() -> ResponseReturnValue:
    """The batches this actor may see, newest first."""
    page = paging.page_number("form.invalid")
    with use_case() as connection:
        rows = store.listed(connection, limit=PAGE, offset=(page - 1) * PAGE)
        total = store.count(connection)
    pages, crumbs = paging.pages(page, PAGE, len(rows), total), [(t("imports.heading"), None)]
    return render("imports/index.html", rows=rows, pages=pages, crumbs=crumbs)


@feature.get("/imports/new", permission=RUN)
def new() -> ResponseReturnValue:
    """The form for a file."""
    return _form({"mapping": request.args.get("mapping", ""), "crs": "", "owner": ""}, {}, 200)


@feature.post("/imports", permission=RUN, max_bytes=MAX_BYTES + (1 << 20))
def receive() -> ResponseReturnValue:
    """Take a file in; the form again with what is wrong when it cannot be."""
    sent = {name: request.form.get(name, "").strip() for name in ("mapping", "crs", "crs_other", "owner")}
    sent["dry_run"] = request.form.get("dry_run", "")
    try:
        batch = _received(sent)
    except Invalid as refused:
        return _form(sent, {fault.field: t(fault.code) for fault in refused.faults}, 422)
    except RegistryError as refused:
        field = {"crs": "crs_other", "mapping": "mapping", "party": "owner"}.get(
            refused.code.split(".")[0], "file"
        )
        return _form(sent, {field: t(refused.code, **refused.params)}, refused.status)
    return replies.done(t("imports.received", code=batch.code), url_for("imports.show", code=batch.code))


def _received(sent: dict[str, str]) -> store.Batch:
    file = replies.sent_file()
    faults = [] if file else [Fault("file", None, "imports.no_file")]
    faults += [] if sent["mapping"] else [Fault("mapping", None, "frame.choose")]
    if faults or file is None:
        raise Invalid(faults)
    kept = keep(
        settings().files_dir, Folder.UPLOADS, file.stream, name=file.filename or "file", cap=MAX_BYTES
    )
    crs = sent["crs_other"] or sent["crs"] or None
    upload = Upload(kept, sent["mapping"], crs, sent["owner"] or None, dry_run=sent["dry_run"] == "1")
    with use_case() as connection:
        return batches.receive(connection, current_actor(), upload)


def _form(sent: dict[str, str], errors: dict[str, str], status: int) -> ResponseReturnValue:
    column = "en" if locale() == "en" else "zh"
    mappings = [(f"kind:{kind}", t("imports.kind_option", name=t(f"kind.{kind}"))) for kind in Kind]
    mappings += [(name, mapping.title[column]) for name, mapping in filed().items()]
    with use_case() as connection:
        owners = [(party.code, party.label(locale())) for party in parties.choices(connection)]
    crumbs = [(t("imports.heading"), url_for("imports.index")), (t("imports.new"), None)]
    page = render(
        "imports/new.html",
        sent=sent,
        errors=errors,
        mappings=mappings,
        systems=[(name, name) for name in OFFERED],
        owners=owners,
        left_out=[t(wrong.code, **wrong.params) for wrong in faulty().values()],
        cap_mb=MAX_BYTES >> 20,
        max_rows=Caps().max_rows,
        crumbs=crumbs,
    )
    return page, status


@feature.get("/imports/<code>", permission=RUN)
def show(code: str) -> ResponseReturnValue:
    """One batch: how far it is, what was found, what it would change, where it lies."""
    page, chosen = paging.page_number("form.invalid"), _chosen()
    with use_case() as connection:
        batch = store.read(connection, code)
        job = jobs.read(connection, batch.job_code) if batch.job_code else None
        summary = store.summary(connection, batch.id)
        rows = store.findings(connection, batch.id, **chosen, window=(PAGE, (page - 1) * PAGE))
        outcomes = store.outcomes(connection, batch.id)
        preview = batches.preview(connection, batch.id, PREVIEWED)
        moves = store.moved(connection, batch.id)
        consents = store.consents(connection, batch.id)
    total = sum(
        c.count for c in summary if chosen["code"] in ("", c.code) and chosen["severity"] in ("", c.severity)
    )
    return render(
        "imports/show.html",
        batch=batch,
        job=job,
        summary=summary,
        findings=rows,
        pages=paging.pages(page, PAGE, len(rows), total),
        chosen=chosen,
        outcomes=sorted(outcomes.items()),
        preview=preview,
        moves=moves,
        consents=consents,
        limit=in_words(move_m(batch.mapping)),
        moved_rows=[(row, in_words(metres)) for row, metres in moves.first],
        kinds=tuple(Kind),
        crumbs=[(t("imports.heading"), url_for("imports.index")), (code, None)],
    )


@feature.get("/imports/<code>/progress", permission=RUN)
def progress(code: str) -> ResponseReturnValue:
    """The bar of a batch's work, fetched again and again; when it has ended the page is loaded anew."""
    with use_case() as connection:
        batch = store.read(connection, code)
        job = jobs.read(connection, batch.job_code) if batch.job_code else None
    return replies.progress("imports/progress.html", job, batch=batch)


@feature.get("/imports/<code>/findings.csv", permission=RUN)
def findings(code: str) -> ResponseReturnValue:
    """The findings as CSV, with the filters of the page."""
    with use_case(timeout_ms=60_000) as connection:
        batch = store.read(connection, code)
        rows_to_write = store.findings(connection, batch.id, **_chosen(), window=(MOST_ROWS, 0))
    header = [t(f"imports.{name}") for name in ("severity", "part", "row", "field", "value", "what")]
    rows = (
        [t(f"severity.{f.severity}"), f.part, f.row_number, f.field, f.value, fault_text(f, blank="–")]
        for f in rows_to_write
    )
    return paging.as_csv(f"{batch.code}-findings.csv", header, rows)


@feature.post("/imports/<code>/accept", permission=ACCEPT)
def accept(code: str) -> ResponseReturnValue:
    """Write the batch: all of it, or its good rows; far moves only with their tick."""
    partial, moves = (request.form.get(name) == "1" for name in ("partial", "confirm_moves"))
    try:
        with use_case() as connection:
            batches.accept(connection, current_actor(), code, partial=partial, moves=moves)
    except Conflict as refused:
        if refused.code != "import.moves":
            raise
        page = url_for("imports.show", code=code)
        return replies.done(t(refused.code, **refused.params), page, "error")
    return _queued(code)


@feature.post("/imports/<code>/refuse", permission=ACCEPT)
def refuse(code: str) -> ResponseReturnValue:
    """Decide against the batch."""
    with use_case() as connection:
        batches.refuse(connection, current_actor(), code)
    return replies.done(t("imports.refused", code=code), url_for("imports.show", code=code))


@feature.post("/imports/<code>/undo", permission=ACCEPT)
def undo(code: str) -> ResponseReturnValue:
    """Take an accepted batch back, after a confirmation."""
    if request.form.get("confirm") != "1":
        return replies.done(t("imports.confirm_first"), url_for("imports.show", code=code), "error")
    with use_case() as connection:
        batches.undo(connection, current_actor(), code)
    return _queued(code)


@feature.post("/imports/<code>/cancel", permission=RUN)
def cancel(code: str) -> ResponseReturnValue:
    """Ask for the end of the work on a batch."""
    with use_case() as connection:
        batch = store.read(connection, code)
        if batch.job_code:
            jobs.cancel(connection, batch.job_code)
    return redirect(url_for("imports.show", code=code), 303)


def _queued(code: str) -> ResponseReturnValue:
    return replies.done(t("imports.asked", code=code), url_for("imports.show", code=code))


def _chosen() -> dict[str, str]:
    severity = request.args.get("severity", "")
    return {
        "code": request.args.get("finding", "")[:80],
        "severity": severity if severity in SEVERITIES else "",
    }
