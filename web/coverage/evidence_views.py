"""Coverage evidence: claims, measurements and challenges, listed; claims and measurements taken in."""

from hashlib import sha256
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission, PermissionSubject, allows
from infra_registry.coverage.evidence import (
    challenge_store,
    claim_store,
    claims,
    measurement_store,
    measurements,
)
from infra_registry.coverage.evidence.challenge_store import ChallengeFilter
from infra_registry.coverage.evidence.claim_reading import read_shape
from infra_registry.coverage.evidence.claim_store import ClaimFilter
from infra_registry.coverage.evidence.measurement_mapping import DEFAULT, faulty, named, readings
from infra_registry.coverage.evidence.measurement_reading import read_rows
from infra_registry.coverage.evidence.settings import claim_caps, measurement_caps
from infra_registry.coverage.evidence.tables import CHALLENGE_STATES, TECHNOLOGIES
from infra_registry.errors import Fault, Invalid, RegistryError
from infra_registry.parties import store as parties
from web.site import paging
from web.site.context import current_actor, locale, render, t, use_case
from web.site.errors import messages
from web.site.replies import attachment, done, sent_file
from web.site.routing import Feature

feature = Feature("evidence", __name__)
READ, CLAIM, MEASURE = Permission.COVERAGE_READ, Permission.EVIDENCE_CLAIM, Permission.EVIDENCE_MEASURE
CLAIM_BYTES, MEASURE_BYTES = claim_caps().max_bytes, measurement_caps().max_bytes
CLAIM_NAMES = ("operator", "area", "link_budget", "crs", *(field.name for field in claims.FIELDS))
MAP_POINTS = 2000
MARGIN = 1 << 20


def crumbs(*rest: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    """The way to a page below the list of evidence."""
    return [(t("coverage.heading"), "/coverage"), (t("claims.heading"), url_for("evidence.index")), *rest]


@feature.get("/evidence", permission=READ)
def index() -> ResponseReturnValue:
    """Claims, measurements and challenges, as far as this reader may see them."""
    filters, state = _claim_filter(), request.args.get("state")
    disputed = ChallengeFilter(state if state in CHALLENGE_STATES else None, filters.operator)
    with use_case() as connection:
        listed = claim_store.claims(connection, filters)
        total = claim_store.count(connection, filters)
        measured = measurement_store.summary(connection)
        files = measurement_store.files(connection)
        challenges = challenge_store.challenges(connection, disputed)
        disputes = challenge_store.count(connection, disputed)
        operators = [p for p in parties.choices(connection) if p.kind in ("carrier", "tower_company")]
    return render(
        "evidence/index.html",
        claims=listed,
        total=total,
        filters=filters,
        pages=paging.pages(filters.page, claim_store.PAGE, len(listed), total),
        measured=measured,
        files=[row for row in files if row["mine"]],
        challenges=challenges,
        disputes=disputes,
        disputed=disputed,
        operators=operators,
        technologies=TECHNOLOGIES,
        states=CHALLENGE_STATES,
        crumbs=[(t("coverage.heading"), "/coverage"), (t("claims.heading"), None)],
    )


@feature.get("/evidence/claims/new", permission=CLAIM)
def new_claim() -> ResponseReturnValue:
    """The form of a claim."""
    return _claim_form({"environment": "outdoor", "area": request.args.get("area", "")}, {}, 200)


@feature.post("/evidence/claims", permission=CLAIM, max_bytes=CLAIM_BYTES + MARGIN)
def add_claim() -> ResponseReturnValue:
    """Put a claim on record; the form again with what is wrong when it cannot be."""
    sent = {name: request.form.get(name, "").strip() for name in CLAIM_NAMES}
    file = sent_file()
    try:
        if file is None:
            raise Invalid([Fault("file", None, "claims.file_needed"), *claims.check(sent)[1]])
        data = file.stream.read(CLAIM_BYTES + 1)
        shape = read_shape(data, file.filename or "", sent["crs"] or None)
        with use_case(timeout_ms=60_000) as connection:
            claim = claims.add(
                connection, current_actor(), claims.Sent(sent, shape, sha256(data).hexdigest())
            )
    except RegistryError as refused:
        return _claim_form(sent, messages(refused, at="file"), refused.status)
    flash(t("claims.claim_done", code=claim.code), "done")
    for code in claim.replaced:
        flash(t("claims.claim_replaced", code=code), "done")
    for key, params in claim.notices:
        flash(t(key, **params), "note")
    return redirect(url_for("evidence.show_claim", code=claim.code), 303)


@feature.get("/evidence/claims/<code>", permission=READ)
def show_claim(code: str) -> ResponseReturnValue:
    """One claim with what it rests on, and its challenges."""
    with use_case() as connection:
        claim = claim_store.claim(connection, code)
        outline = claim_store.outline(connection, claim["id"], points=MAP_POINTS)
        challenges = challenge_store.challenges(connection, ChallengeFilter(claim=code))
    subject = PermissionSubject(None, claim["operator_id"], claim["city_id"])
    may_end = claim["ended_on"] is None and allows(current_actor(), CLAIM, subject)
    return render(
        "evidence/claim.html",
        claim=claim,
        outline=outline,
        challenges=challenges,
        may_end=may_end,
        crumbs=crumbs((code, None)),
    )


@feature.get("/evidence/claims/<code>.geojson", permission=READ)
def claim_area(code: str) -> Response:
    """The claimed area, whole."""
    with use_case() as connection:
        text = claim_store.geojson(connection, claim_store.claim(connection, code)["id"])
    return attachment(text, f"{code}.geojson", "application/geo+json")


@feature.post("/evidence/claims/<code>/end", permission=CLAIM)
def end_claim(code: str) -> ResponseReturnValue:
    """Take a claim back."""
    with use_case() as connection:
        claims.end(connection, current_actor(), code)
    return done(t("claims.claim_taken_back", code=code), url_for("evidence.show_claim", code=code))


@feature.get("/evidence/measurements/new", permission=MEASURE)
def new_measurements() -> ResponseReturnValue:
    """The form for files of measurements."""
    return _measure_form({"mapping": DEFAULT}, {}, 200)


@feature.post("/evidence/measurements", permission=MEASURE, max_bytes=MEASURE_BYTES + MARGIN)
def add_measurements() -> ResponseReturnValue:
    """Load files of measurements; the form again with every finding when they are refused."""
    sent = {name: request.form.get(name, "").strip() for name in ("mapping", "crs", "partial")}
    files = [
        (file.filename or "", file.stream.read()) for file in request.files.getlist("file") if file.filename
    ]
    try:
        if not files:
            raise Invalid([Fault("file", None, "claims.file_needed")])
        rows = read_rows(files, named(sent["mapping"]), sent["crs"] or None)
        with use_case(timeout_ms=60_000) as connection:
            digest, partial = measurements.digest_of(files), sent["partial"] == "1"
            loaded = measurements.load(connection, current_actor(), rows, digest, partial=partial)
    except RegistryError as refused:
        return _measure_form(sent, messages(refused, at="file"), refused.status)
    if loaded.refused:
        return _measure_form(sent, {"file": t("claims.refused", faulty=loaded.faulty)}, 422, loaded)
    counts = {name: getattr(loaded, name) for name in ("read", "written", "faulty", "empty")}
    flash(t("claims.loaded", **counts), "done")
    if loaded.findings:
        return _measure_form(sent, {}, 200, loaded)
    return redirect(url_for("evidence.index") + "#measurements", 303)


@feature.post("/evidence/measurements/<digest>/delete", permission=MEASURE)
def delete_measurements(digest: str) -> ResponseReturnValue:
    """Take back what one loaded oneself."""
    with use_case() as connection:
        gone = measurements.take_back(connection, current_actor(), digest)
    return done(t("claims.taken_back", count=gone), url_for("evidence.index") + "#measurements")


def _claim_filter() -> ClaimFilter:
    args = request.args
    technology = args.get("technology")
    return ClaimFilter(
        args.get("operator") or None,
        technology if technology in TECHNOLOGIES else None,
        args.get("area") or None,
        args.get("ended") == "1",
        paging.page_number("form.invalid"),
    )


def _claim_form(sent: dict[str, Any], errors: dict[str, str], status: int) -> ResponseReturnValue:
    with use_case() as connection:
        own = current_actor().party_id
        offered = [p for p in parties.choices(connection) if p.id == own or p.kind == "carrier"]
    page = render(
        "evidence/claim_form.html",
        sent=sent,
        errors=errors,
        technologies=TECHNOLOGIES,
        caps=claim_caps(),
        offered=offered,
        crumbs=crumbs((t("claims.new_claim"), None)),
    )
    return page, status


def _measure_form(
    sent: dict[str, Any], errors: dict[str, str], status: int, loaded: measurements.Loaded | None = None
) -> ResponseReturnValue:
    column = "en" if locale() == "en" else "zh"
    mappings = [(name, reading.title[column]) for name, reading in readings().items()]
    page = render(
        "evidence/measure_form.html",
        sent=sent,
        errors=errors,
        mappings=mappings,
        left_out=[t(wrong.code, **wrong.params) for wrong in faulty().values()],
        findings=loaded.findings[: measurements.SHOWN] if loaded else (),
        caps=measurement_caps(),
        crumbs=crumbs((t("claims.new_measurements"), None)),
    )
    return page, status
