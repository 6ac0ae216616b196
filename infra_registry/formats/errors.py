"""Why a file cannot be read at all."""

from infra_registry.errors import RegistryError


class FormatError(RegistryError):
    """The file as a whole is not readable; ``code`` is a message key ``format.*``."""
