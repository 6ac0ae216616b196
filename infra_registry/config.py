"""Settings, read once from the environment; nothing else reads the environment."""

import os
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from infra_registry.errors import RegistryError

MINIMUM_KEY_LENGTH = 32
# For what is about no area; each area has its own. migrations/sql/015_area_day.sql repeats it.
DEFAULT_ZONE = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may set.

    Without ``database_url`` a private PostGIS runs under ``var_dir``. ``profile`` is
    ``development`` or ``production``; production wants both keys and refuses sample data. ``proxies`` is how many
    reverse proxies of ours stand before the server: so many entries of X-Forwarded-For are believed.
    """

    var_dir: Path
    database_url: str | None = None
    database_owner_url: str | None = None
    database_superuser_url: str | None = None
    profile: str = "development"
    secret_key: str | None = None
    case_key: str | None = None
    case_keys: Path | None = None
    basemap_file: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    proxies: int = 0

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
        """Where a secret for each case lies: shared by all servers, outside every backup of the database."""
        return self.case_keys or self.var_dir / "keys" / "cases"

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
    settings = Settings(
        var_dir=Path(env.get("REGISTRY_VAR", "var")).absolute(),
        database_url=env.get("DATABASE_URL") or None,
        database_owner_url=env.get("DATABASE_OWNER_URL") or None,
        database_superuser_url=env.get("DATABASE_SUPERUSER_URL") or None,
        profile=profile,
        secret_key=env.get("REGISTRY_SECRET_KEY") or None,
        case_key=env.get("REGISTRY_CASE_KEY") or None,
        case_keys=Path(env["REGISTRY_CASE_KEYS"]) if env.get("REGISTRY_CASE_KEYS") else None,
        basemap_file=Path(env["REGISTRY_BASEMAP"]) if env.get("REGISTRY_BASEMAP") else None,
        host=env.get("HOST", "127.0.0.1"),
        port=_port(env.get("PORT", "8000")),
        proxies=_proxies(env.get("PROXIES", "0")),
    )
    _require_keys(settings)
    return settings


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


def _require_keys(settings: Settings) -> None:
    if not settings.production:
        return
    for name, value in (
        ("REGISTRY_SECRET_KEY", settings.secret_key),
        ("REGISTRY_CASE_KEY", settings.case_key),
    ):
        if value is None or len(value) < MINIMUM_KEY_LENGTH:
            raise RegistryError("config.key_required", name=name, expected=f"{MINIMUM_KEY_LENGTH}+")


def today() -> date:
    """The legal day of the register, for what is about no area; of an area ``areas.ground_store.day_of`` gives it."""
    return datetime.now(ZoneInfo(DEFAULT_ZONE)).date()
