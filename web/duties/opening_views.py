"""Acts on the opening of an asset and evidence about it, from its page."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.db import Connection
from infra_registry.duties.answers import evidence, opening
from infra_registry.duties.answers.evidence import Shown
from infra_registry.duties.answers.opening_checks import Act
from infra_registry.duties.inforce.law import law
from infra_registry.errors import Fault, Invalid, RegistryError
from infra_registry.rules.model import SubjectKind
from web.assets import asset_form as values
from web.assets.asset_views import page
from web.site.context import current_actor, fault_text, t, use_case
from web.site.routing import Feature

feature = Feature("opening", __name__)
ANSWERS = ("offered", "opened", "refused", "declined")
Form = Mapping[str, str]


@feature.post("/assets/<code>/opening/ask", permission=Permission.OPENING_ASK)
def ask(code: str) -> ResponseReturnValue:
    """Ask for the use of a place."""
    return _act(code, "as", "asked")


@feature.post("/assets/<code>/opening/answer", permission=Permission.OPENING_ANSWER)
def answer(code: str) -> ResponseReturnValue:
    """Offer, open, refuse or decline."""
    chosen = request.form.get("an_act", "")
    return _act(code, "an", chosen if chosen in ANSWERS else "")


@feature.post("/assets/<code>/opening/exempt", permission=Permission.OPENING_EXEMPT)
def exempt(code: str) -> ResponseReturnValue:
    """Record that an exception of the clause holds."""
    return _act(code, "ex", "exempted")


@feature.post("/assets/<code>/opening/<event>/withdraw", permission=Permission.ACCOUNT)
def withdraw(code: str, event: str) -> ResponseReturnValue:
    """Take a request, an answer or an exemption back."""

    def act(connection: Connection, form: Form) -> str:
        opening.withdraw(connection, current_actor(), event, reason=form.get("evidence", ""))
        return t("opening.withdrawn", code=event)

    return _do(code, f"wd-{event}", act)


@feature.post("/assets/<code>/evidence", permission=Permission.EVIDENCE_SHOW)
def show(code: str) -> ResponseReturnValue:
    """Show evidence about a fact."""

    def act(connection: Connection, form: Form) -> str:
        faults: list[Fault] = []
        known_on = values.day(form, "known_on", faults)
        if form.get("holds") not in ("true", "false"):
            faults.append(Fault("holds", form.get("holds", "")[:20], "field.required", "true | false"))
        values.refuse(faults)
        shown = Shown(form.get("fact", ""), form["holds"] == "true", form.get("basis", ""), known_on)
        evidence.show(connection, current_actor(), SubjectKind.ASSET, code.upper(), [shown])
        return t("evidence.done")

    return _do(code, "ev", act)


@feature.post("/assets/<code>/evidence/<fact>/take-back", permission=Permission.EVIDENCE_SHOW)
def take_back(code: str, fact: str) -> ResponseReturnValue:
    """Take back what was shown about a fact."""

    def act(connection: Connection, form: Form) -> str:
        basis = form.get("basis", "")
        evidence.take_back(
            connection, current_actor(), SubjectKind.ASSET, code.upper(), fact=fact, basis=basis
        )
        return t("evidence.done")

    return _do(code, f"tb-{fact}", act)


def _act(code: str, mark: str, kind: str) -> ResponseReturnValue:
    def act(connection: Connection, form: Form) -> str:
        faults: list[Fault] = []
        if not kind:
            faults.append(Fault("act", form.get("act", "")[:20], "opening.which_answer", ""))
        on = values.day(form, "on", faults)
        values.refuse(faults)
        texts = {name: form.get(name, "") for name in ("wanted", "ground", "evidence", "person", "answers")}
        if kind != "refused" and mark == "an":
            texts["ground"] = ""
        opening_act = Act(code.upper(), kind, on, **texts)
        (event,) = opening.record(connection, law(connection), current_actor(), [opening_act])
        return t("opening.done", code=event)

    return _do(code, mark, act)


def _do(code: str, mark: str, act: Callable[[Any, Form], str]) -> ResponseReturnValue:
    """Do it in one transaction; the asset's page again, with what was sent, when it is refused."""
    start = len(mark) + 1
    form = {name[start:]: text for name, text in request.form.items() if name.startswith(f"{mark}_")}
    try:
        with use_case() as connection:
            message = act(connection, form)
    except Invalid as error:
        wrong = {f"{mark}_{_field(fault.field)}": _said(fault) for fault in error.faults}
        return page(code, act=mark, sent=request.form, errors=wrong), error.status
    except RegistryError as error:
        if error.status != 409:
            raise
        wrong = {f"{mark}_evidence": t(error.code, **error.params)}
        return page(code, act=mark, sent=request.form, errors=wrong), 409
    flash(message, "done")
    return redirect(url_for("assets.show", code=code.upper()) + "#opening", 303)


def _field(name: str) -> str:
    """The form's field: faults of many places carry the place before it."""
    last = name.rsplit(".", 1)[-1]
    return "act" if last in ("asset", "asker") else last


def _said(fault: Fault) -> str:
    expected = fault.expected
    if fault.field.endswith(".ground") and expected:
        expected = t("gate.and").join(t(f"fact.{name}") for name in expected.split(" | "))
    return fault_text(replace(fault, expected=expected))
