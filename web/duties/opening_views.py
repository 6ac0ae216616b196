"""Acts on the opening of an asset and evidence about it, from its page."""

from dataclasses import replace

from infra_registry.access import Permission
from infra_registry.db import Connection
from infra_registry.duties.answers import evidence, opening
from infra_registry.duties.answers.evidence import Shown
from infra_registry.duties.answers.opening_checks import Act
from infra_registry.duties.inforce.law import law
from infra_registry.errors import Fault
from infra_registry.rules.model import SubjectKind
from web.assets import asset_form as values
from web.assets.act_forms import Acts, Form
from web.assets.asset_views import page
from web.site.context import current_actor, fault_text, t
from web.site.routing import Feature

feature = Feature("opening", __name__)
ANSWERS = ("offered", "opened", "refused", "declined")


def _message(fault: Fault) -> tuple[str, str]:
    """Field and text of a fault: faults of many places carry the place before the field."""
    field, expected = fault.field.rsplit(".", 1)[-1], fault.expected
    if fault.field.endswith(".ground") and expected:
        expected = t("gate.and").join(t(f"fact.{name}") for name in expected.split(" | "))
    return "act" if field in ("asset", "asker") else field, fault_text(replace(fault, expected=expected))


acts = Acts(feature, "/assets/<code>", page, "assets.show", "evidence", anchor="#opening", message=_message)


@acts.post("opening/ask", Permission.OPENING_ASK, "as")
def ask(connection: Connection, code: str, form: Form) -> str:
    """Ask for the use of a place."""
    return _record(connection, code, form, "asked")


@acts.post("opening/answer", Permission.OPENING_ANSWER, "an")
def answer(connection: Connection, code: str, form: Form) -> str:
    """Offer, open, refuse or decline."""
    chosen = form.get("act", "")
    if chosen != "refused":
        form = {**form, "ground": ""}
    return _record(connection, code, form, chosen if chosen in ANSWERS else "")


@acts.post("opening/exempt", Permission.OPENING_EXEMPT, "ex")
def exempt(connection: Connection, code: str, form: Form) -> str:
    """Record that an exception of the clause holds."""
    return _record(connection, code, form, "exempted")


@acts.post("opening/<event>/withdraw", Permission.ACCOUNT, "wd-{event}")
def withdraw(connection: Connection, _code: str, form: Form, event: str) -> str:
    """Take a request, an answer or an exemption back."""
    opening.withdraw(connection, current_actor(), event, reason=form.get("evidence", ""))
    return t("opening.withdrawn", code=event)


@acts.post("evidence", Permission.EVIDENCE_SHOW, "ev")
def show(connection: Connection, code: str, form: Form) -> str:
    """Show evidence about a fact."""
    faults: list[Fault] = []
    known_on = values.day(form, "known_on", faults)
    if form.get("holds") not in ("true", "false"):
        faults.append(Fault("holds", form.get("holds", "")[:20], "field.required", "true | false"))
    values.refuse(faults)
    shown = Shown(form.get("fact", ""), form["holds"] == "true", form.get("basis", ""), known_on)
    evidence.show(connection, current_actor(), SubjectKind.ASSET, code, [shown])
    return t("evidence.done")


@acts.post("evidence/<fact>/take-back", Permission.EVIDENCE_SHOW, "tb-{fact}")
def take_back(connection: Connection, code: str, form: Form, fact: str) -> str:
    """Take back what was shown about a fact."""
    basis = form.get("basis", "")
    evidence.take_back(connection, current_actor(), SubjectKind.ASSET, code, fact=fact, basis=basis)
    return t("evidence.done")


def _record(connection: Connection, code: str, form: Form, kind: str) -> str:
    faults: list[Fault] = []
    if not kind:
        faults.append(Fault("act", form.get("act", "")[:20], "opening.which_answer", ""))
    on = values.day(form, "on", faults)
    values.refuse(faults)
    texts = {name: form.get(name, "") for name in ("wanted", "ground", "evidence", "person", "answers")}
    act = Act(code, kind, on, **texts)
    (event,) = opening.record(connection, law(connection), current_actor(), [act])
    return t("opening.done", code=event)
