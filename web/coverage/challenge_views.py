"""Challenges to claimed coverage: filed, answered, settled, withdrawn."""

from typing import Any

from flask import redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.areas import store as areas
from infra_registry.coverage.evidence import challenge_store, challenges, claim_store
from infra_registry.errors import Invalid, RegistryError
from infra_registry.files import Folder, Kept, keep, path_of
from web.coverage.evidence_views import crumbs
from web.site.context import current_actor, render, sent_version, settings, t, use_case
from web.site.errors import messages
from web.site.replies import done, sent_file
from web.site.routing import Feature

feature = Feature("challenges", __name__)
FILE = Permission.CHALLENGE_FILE
CHALLENGE_NAMES = tuple(field.name for field in challenges.FIELDS)
MARGIN = 1 << 20


@feature.get("/evidence/challenges/new", permission=FILE)
def new_challenge() -> ResponseReturnValue:
    """The form of a challenge on a claim; without a claim, the list to choose one from."""
    if not request.args.get("claim"):
        return redirect(url_for("evidence.index"))
    return _challenge_form(
        {name: request.args.get(name, "")[:80] for name in ("claim", "lon", "lat", "asset")}, {}, 200
    )


@feature.post("/evidence/challenges", permission=FILE, max_bytes=challenges.MAX_EVIDENCE + MARGIN)
def add_challenge() -> ResponseReturnValue:
    """File a challenge."""
    sent = {name: request.form.get(name, "").strip() for name in ("claim", *CHALLENGE_NAMES)}
    try:
        kept = _kept()
        with use_case() as connection:
            code = challenges.file(connection, current_actor(), sent["claim"], sent, evidence=kept)
    except RegistryError as refused:
        if refused.status in (403, 404):
            raise
        return _challenge_form(sent, messages(refused, at="reason"), refused.status)
    return done(t("claims.filed", code=code), url_for("challenges.show_challenge", code=code))


@feature.get("/evidence/challenges/<code>", permission=Permission.ACCOUNT)
def show_challenge(code: str) -> ResponseReturnValue:
    """One challenge with its way and the moves this reader may make."""
    return _challenge_page(code, {}, 200)


@feature.post("/evidence/challenges/<code>/move", permission=Permission.ACCOUNT)
def move_challenge(code: str) -> ResponseReturnValue:
    """Make a move against the version that was read."""
    name, note = request.form.get("move", ""), request.form.get("note", "")
    try:
        version = sent_version()
        with use_case() as connection:
            state = challenges.move(
                connection, current_actor(), code, name, version=-1 if version is None else version, note=note
            )
    except Invalid as refused:
        return _challenge_page(code, messages(refused, at="note"), 422)
    message = t("claims.moved", code=code, state=t(f"claims.state.{state}"))
    return done(message, url_for("challenges.show_challenge", code=code))


@feature.get("/evidence/challenges/<code>/file", permission=Permission.ACCOUNT)
def challenge_file(code: str) -> ResponseReturnValue:
    """The evidence, to those who see the challenge; always a download, never a page of ours."""
    with use_case() as connection:
        challenge = challenge_store.challenge(connection, code)
    path = path_of(settings().files_dir, Folder.EVIDENCE, challenge["evidence_digest"] or "")
    name = challenge["evidence_name"] or code
    return send_file(path, mimetype="application/octet-stream", as_attachment=True, download_name=name)


def _kept() -> Kept | None:
    file, cap = sent_file(), challenges.MAX_EVIDENCE
    if file is None:
        return None
    return keep(settings().files_dir, Folder.EVIDENCE, file.stream, name=file.filename or "", cap=cap)


def _challenge_form(sent: dict[str, Any], errors: dict[str, str], status: int) -> ResponseReturnValue:
    with use_case() as connection:
        claim = claim_store.claim(connection, sent.get("claim", ""))
        districts = [
            area for area in areas.listed(connection, level="district") if area.parent_id == claim["city_id"]
        ]
    way = (
        (claim["code"], url_for("evidence.show_claim", code=claim["code"])),
        (t("claims.new_challenge"), None),
    )
    page = render(
        "evidence/challenge_form.html",
        sent=sent,
        errors=errors,
        claim=claim,
        districts=districts,
        cap_mb=challenges.MAX_EVIDENCE >> 20,
        crumbs=crumbs(*way),
    )
    return page, status


def _challenge_page(code: str, errors: dict[str, str], status: int) -> ResponseReturnValue:
    with use_case() as connection:
        challenge = challenge_store.challenge(connection, code)
        events = challenge_store.events(connection, challenge["id"])
    offered = challenges.offered(current_actor(), challenge)
    page = render(
        "evidence/challenge.html",
        challenge=challenge,
        events=events,
        offered=offered,
        errors=errors,
        note=request.form.get("note", ""),
        crumbs=[
            (t("coverage.heading"), "/coverage"),
            (t("claims.heading"), url_for("evidence.index") + "#challenges"),
            (code, None),
        ],
    )
    return page, status
