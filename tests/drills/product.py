"""The product as an operator runs it: `serve` with its worker on the embedded database; and how to kill parts of it."""

import hashlib
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import insert, text

from infra_registry.access import SERVICE, Permission, Role
from infra_registry.cluster import Addresses, Cluster, cluster_addresses
from infra_registry.db import Database, migrate
from infra_registry.parties.tables import api_token, party, user_account, user_role

START_S = 60
PROGRAM = [sys.executable, "-c", "from infra_registry.cli import main; main()"]


class Product:
    """A register below a directory of its own, on a free port."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.cluster = Cluster(directory / "pg")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def addresses(self) -> Addresses:
        """Log-ins of the register."""
        return cluster_addresses(self.cluster)

    def start(self, *, sample: bool = False) -> str:
        """Make the register, one editor and his token, and serve; the token. ``sample`` loads the sample cities."""
        self.cluster.up()
        migrate(self.addresses.owner, self.addresses.superuser)
        token = _editor_with_token(self.addresses)
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DATABASE_", "REGISTRY_"))
        }
        environment |= {"REGISTRY_VAR": str(self.directory), "PORT": str(self.port)}
        if sample:
            subprocess.run([*PROGRAM, "demo"], env=environment, check=True, stdout=subprocess.DEVNULL)
        with (self.directory / "serve.log").open("wb") as log:  # the server keeps its own copy open
            self.process = subprocess.Popen(
                [*PROGRAM, "serve", "--processes", "2"],
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait_until_served()
        return token

    def wait_until_served(self) -> None:
        """Until it says that it is well."""
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
            try:
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            time.sleep(0.1)
        raise SystemExit(
            f"not served within {START_S} s: {(self.directory / 'serve.log').read_text()[-2000:]}"
        )

    def stop(self) -> None:
        """End the server in good order, then the database and its data."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.cluster.destroy()

    def kill_web_process(self) -> int:
        """Kill one of the processes that answer requests; its master starts another."""
        assert self.process is not None
        serving = [
            pid for master in _children(self.process.pid) for pid in _children(master) if _is(pid, "gunicorn")
        ]
        return _kill(secrets.choice(serving)) if serving else 0

    def kill_job_worker(self) -> int:
        """Kill the process that does the jobs; `serve` starts another."""
        assert self.process is not None
        workers = [
            pid for pid in _children(self.process.pid) if _is(pid, "worker") and not _is(pid, "gunicorn")
        ]
        return _kill(workers[0]) if workers else 0

    @contextmanager
    def database_frozen(self) -> Iterator[None]:
        """Meanwhile the database server and every process of it stand still: connections stay open, nothing answers."""
        pid = self.cluster.status().pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)  # or it would start another process meanwhile
        everyone = [pid, *_children(pid)]
        try:
            for one in everyone:
                _send(one, signal.SIGSTOP)
            yield
        finally:
            for one in everyone:
                _send(one, signal.SIGCONT)

    def kill_database(self) -> int:
        """Kill the database server and every process of it at once, then start it again."""
        pid = self.cluster.status().pid
        assert pid is not None
        everyone = [*_children(pid), pid]
        os.kill(pid, signal.SIGSTOP)  # or it would tidy up between the first kill and its own
        for one in everyone:
            _kill(one)
        self.cluster.up()
        return pid


def _editor_with_token(addresses: Addresses) -> str:
    database = Database(addresses.app)
    token = "irt_" + secrets.token_urlsafe(32)
    try:
        with database.use_case(SERVICE) as connection:
            owner = connection.scalar(
                insert(party).values(code="DRILL", name="drill", kind="carrier").returning(party.c.id)
            )
            user = connection.scalar(
                insert(user_account)
                .values(login="drill", name="drill", password_hash="-", party_id=owner)
                .returning(user_account.c.id)
            )
            connection.execute(insert(user_role).values(user_id=user, role=Role.CARRIER_EDITOR.value))
            connection.execute(
                insert(api_token).values(
                    user_id=user,
                    name="drill",
                    digest=hashlib.sha256(token.encode()).digest(),
                    scopes=[Permission.ASSET_CREATE.value],
                    ends_at=text("now() + interval '1 day'"),
                )
            )
    finally:
        database.dispose()
    return token


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def _is(pid: int, word: str) -> bool:
    try:
        return word in Path(f"/proc/{pid}/cmdline").read_text()
    except FileNotFoundError:
        return False


def _kill(pid: int) -> int:
    return _send(pid, signal.SIGKILL)


def _send(pid: int, what: signal.Signals) -> int:
    try:
        os.kill(pid, what)
    except ProcessLookupError:
        return 0
    return pid
