"""The operating-system account the database server runs as.

PostgreSQL refuses to run as root. Root therefore hands each server program to ``postgres``, else to
``nobody``; anyone else runs it as himself.
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from infra_registry.errors import RegistryError

PREFERRED = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server. ``switch`` is true when this process has to give up root for it."""

    name: str
    uid: int
    gid: int
    switch: bool

    def run(
        self, command: list[str], *, output: IO[bytes] | int = subprocess.PIPE
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run a program as this account, away from our directory, terminal and PG* variables."""
        identity: dict[str, Any] = {}
        if self.switch:
            identity = {"user": self.uid, "group": self.gid, "extra_groups": []}
        # A session of its own: Ctrl-C in the terminal that started the server must not stop it.
        return subprocess.run(
            command,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            check=False,
            **identity,
        )

    def can_enter(self, directory: Path) -> bool:
        """True when this account may pass through ``directory`` and everything above it."""
        return self._may("-x", directory)

    def can_write(self, directory: Path) -> bool:
        """True when this account may make files in ``directory``."""
        return self._may("-w", directory)

    def _may(self, what: str, path: Path) -> bool:
        # Asked of the kernel as that account: it alone knows of access lists and mount options.
        return self.run(["test", what, str(path)]).returncode == 0

    def own(self, path: Path) -> None:
        """Give ``path`` and all below it to this account; does nothing when it is ours already."""
        if not self.switch:
            return
        os.chown(path, self.uid, self.gid)
        for parent, folders, files in os.walk(path):
            for name in (*folders, *files):
                os.chown(Path(parent) / name, self.uid, self.gid, follow_symlinks=False)


def account_for(data_dir: Path) -> Account:
    """Who has to run the server over ``data_dir``: its owner when it exists, else the best choice.

    Raises RegistryError ``cluster.not_yours`` when it belongs to somebody this process cannot become.
    """
    euid = os.geteuid()
    owner = data_dir.stat().st_uid if data_dir.exists() else None
    if euid != 0:
        if owner is not None and owner != euid:
            raise RegistryError("cluster.not_yours", path=str(data_dir), owner=_name(owner))
        return Account(_name(euid), euid, os.getegid(), switch=False)
    if owner:
        entry = _entry(owner)
        return Account(_name(owner), owner, entry.pw_gid if entry else owner, switch=True)
    for name in PREFERRED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid, switch=True)
    raise RegistryError("cluster.no_account", tried=", ".join(PREFERRED))


def _entry(uid: int) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None


def _name(uid: int) -> str:
    entry = _entry(uid)
    return entry.pw_name if entry else str(uid)
