"""What is wrong with a form of evidence, field by field, in the reader's language."""

from infra_registry.errors import Invalid, RegistryError
from web.site.context import t


def errors_of(refused: RegistryError, field: str) -> dict[str, str]:
    """Messages by field; what belongs to none stands at ``field``."""
    if isinstance(refused, Invalid):
        return {
            fault.field: t(fault.code, field=fault.field, value=fault.value, expected=fault.expected)
            for fault in refused.faults
        }
    return {field: t(refused.code, **refused.params)}
