"""What a typed field of an asset is: pure values, no database.

A field is declared once; columns, CHECK constraints, forms, API schemas, import
targets and published columns are made from the declaration.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from math import isfinite
from typing import Any

from infra_registry.errors import Fault


class FieldType(StrEnum):
    """How a value is stored and read."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Field:
    """One typed column of one kind. ``low`` and ``high`` are inclusive, in the unit of the name."""

    name: str
    type: FieldType
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    required: bool = False
    max_length: int = 200


def text(name: str, *, max_length: int = 200, required: bool = False) -> Field:
    """A text of at most ``max_length`` characters."""
    return Field(name, FieldType.TEXT, max_length=max_length, required=required)


def number(name: str, low: float, high: float, *, required: bool = False) -> Field:
    """A finite decimal number within ``low`` and ``high``."""
    return Field(name, FieldType.NUMBER, low, high, required=required)


def integer(name: str, low: int, high: int, *, required: bool = False) -> Field:
    """A whole number within ``low`` and ``high``."""
    return Field(name, FieldType.INTEGER, low, high, required=required)


def choice(name: str, *choices: str, required: bool = False) -> Field:
    """One of a closed list of codes."""
    return Field(name, FieldType.CHOICE, choices=choices, required=required)


def flag(name: str) -> Field:
    """True, false or not stated."""
    return Field(name, FieldType.BOOLEAN)


def day(name: str) -> Field:
    """A calendar date."""
    return Field(name, FieldType.DATE)


TRUE = {"true", "1", "yes", "y", "oui", "是", "有"}
FALSE = {"false", "0", "no", "n", "non", "否", "无"}


def parse(field: Field, raw: Any) -> tuple[Any, Fault | None]:
    """Read a raw value (text from a form or file, or JSON) as the field's type.

    Returns the value and no fault, or None and the fault. An empty value is None,
    which is a fault only for a required field.
    """
    if isinstance(raw, str):
        raw = raw.strip()
    if raw is None or raw == "":
        if field.required:
            return None, Fault(field.name, raw, "field.required", expected(field))
        return None, None
    try:
        value = _READERS[field.type](field, raw)
    except (ValueError, ArithmeticError, TypeError, KeyError):
        return None, Fault(field.name, raw, f"field.not_{field.type}", expected(field))
    return _within(field, raw, value)


def _within(field: Field, raw: Any, value: Any) -> tuple[Any, Fault | None]:
    if field.low is not None and field.high is not None and not field.low <= float(value) <= field.high:
        return None, Fault(field.name, raw, "field.out_of_range", expected(field))
    if field.type is FieldType.TEXT and len(value) > field.max_length:
        return None, Fault(field.name, raw[:80], "field.too_long", expected(field))
    return value, None


def parse_all(fields: Sequence[Field], raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """The values of all fields by name, and every fault; a faulty value is None."""
    parsed = {field.name: parse(field, raw.get(field.name)) for field in fields}
    faults = [fault for _, fault in parsed.values() if fault]
    return {name: value for name, (value, _) in parsed.items()}, faults


def expected(field: Field) -> str:
    """What would be right, language-free: a range, a list of codes or an example."""
    if field.choices:
        return " | ".join(field.choices)
    if field.low is not None and field.high is not None:
        return f"{field.low:g} … {field.high:g}"
    if field.type is FieldType.DATE:
        return "2026-01-31"
    if field.type is FieldType.BOOLEAN:
        return "true | false"
    return f"1 … {field.max_length}"


def _read_text(_: Field, raw: Any) -> str:
    value = str(raw)
    if any(ord(c) < 32 and c not in "\n\t\r" for c in value):
        raise ValueError("control character")
    return value


def _read_number(_: Field, raw: Any) -> float:
    if isinstance(raw, bool):
        raise TypeError("boolean")
    value = float(Decimal(str(raw).replace(",", "."))) if isinstance(raw, str) else float(raw)
    if not isfinite(value):
        raise ValueError("not finite")
    return value


def _read_integer(field: Field, raw: Any) -> int:
    value = _read_number(field, raw)
    if value != int(value):
        raise ValueError("not whole")
    return int(value)


def _read_boolean(_: Field, raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw).lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ValueError("not a truth value")


def _read_date(_: Field, raw: Any) -> date:
    if hasattr(raw, "date"):
        raw = raw.date()
    if isinstance(raw, date):
        return raw
    return date.fromisoformat(str(raw)[:10])


def _read_choice(field: Field, raw: Any) -> str:
    if raw not in field.choices:
        raise ValueError("not in the list")
    return str(raw)


_READERS = {
    FieldType.TEXT: _read_text,
    FieldType.NUMBER: _read_number,
    FieldType.INTEGER: _read_integer,
    FieldType.BOOLEAN: _read_boolean,
    FieldType.DATE: _read_date,
    FieldType.CHOICE: _read_choice,
}
