"""Where a private cluster keeps its data and its socket.

Normally both lie in the cluster's own directory. Data moves to ``/var/lib`` when the server's account
cannot reach that directory (a checkout under a 0700 home, used as root); the socket moves to a short
path when the normal one would exceed what the kernel takes. Either move is written to ``place.json``.
"""

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from infra_registry.cluster.account import Account
from infra_registry.errors import RegistryError

PORT = 5432
# sun_path holds 108 bytes with the closing zero.
SOCKET_PATH_LIMIT = 107
STATE_ROOT = Path("/var/lib/infra-registry")
RECORD = "place.json"


@dataclass(frozen=True, slots=True)
class Place:
    """``home`` holds ``data`` and ``log``; ``elsewhere`` when it is not the cluster's directory."""

    home: Path
    socket_dir: Path
    elsewhere: bool

    @property
    def data_dir(self) -> Path:
        """The PostgreSQL data directory."""
        return self.home / "data"

    @property
    def log_dir(self) -> Path:
        """Server logs, one file a weekday."""
        return self.home / "log"


def recorded_place(directory: Path) -> Place:
    """Where the cluster of ``directory`` is, as last decided. Reads only.

    Raises RegistryError ``cluster.not_yours`` when the record may not be read.
    """
    record = directory / RECORD
    try:
        moved = json.loads(record.read_text("utf-8")) if record.exists() else {}
    except PermissionError as error:
        raise RegistryError("cluster.not_yours", path=str(record), owner="root") from error
    home = Path(moved.get("home", directory))
    return Place(home, Path(moved.get("socket_dir", home / "run")), elsewhere=home != directory)


def decide_place(directory: Path, account: Account, *, temporary: bool) -> Place:
    """Choose, create and record the directories. The server must not be running.

    ``temporary`` clusters that cannot stay in ``directory`` go below the temporary directory, so that
    nothing of theirs outlives a reboot.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if account.switch:
        directory.chmod(0o711)
    before = recorded_place(directory)
    home = before.home if before.elsewhere and before.home.exists() else directory
    if not account.can_enter(home):
        home = _reachable_home(directory, temporary=temporary)
        if not account.can_enter(home):
            raise RegistryError("cluster.unreachable", path=str(home), account=account.name)
    place = Place(home, _socket_dir(home, before.socket_dir, account), elsewhere=home != directory)
    for owned in (place.log_dir, place.socket_dir):
        owned.mkdir(mode=0o700, exist_ok=True)
        owned.chmod(0o700)
        account.own(owned)
    _record(directory, place)
    return place


def _reachable_home(directory: Path, *, temporary: bool) -> Path:
    if temporary:
        home = Path(tempfile.mkdtemp(prefix="registry-"))
    else:
        home = STATE_ROOT / hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]
        home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o711)
    return home


def _socket_dir(home: Path, before: Path, account: Account) -> Path:
    normal = home / "run"
    if _fits(normal):
        return normal
    if before != normal and before.is_dir() and before.stat().st_uid == account.uid:
        return before
    runtime = os.environ.get("XDG_RUNTIME_DIR") if os.geteuid() else None
    parent = runtime if runtime and os.access(runtime, os.W_OK) else None
    # mkdtemp: a name nobody can have put there before us.
    short = Path(tempfile.mkdtemp(prefix="reg-", dir=parent))
    return short if _fits(short) else Path(tempfile.mkdtemp(prefix="reg-", dir="/tmp"))


def _fits(socket_dir: Path) -> bool:
    return len(os.fsencode(socket_dir / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_LIMIT


def _record(directory: Path, place: Place) -> None:
    record = directory / RECORD
    moved = {}
    if place.elsewhere:
        moved["home"] = str(place.home)
    if place.socket_dir != place.home / "run":
        moved["socket_dir"] = str(place.socket_dir)
    if not moved:
        record.unlink(missing_ok=True)
        return
    fresh = record.with_suffix(".new")
    fresh.write_text(json.dumps(moved, indent=1) + "\n", encoding="utf-8")
    fresh.chmod(0o644)
    fresh.replace(record)
