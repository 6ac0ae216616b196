"""Keys of the cases: one per case, wrapped by the operator's; destroying the wrapped key erases the case.

AES-256-GCM throughout, bound to the case number and the purpose, so that no text can be moved to another
case or read as something else. Plain texts are padded, so that lengths tell nothing.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from infra_registry.config import MINIMUM_KEY_LENGTH, Settings
from infra_registry.errors import RegistryError

KEY_BYTES = 32
NONCE_BYTES = 12
PADDING = 512


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The operator's key and what is derived from it, one key per purpose."""

    master: bytes

    def derive(self, purpose: str) -> bytes:
        """The key of one purpose."""
        return HKDF(SHA256(), KEY_BYTES, salt=b"registry-cases-1", info=purpose.encode()).derive(self.master)

    def wrap(self, number: str, case_key: bytes) -> bytes:
        """The case's key, to be kept in the database."""
        return _encrypt(self.derive("wrap"), case_key, f"key:{number}")

    def unwrap(self, number: str, wrapped: bytes | None) -> bytes:
        """The case's key; raises RegistryError ``cases.erased`` when it was destroyed, ``cases.key_wrong``
        when the operator's key is another one."""
        if wrapped is None:
            raise RegistryError("cases.erased")
        return _decrypt(self.derive("wrap"), bytes(wrapped), f"key:{number}")

    def mark(self, purpose: str, value: str) -> bytes:
        """HMAC-SHA256 of a value under the key of a purpose (RFC 2104)."""
        return hmac.new(self.derive(purpose), value.encode(), hashlib.sha256).digest()

    def address_digest(self, address: str, day: date) -> bytes:
        """What stands for a network address for one day; the address itself is kept nowhere."""
        return self.mark("address", f"{day.isoformat()} {address}")[:16]


def load(settings: Settings) -> Keys:
    """The operator's key, or in development one made on this machine and kept below ``var`` (mode 0600).

    Raises RegistryError ``config.key_required`` in production without a key.
    """
    if settings.case_key:
        return Keys(settings.case_key.encode())
    if settings.production:
        raise RegistryError(
            "config.key_required", name="REGISTRY_CASE_KEY", expected=f"{MINIMUM_KEY_LENGTH}+"
        )
    return Keys(settings.local_key("case").encode())


def new_key() -> bytes:
    """A fresh key for one case."""
    return secrets.token_bytes(KEY_BYTES)


def seal(key: bytes, content: Mapping[str, Any], *, bound_to: str) -> bytes:
    """Encrypt a mapping of JSON values; ``bound_to`` names what it belongs to."""
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return _encrypt(key, plain + b" " * (-len(plain) % PADDING), bound_to)


def unseal(key: bytes, sealed: bytes, *, bound_to: str) -> dict[str, Any]:
    """Decrypt what ``seal`` made; raises RegistryError ``cases.key_wrong`` when it does not open."""
    content: dict[str, Any] = json.loads(_decrypt(key, bytes(sealed), bound_to))
    return content


def _encrypt(key: bytes, plain: bytes, bound_to: str) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to.encode())


def _decrypt(key: bytes, sealed: bytes, bound_to: str) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to.encode())
    except (InvalidTag, ValueError) as error:
        raise RegistryError("cases.key_wrong") from error
