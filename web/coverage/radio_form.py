"""The form of a run of mobile coverage: what was sent, the question it makes, and what is wrong with it."""

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from infra_registry.access import Permission, PermissionSubject, allows
from infra_registry.areas import Area
from infra_registry.areas import store as areas
from infra_registry.coverage.radio.limits import limits
from infra_registry.coverage.radio.question import Question, threshold_of
from infra_registry.db import Connection
from infra_registry.errors import Fault, Invalid, RegistryError
from web.site.context import current_actor, t
from web.site.errors import messages

LEVELS = ("city", "district")


def areas_offered(connection: Connection) -> list[Area]:
    """Areas this actor may compute a run for: cities and districts with a boundary."""

    def may(area: Area) -> bool:
        city_id = area.id if area.level == "city" else area.parent_id
        return allows(current_actor(), Permission.COVERAGE_RUN, PermissionSubject(city_id=city_id))

    return [
        area
        for level in LEVELS
        for area in areas.listed(connection, level=level)
        if area.has_boundary and may(area)
    ]


def empty(area: str) -> dict[str, Any]:
    """A form nobody has filled in: the defaults of data/coverage."""
    bounds, plain = limits(), Question(area)
    return {
        "area": area,
        "technology": [],
        "environment": plain.environment,
        "step_m": bounds.step_m,
        "threshold_kind": bounds.threshold[0],
        "threshold": f"{bounds.threshold[1]:g}",
        "minimum_m2": f"{bounds.minimum_m2:g}",
        "compared_with": "",
        "budget": ", ".join(str(value) for value in plain.budgets),
        "target": ", ".join(f"{100 * value:g}" for value in plain.targets),
        "remedies": "1",
    }


def sent(form: MultiDict[str, str]) -> dict[str, Any]:
    """What came with the form, so that nothing is lost when it is shown again."""
    texts = {name: form.get(name, "")[:80] for name in empty("")}
    return texts | {"technology": form.getlist("technology")}


def question(fields: Mapping[str, Any]) -> Question:
    """The question a form asks; Invalid with every fault of its fields."""
    faults: list[Fault] = []
    if not fields["area"]:
        faults.append(Fault("area", "", "field.required", ""))
    step = _number(fields["step_m"], "step_m", str(limits().step_m), faults)
    if step is not None and step != int(step):
        faults.append(Fault("step_m", fields["step_m"], "radio_page.whole_number", ""))
    minimum = _number(fields["minimum_m2"], "minimum_m2", f"{limits().minimum_m2:g}", faults)
    level = _number(fields["threshold"], "threshold", f"{limits().threshold[1]:g}", faults)
    budgets = _numbers(fields["budget"], "budget", "5, 10, 20", faults)
    targets = _numbers(fields["target"], "target", "50, 80, 95", faults)
    if any(value != int(value) for value in budgets):
        faults.append(Fault("budget", fields["budget"], "radio_page.whole_number", ""))
    if faults:
        raise Invalid(faults)
    kind = fields["threshold_kind"]
    return Question(
        fields["area"],
        step_m=None if step is None else int(step),
        technologies=tuple(fields["technology"]) or None,
        environment=fields["environment"],
        threshold=None if level is None else threshold_of(f"{kind}:{level:g}"),
        minimum_m2=minimum,
        compared_with=fields["compared_with"] or None,
        budgets=tuple(int(value) for value in budgets),
        targets=tuple(value / 100 for value in targets),
        remedies=fields["remedies"] == "1",
    )


def faults_in_words(refused: RegistryError) -> dict[str, str]:
    """Messages by field; a refusal for its cost tells the cost, what belongs to no field stands at the area."""
    if isinstance(refused, Invalid) and refused.code != "form.invalid":
        return {refused.faults[0].field: t(refused.code, **refused.params)}
    return messages(refused, at="area")


def _number(text: Any, field: str, example: str, faults: list[Fault]) -> float | None:
    written = str(text).strip()
    if not written:
        return None
    try:
        number = float(written)
    except ValueError:
        number = float("nan")
    if not abs(number) < 1e12:
        faults.append(Fault(field, written[:40], "radio_page.not_number", example))
        return None
    return number


def _numbers(text: str, field: str, example: str, faults: list[Fault]) -> list[float]:
    parts = text.replace("，", ",").replace("、", ",").replace("%", "").split(",")
    values = [_number(part, field, example, faults) for part in parts if part.strip()]
    return [value for value in values if value is not None]
