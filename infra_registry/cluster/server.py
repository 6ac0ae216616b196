"""A private PostGIS server under one directory: start, stop, look at it."""

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import psycopg

from infra_registry.cluster.account import Account, account_for
from infra_registry.cluster.binaries import Binaries, find_binaries
from infra_registry.cluster.place import PORT, Place, decide_place, recorded_place
from infra_registry.cluster.tuning import HBA, SHARED_MEMORY, memory_bytes, render, server_settings
from infra_registry.errors import RegistryError

SUPERUSER = "registry_super"
START_TIMEOUT_S = 120
# After a killed postmaster its children, and so its lock, can take seconds to go.
RETRY_DELAYS_S = (0.3, 0.6, 1.2, 2.4, 4.8, 4.8)


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """What is known of a cluster. ``elsewhere``: data is not below the directory it was asked for."""

    state: Literal["running", "stopped", "absent"]
    version: str | None
    postgis_version: str | None
    data_dir: Path
    socket_dir: Path
    port: int
    pid: int | None
    elsewhere: bool


class Cluster:
    """One private server. Touches no other cluster of the machine and opens no network port."""

    def __init__(self, directory: Path, *, fast: bool = False) -> None:
        """``fast`` is for tests: it may lose data when the machine goes down, not when a process does."""
        self.directory = directory.absolute()
        self.fast = fast

    @property
    def place(self) -> Place:
        """Where data, socket and log lie."""
        return recorded_place(self.directory)

    def url(self, user: str, database: str) -> str:
        """A libpq address over the socket; with ``postgresql+psycopg:`` in front SQLAlchemy takes it."""
        host = quote(str(self.place.socket_dir), safe="")
        return f"postgresql://{quote(user, safe='')}@/{quote(database, safe='')}?host={host}&port={PORT}"

    def status(self) -> ClusterStatus:
        """Look without changing anything.

        Raises RegistryError ``cluster.not_yours`` when the data belongs to another account.
        """
        place = self.place
        binaries = self._installed()
        account_for(place.data_dir)
        pid = self._pid()
        state: Literal["running", "stopped", "absent"] = "absent"
        if _initialised(place.data_dir):
            state = "running" if pid is not None and self._answers() else "stopped"
        return ClusterStatus(
            state=state,
            version=binaries.version if binaries else None,
            postgis_version=binaries.postgis if binaries else None,
            data_dir=place.data_dir,
            socket_dir=place.socket_dir,
            port=PORT,
            pid=pid if state == "running" else None,
            elsewhere=place.elsewhere,
        )

    @property
    def died(self) -> bool:
        """True when the server ended without being stopped: its lock file is left and its process is not."""
        return (self.place.data_dir / "postmaster.pid").exists() and self._pid() is None

    def up(self) -> ClusterStatus:
        """Make and start the cluster where needed; safe to call at once from several processes.

        Raises RegistryError ``cluster.*`` with the end of the server's own words when it will not start.
        """
        with self.locked():
            if not (_initialised(self.place.data_dir) and self._answers()):
                self._start_from_rest()
        return self.status()

    def down(self) -> ClusterStatus:
        """Stop the server, cutting open sessions; a stopped or absent one stays as it is."""
        if self.status().state == "absent" and self._pid() is None:
            return self.status()
        with self.locked():
            self._stop()
        return self.status()

    def destroy(self) -> None:
        """Stop the server and delete its data for good."""
        self.down()
        place = self.place
        shutil.rmtree(self.directory, ignore_errors=True)
        for left in (place.home, place.socket_dir):
            if left.exists():
                shutil.rmtree(left)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the cluster against other processes that would start, stop or restore it."""
        self.directory.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(self.directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except PermissionError as error:
            raise RegistryError("cluster.not_yours", path=str(self.directory), owner="root") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _start_from_rest(self) -> None:
        account = account_for(self.place.data_dir)
        place = decide_place(self.directory, account, temporary=self.fast)
        account = account_for(place.data_dir)
        binaries = self._binaries()
        if not _initialised(place.data_dir):
            _initialise(place, account, binaries, fast=self.fast)
        self._configure(place, account)
        self._start(place, account, binaries)

    def _configure(self, place: Place, account: Account) -> None:
        settings = server_settings(
            memory_bytes(),
            os.cpu_count() or 1,
            socket_dir=place.socket_dir,
            log_dir=place.log_dir,
            port=PORT,
            fast=self.fast,
            shared_memory=account.can_write(SHARED_MEMORY),
        )
        texts = {"postgresql.conf": render(settings), "pg_hba.conf": HBA, "pg_ident.conf": ""}
        for name, text in texts.items():
            path = place.data_dir / name
            path.write_text(text, encoding="utf-8")
            path.chmod(0o600)
            account.own(path)

    def _start(self, place: Place, account: Account, binaries: Binaries) -> None:
        log = place.log_dir / "start.log"
        command = [binaries.program("pg_ctl"), "-D", str(place.data_dir), "-l", str(log)]
        command += ["-w", "-t", str(START_TIMEOUT_S), "start"]
        for delay in (*RETRY_DELAYS_S, None):
            log.unlink(missing_ok=True)
            inhabited = _inhabited(place.data_dir)
            if not inhabited:
                # Locks of a dead server whose process id is taken again (or a zombie's) would keep the
                # new one down.
                for lock in (place.data_dir / "postmaster.pid", place.socket_dir / f".s.PGSQL.{PORT}.lock"):
                    lock.unlink(missing_ok=True)
            # The server keeps the output it was started with: a pipe would never close.
            done = account.run(command, output=subprocess.DEVNULL)
            if done.returncode == 0 or self._answers():
                return
            if delay is None or not inhabited:
                break
            time.sleep(delay)
        raise RegistryError("cluster.start_failed", log=str(place.log_dir), said=_last_words(place.log_dir))

    def _stop(self) -> None:
        place = self.place
        if self._pid() is None:
            return
        account = account_for(place.data_dir)
        command = [self._binaries().program("pg_ctl"), "-D", str(place.data_dir)]
        done = account.run([*command, "-m", "fast", "-w", "-t", str(START_TIMEOUT_S), "stop"])
        if done.returncode != 0 and self._pid() is not None:
            raise RegistryError("cluster.stop_failed", said=done.stdout.decode(errors="replace").strip())

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.url(SUPERUSER, "postgres"), connect_timeout=5):
                return True
        except psycopg.OperationalError:
            return False

    def _pid(self) -> int | None:
        """The postmaster's process id while it lives.

        Its lock file can outlive it and the number be given to another program, so the process must
        also work in our data directory.
        """
        data_dir = self.place.data_dir
        try:
            pid = int((data_dir / "postmaster.pid").read_text("ascii").split("\n", 1)[0])
            return pid if Path(f"/proc/{pid}/cwd").readlink() == data_dir.resolve() else None
        except (FileNotFoundError, ValueError, PermissionError):
            return None

    def _binaries(self) -> Binaries:
        version_file = self.place.data_dir / "PG_VERSION"
        return find_binaries(int(version_file.read_text("ascii")) if version_file.exists() else None)

    def _installed(self) -> Binaries | None:
        try:
            return self._binaries()
        except RegistryError:
            return None


def _initialised(data_dir: Path) -> bool:
    return (data_dir / "PG_VERSION").exists()


def _last_words(log_dir: Path) -> str:
    logs = sorted(log_dir.glob("*.log"), key=lambda path: path.stat().st_mtime)
    lines = [line for log in logs for line in log.read_text("utf-8", errors="replace").splitlines()]
    return "\n".join(lines[-8:])


def _inhabited(data_dir: Path) -> bool:
    """True while any server process, the postmaster or an orphan of it, works in the data directory."""
    home = data_dir.resolve()
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if link.readlink() == home:
                return True
        except OSError:
            continue
    return False


def _initialise(place: Place, account: Account, binaries: Binaries, *, fast: bool) -> None:
    # Made beside and moved into place: a start that was cut off leaves no half cluster behind.
    fresh = place.home / "data.new"
    if fresh.exists():
        shutil.rmtree(fresh)
    fresh.mkdir(mode=0o700)
    account.own(fresh)
    command = [binaries.program("initdb"), "-D", str(fresh), "-U", SUPERUSER, "-A", "trust", "-E", "UTF8"]
    # With locale C, trigram search finds nothing in Chinese text.
    command += ["--locale", "C.UTF-8", "--lc-messages", "C", "--no-instructions", "--data-checksums"]
    done = account.run([*command, "--no-sync"] if fast else command)
    if done.returncode != 0:
        shutil.rmtree(fresh)
        output = done.stdout.decode(errors="replace")[-2000:].strip()
        raise RegistryError("cluster.initdb_failed", said=output)
    fresh.rename(place.data_dir)
