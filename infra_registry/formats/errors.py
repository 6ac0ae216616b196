"""Why a file cannot be read at all."""

from infra_registry.errors import RegistryError


class FormatError(RegistryError):
    """The file as a whole is not readable; ``code`` is a message key ``format.*``.

    Its parameters are those of a finding: ``value`` is what the file has, ``expected`` what would be right.
    """
