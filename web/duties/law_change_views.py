"""Changes of the law's files: put forward, looked ahead, approved by a second person or turned down."""

from flask import request
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission, allows
from infra_registry.duties.inforce import document_store, loading
from infra_registry.duties.inforce.loading import MAX_BYTES
from infra_registry.errors import Invalid
from web.duties import law_page
from web.site.context import current_actor, render, t, use_case
from web.site.errors import messages
from web.site.replies import done, sent_file
from web.site.routing import Feature

feature = Feature("law_changes", __name__)
PROPOSE, APPROVE = Permission.LAW_PROPOSE, Permission.LAW_APPROVE
HOME = "/law/changes"
ROUTE = "/law/changes/<int(max=9223372036854775807):document>"


@feature.get(HOME, permission=PROPOSE)
def index() -> ResponseReturnValue:
    """What waits, what was decided, and the form for a file."""
    return _list()


@feature.post(HOME, permission=PROPOSE, max_bytes=MAX_BYTES + (1 << 14))
def propose() -> ResponseReturnValue:
    """Take a file in and compute what it would change; the form again with every fault of the file."""
    file = sent_file()
    if file is None:
        return _list({"file": t("imports.no_file")}), 422
    content, name = file.stream.read(MAX_BYTES + 1), file.filename or ""
    try:
        with use_case() as connection:
            document = loading.propose(connection, current_actor(), content, name)
    except Invalid as refused:
        return _list(faults=refused.faults), 422
    return done(t("law.proposed", name=name[:80]), f"{HOME}/{document}")


@feature.get(ROUTE, permission=PROPOSE)
def show(document: int) -> ResponseReturnValue:
    """One file: what it changes, who put it forward, what became of it."""
    return _document(document)


@feature.post(f"{ROUTE}/preview", permission=PROPOSE)
def look_ahead(document: int) -> ResponseReturnValue:
    """Compute anew what a waiting file would change."""
    with use_case() as connection:
        loading.look_ahead(connection, current_actor(), document)
    return done(t("law.preview_asked"), f"{HOME}/{document}")


@feature.post(f"{ROUTE}/approve", permission=APPROVE)
def approve(document: int) -> ResponseReturnValue:
    """Put the file in force."""
    with use_case() as connection:
        decided = loading.approve(connection, current_actor(), document, request.form.get("note", ""))
    return done(t("law.approved", file=decided.key), f"{HOME}/{document}")


@feature.post(f"{ROUTE}/reject", permission=APPROVE)
def reject(document: int) -> ResponseReturnValue:
    """Turn the file down, with a reason."""
    try:
        with use_case() as connection:
            decided = loading.reject(connection, current_actor(), document, request.form.get("note", ""))
    except Invalid as refused:
        return _document(document, messages(refused)), 422
    return done(t("law.rejected", file=decided.key), f"{HOME}/{document}")


def _list(errors: dict[str, str] | None = None, faults: tuple[object, ...] = ()) -> str:
    with use_case() as connection:
        history = document_store.history(connection)
    crumbs = [(t("frame.nav.law"), "/law"), (t("law.changes"), None)]
    shown = [
        document
        for document in history
        if document.proposed_by or document.state == "proposed" or document.decided_by
    ]
    return render("law/changes.html", documents=shown, errors=errors or {}, faults=faults, crumbs=crumbs)


def _document(document: int, errors: dict[str, str] | None = None) -> str:
    with use_case() as connection:
        filed, text = document_store.filed(connection, document)
        seen = document_store.seen_codes(connection, law_page.example_codes(filed.preview))
    own = filed.proposed_by == current_actor().user_id
    crumbs = [(t("frame.nav.law"), "/law"), (t("law.changes"), HOME), (filed.key, None)]
    return render(
        "law/change.html",
        document=filed,
        text=text,
        seen=seen,
        own=own,
        may_decide=allows(current_actor(), APPROVE, filed),
        errors=errors or {},
        crumbs=crumbs,
    )
