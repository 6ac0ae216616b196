"""What production asks of its settings: keys that may be random, each for itself, and an address of its own."""

import base64
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra_registry import config, words
from infra_registry.config import Settings
from infra_registry.errors import RegistryError

GOOD = Settings(
    var_dir=Path("var"),
    profile="production",
    secret_key=secrets.token_urlsafe(48),
    case_key=secrets.token_hex(32),
    public_address="https://register.example",
)
GUESSED = {
    "": "missing",
    "h7Gq2xP9": "short",
    "s" * 40: "repeats",
    "Passw0rd!" * 5: "repeats",
    "1234567890" * 4: "repeats",
    "abcdefghijklmnopqrstuvwxyz0123456789": "rows",
    "qwertyuiopasdfghjklzxcvbnm1234567890": "rows",
    "correct-horse-battery-staple-2026": "words",
    "please change this key before production": "words",
    "infra-registry-production-secret-key-2026": "words",
    "women-de-mima-shi-hen-anquan-de-mima2026": "words",
    "深圳市共享基础设施登记系统的生产环境密钥请勿外传二〇二六年十二月一日启用": "words",
}
DRAWN: tuple[Callable[[], str], ...] = (
    lambda: secrets.token_urlsafe(48),
    lambda: base64.b64encode(secrets.token_bytes(48)).decode(),
    lambda: secrets.token_hex(16),
    lambda: secrets.token_hex(32),
    lambda: "".join(secrets.choice("0123456789") for _ in range(40)),
)


@pytest.mark.parametrize(("key", "why"), GUESSED.items())
@pytest.mark.parametrize("name", ["secret_key", "case_key"])
def test_a_key_that_can_be_guessed_is_named_with_what_is_wrong(key: str, why: str, name: str) -> None:
    keys: dict[str, Any] = {name: key}
    faults = config.faults(replace(GOOD, **keys))
    assert [(fault.field, fault.code) for fault in faults] == [
        (f"REGISTRY_{name.upper()}", f"config.key.{why}")
    ]
    for language in words.LOCALES:
        assert "openssl rand" in words.fault(language, faults[0])


@pytest.mark.parametrize("draw", DRAWN)
def test_random_keys_are_keys(draw: Callable[[], str]) -> None:
    assert [key for key in (draw() for _ in range(300)) if config.key_fault(key)] == []


@pytest.mark.parametrize(
    "change", [lambda key: key, lambda key: key + "1", lambda key: "x" + key[20:] + key[:20]]
)
def test_two_keys_share_nothing(change: Callable[[str], str]) -> None:
    assert GOOD.secret_key is not None
    faults = config.faults(replace(GOOD, case_key=change(GOOD.secret_key)))
    assert [(fault.field, fault.code) for fault in faults] == [("REGISTRY_CASE_KEY", "config.key.alike")]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (None, "config.address.missing"),
        ("http://register.example", "config.address.plain"),
        ("http://localhost:8000", None),
        ("https://register.example:8443", None),
    ],
)
def test_the_public_address_is_there_and_encrypted(address: str | None, code: str | None) -> None:
    faults = config.faults(replace(GOOD, public_address=address))
    assert [fault.code for fault in faults] == ([code] if code else [])


def test_everything_wrong_is_told_at_once() -> None:
    bare = Settings(var_dir=Path("var"), profile="production")
    assert [fault.field for fault in config.faults(bare)] == [
        "REGISTRY_SECRET_KEY",
        "REGISTRY_CASE_KEY",
        "PUBLIC_ADDRESS",
    ]


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("https://Register.Example/", "https://register.example"),
        ("https://register.example:443", "https://register.example"),
        ("http://[::1]:9000", "http://[::1]:9000"),
    ],
)
def test_an_address_is_scheme_host_and_port(sent: str, read: str) -> None:
    assert config.load({"PUBLIC_ADDRESS": sent}).public_address == read


@pytest.mark.parametrize(
    "sent",
    [
        "register.example", "//register.example", "ftp://register.example", "https://register.example/x",
        "https://me@register.example", "https://a b", "https://x:99999", "https://register.example?x",
        "https://", "https://x\r\nHost: y",
    ],
)  # fmt: skip
def test_anything_else_is_no_address(sent: str) -> None:
    with pytest.raises(RegistryError, match=r"config\.public_address"):
        config.load({"PUBLIC_ADDRESS": sent})


def test_hosts_are_names_and_development_knows_this_machine() -> None:
    settings = config.load({"HOSTS": "a.example, [::2],10.0.0.5 ", "HOST": "10.9.9.9"})
    assert settings.known_hosts == config.LOOPBACK | {"a.example", "::2", "10.0.0.5", "10.9.9.9"}
    assert replace(GOOD, hosts=("a.example",)).known_hosts == {"register.example", "a.example"}
    assert "0.0.0.0" not in config.load({"HOST": "0.0.0.0"}).known_hosts
    for wrong in ("*", "a.example/x", "https://a.example"):
        with pytest.raises(RegistryError, match=r"config\.hosts"):
            config.load({"HOSTS": wrong})
