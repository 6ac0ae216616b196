"""The mapping that is there without a file: columns named like the register's own fields, in any language.

Headers may be field names, their Chinese or English labels, or the usual words for coordinates.
"""

from infra_registry import words
from infra_registry.assets.fields import Field, FieldType
from infra_registry.assets.kinds import KINDS, Kind, Shape, Status
from infra_registry.exchange.mapping import Mapping, PartMapping, Place, Value
from infra_registry.exchange.targets import OWN

X = ("lon", "lng", "longitude", "x", "经度", "经度（°）", "东坐标", "easting", "point_x", "x_lambert93")
Y = ("lat", "latitude", "y", "纬度", "纬度（°）", "北坐标", "northing", "point_y", "y_lambert93")
KEY = ("owner_ref", "产权单位自编号", "Owner's reference", "ref", "reference", "id", "编号", "资产编号")
HOST = ("host", "host_code", "所依附的设施", "所属铁塔", "铁塔编号", "support")
_MORE = {
    "name": ("名称", "站名", "杆号", "nom"),
    "address": ("地址", "adresse"),
    "owner": ("产权单位", "业主", "propriétaire"),
    "operator": ("运营单位", "运营商", "opérateur"),
    "status": ("状态",),
}


def generic_mapping(kind: Kind, *, spatial: bool) -> Mapping:
    """The mapping of a plain file of one kind; ``spatial``: its rows carry geometry of their own."""
    spec = KINDS[kind]
    fields = {name: _own(name) for name in OWN if not name.endswith("_stated")}
    fields |= {field.name: _of(field) for field in spec.fields}
    needs_shape = spec.shape is Shape.LINE
    place = Place("native") if spatial or needs_shape else Place("xy", X, Y)
    part = PartMapping(
        ("*",), kind.value, fields, place, Value("from", KEY), None if spec.host else Value("from", HOST)
    )
    title = {"zh": words.say("zh-Hans", f"kind.{kind}"), "en": words.say("en", f"kind.{kind}")}
    return Mapping(f"kind:{kind.value}", title, (part,), generic=True)


def _own(name: str) -> Value:
    codes = _codes(tuple(Status), "status.{}") if name == "status" else {}
    return Value("from", (name, *_labels(name), *_MORE.get(name, ())), codes=codes)


def _of(field: Field) -> Value:
    codes = _codes(field.choices, f"choice.{field.name}.{{}}") if field.choices else {}
    dates = ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%d/%m/%Y") if field.type is FieldType.DATE else ()
    return Value("from", (field.name, *_labels(field.name)), codes=codes, dates=dates)


def _labels(name: str) -> tuple[str, ...]:
    return tuple(words.say(locale, f"field.{name}") for locale in words.LOCALES)


def _codes(choices: tuple[str, ...], key: str) -> dict[str, str]:
    """Each code by itself and by its labels."""
    codes = {str(choice): str(choice) for choice in choices}
    for choice in choices:
        for locale in words.LOCALES:
            codes.setdefault(words.say(locale, key.format(choice)), str(choice))
    return codes
