"""Settings, read once from the environment; nothing else reads the environment."""

import os
import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from infra_registry.errors import Fault, RegistryError

MINIMUM_KEY_LENGTH = 32
SHARED_PIECE = 12  # characters in a row that two keys may not have in common
PIECE = 3
DIFFERENT_PIECES = 0.6  # of a key's pieces of three; of random ones nearly all differ
ROWS = "abcdefghijklmnopqrstuvwxyz 01234567890 qwertyuiop asdfghjkl zxcvbnm"
# The commonest pairs of letters in English and in pinyin: half and more of a text, an eighth of random letters.
WRITTEN = (
    "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro "
    "ic ne ea ra ce li ch ll be ma si om ur ec et ta ac us el ho no la wo ge ke ey wh ay sh ca ss pa ee id ai un ua "
    "zh ia uo ao xi ji qu gu"
)
LEAST_PAIRS = 15
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]*:[0-9a-f:.]*", re.ASCII)
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
OPENID = ("ISSUER", "CLIENT", "SECRET", "NAME")
EVERYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  compared, not bound
# For what is about no area; each area has its own. migrations/sql/015_area_day.sql repeats it.
DEFAULT_ZONE = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class OpenId:
    """The city's identity provider: its issuer, what it knows us by, and what people call it.

    ``factors`` are the values of its claims ``acr`` and ``amr`` that stand for a second factor.
    """

    issuer: str
    client: str
    secret: str
    name: str
    factors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may set.

    Without ``database_url`` a private PostGIS runs under ``var_dir``. ``profile`` is
    ``development`` or ``production``; what production wants, ``faults`` tells. ``proxies`` is how many
    reverse proxies of ours stand before the server: so many entries of X-Forwarded-For are believed.
    ``public_address`` (scheme, host, port where it is not the usual one) is what every link that leaves the register
    begins with; ``hosts`` are further names it may be asked by.
    """

    var_dir: Path
    database_url: str | None = None
    database_owner_url: str | None = None
    database_superuser_url: str | None = None
    profile: str = "development"
    secret_key: str | None = None
    case_key: str | None = None
    case_key_before: str | None = None
    case_keys: Path | None = None
    key_backups: Path | None = None
    basemap_file: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    proxies: int = 0
    public_address: str | None = None
    hosts: tuple[str, ...] = ()
    openid: OpenId | None = None

    @property
    def known_hosts(self) -> frozenset[str]:
        """Names by which the register may be asked; in development also those of this machine."""
        names = {*self.hosts}
        if self.public_address:
            names.add(urlsplit(self.public_address).hostname or "")
        if not self.production:
            names |= LOOPBACK | ({self.host.strip("[]").lower()} - EVERYWHERE)
        return frozenset(names)

    @property
    def production(self) -> bool:
        """True where no sample data or sample log-ins may exist."""
        return self.profile == "production"

    @property
    def files_dir(self) -> Path:
        """Where content-addressed files lie."""
        return self.var_dir / "files"

    @property
    def case_keys_dir(self) -> Path:
        """Where the secrets of the cases lie: shared by all servers, outside every backup of the database."""
        return self.case_keys or self.var_dir / "keys" / "cases"

    @property
    def key_backups_dir(self) -> Path:
        """Where backups of those secrets lie, from where the worker removes them when they are too old."""
        return self.key_backups or self.var_dir / "key-backups"

    def local_key(self, name: str) -> str:
        """A random key kept below ``var_dir`` (mode 0600), made on first use."""
        path = self.var_dir / "keys" / f"{name}.key"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f".{secrets.token_hex(8)}")
            try:
                draft.touch(mode=0o600)
                draft.write_text(secrets.token_urlsafe(48), "ascii")
                os.link(
                    draft, path
                )  # whole or not at all: two processes that start together agree on one key
            except FileExistsError:
                pass
            finally:
                draft.unlink(missing_ok=True)
        return path.read_text("ascii")


def load(environ: dict[str, str] | None = None) -> Settings:
    """Read settings from the environment.

    Raises RegistryError ``config.*`` naming the variable, its value and what would be right.
    """
    env = dict(os.environ if environ is None else environ)
    profile = env.get("PROFILE", "development")
    if profile not in ("development", "production"):
        raise RegistryError("config.profile", value=profile, expected="development | production")
    return Settings(
        var_dir=Path(env.get("REGISTRY_VAR", "var")).absolute(),
        database_url=env.get("DATABASE_URL") or None,
        database_owner_url=env.get("DATABASE_OWNER_URL") or None,
        database_superuser_url=env.get("DATABASE_SUPERUSER_URL") or None,
        profile=profile,
        secret_key=env.get("REGISTRY_SECRET_KEY") or None,
        case_key=env.get("REGISTRY_CASE_KEY") or None,
        case_key_before=env.get("REGISTRY_CASE_KEY_BEFORE") or None,
        case_keys=Path(env["REGISTRY_CASE_KEYS"]) if env.get("REGISTRY_CASE_KEYS") else None,
        key_backups=Path(env["REGISTRY_KEY_BACKUPS"]) if env.get("REGISTRY_KEY_BACKUPS") else None,
        basemap_file=Path(env["REGISTRY_BASEMAP"]) if env.get("REGISTRY_BASEMAP") else None,
        host=env.get("HOST", "127.0.0.1"),
        port=_port(env.get("PORT", "8000")),
        proxies=_proxies(env.get("PROXIES", "0")),
        public_address=_address(env["PUBLIC_ADDRESS"]) if env.get("PUBLIC_ADDRESS") else None,
        hosts=_hosts(env.get("HOSTS", "")),
        openid=_openid({name: env.get(f"OPENID_{name}", "").strip() for name in (*OPENID, "FACTORS")}),
    )


def compiled_dir() -> Path:
    """Where compiled loops are kept; may be asked before there is a key or a database."""
    return Path(os.environ.get("REGISTRY_VAR", "var")).absolute() / "cache" / "compiled"


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise RegistryError("config.port", value=text, expected="1 … 65535")
    return int(text)


def _proxies(text: str) -> int:
    if text not in ("0", "1", "2", "3", "4"):
        raise RegistryError("config.proxies", value=text, expected="0 … 4")
    return int(text)


def _address(text: str) -> str:
    try:
        parts = urlsplit(text.strip().lower())
        name, bare = parts.hostname or "", f"{parts.scheme}://{parts.netloc}"
        sound = parts.port != 0 and HOST.fullmatch(name) and "@" not in bare
    except ValueError:
        sound = None
    if not sound or parts.scheme not in ("http", "https") or text.strip().lower().rstrip("/") != bare:
        raise RegistryError("config.public_address", value=text[:200], expected="https://register.example")
    return bare.removesuffix(":443" if parts.scheme == "https" else ":80")


def _hosts(text: str) -> tuple[str, ...]:
    names = tuple(name.strip().strip("[]").lower() for name in text.split(",") if name.strip())
    wrong = [name for name in names if not HOST.fullmatch(name)]
    if wrong:
        raise RegistryError(
            "config.hosts", value=", ".join(wrong)[:200], expected="register.example, 10.0.0.5"
        )
    return names


def _openid(values: dict[str, str]) -> OpenId | None:
    if not any(values.values()):
        return None
    lacking = [f"OPENID_{name}" for name in OPENID if not values[name]]
    if lacking:
        raise RegistryError(
            "config.openid", value=", ".join(lacking), expected="OPENID_" + ", OPENID_".join(OPENID)
        )
    issuer = urlsplit(values["ISSUER"])
    if issuer.scheme != "https" and not (issuer.scheme == "http" and issuer.hostname in LOOPBACK):
        raise RegistryError("config.issuer", value=values["ISSUER"][:200], expected="https://id.example")
    factors = tuple(name.strip() for name in values["FACTORS"].split(",") if name.strip())
    return OpenId(values["ISSUER"], values["CLIENT"], values["SECRET"], values["NAME"], factors)


def faults(settings: Settings) -> list[Fault]:
    """What keeps an installation from serving in production: each fault names the setting and how to mend it."""
    keys = {"REGISTRY_SECRET_KEY": settings.secret_key, "REGISTRY_CASE_KEY": settings.case_key}
    codes = [(name, key_fault(key)) for name, key in keys.items()]
    wrong = [Fault(name, None, code, str(MINIMUM_KEY_LENGTH)) for name, code in codes if code]
    signing, wrapping = (_pieces(key or "", SHARED_PIECE) for key in keys.values())
    if set(signing) & set(wrapping):
        wrong.append(Fault("REGISTRY_CASE_KEY", None, "config.key.alike", "REGISTRY_SECRET_KEY"))
    address = urlsplit(settings.public_address or "")
    if not settings.public_address:
        wrong.append(Fault("PUBLIC_ADDRESS", None, "config.address.missing", "https://register.example"))
    elif address.scheme != "https" and address.hostname not in LOOPBACK:
        wrong.append(Fault("PUBLIC_ADDRESS", settings.public_address, "config.address.plain", "https://"))
    return wrong


def key_fault(key: str | None) -> str | None:
    """Why a text is no key, as a message key; None for one that may be random.

    A key has 32 characters or more; three fifths of its pieces of three characters differ from each other; fewer than
    half of its characters follow the one before in the alphabet, among the digits or on a keyboard; and, unless it is
    hexadecimal, fewer than half of its pairs of letters are the commonest pairs of English and pinyin.
    """
    if not key:
        return "config.key.missing"
    if len(key) < MINIMUM_KEY_LENGTH:
        return "config.key.short"
    if not key.isascii():
        return "config.key.words"
    plain = key.lower()
    pieces, pairs = _pieces(plain, PIECE), _pieces(plain, 2)
    if len(set(pieces)) < DIFFERENT_PIECES * len(pieces):
        return "config.key.repeats"
    if 2 * sum(pair in ROWS or pair[::-1] in ROWS for pair in pairs) >= len(pairs):
        return "config.key.rows"
    letters = [pair for pair in pairs if pair.isalpha()]
    wordy = len(letters) >= LEAST_PAIRS and 2 * sum(pair in WRITTEN for pair in letters) >= len(letters)
    return "config.key.words" if wordy and re.search("[g-z]", plain) else None


def _pieces(text: str, length: int) -> list[str]:
    return [text[start : start + length] for start in range(len(text) - length + 1)]


def today() -> date:
    """The legal day of the register, for what is about no area; of an area ``areas.ground_store.day_of`` gives it."""
    return datetime.now(ZoneInfo(DEFAULT_ZONE)).date()
