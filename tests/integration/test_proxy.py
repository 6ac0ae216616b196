"""The real server in production behind Debian's nginx, on the configuration that docker-compose.yml mounts."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPResponse, HTTPSConnection
from pathlib import Path

import pytest

from infra_registry.access import SERVICE
from infra_registry.cluster import Addresses
from infra_registry.db import Database
from infra_registry.parties import users
from tests.integration.test_production import FIT, PROGRAM

CONFIGURATION = Path(__file__).resolve().parents[2] / "docs" / "nginx.conf"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
PASSWORD = "a long enough secret"
START_S = 60
MAIN = """daemon off; pid {folder}/nginx.pid; error_log stderr error;
events {{ worker_connections 256; }}
http {{ access_log {folder}/access.log; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; include {folder}/site.conf; }}
"""


@dataclass(frozen=True)
class Front:
    """nginx with TLS on a port of this machine, and the folder of its files."""

    port: int
    plain_port: int
    folder: Path

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: object = None,
        source: str = "127.0.0.1",
        **headers: str,
    ) -> tuple[HTTPResponse, str]:
        """One request from an address of this machine; header names with ``_`` for ``-``."""
        context = ssl.create_default_context(cafile=str(self.folder / "certificate.pem"))
        connection = HTTPSConnection(
            "localhost", self.port, timeout=30, context=context, source_address=(source, 0)
        )
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, sent)  # type: ignore[arg-type]
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        connection.close()
        return answer, text


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def certificate(folder: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", str(folder / "key.pem"),
         "-out", str(folder / "certificate.pem")],
        check=True, capture_output=True,
    )  # fmt: skip


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_S
    while True:
        assert process.poll() is None, "ended while starting"
        assert time.monotonic() < until
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return


@pytest.fixture
def front(addresses: Addresses, tmp_path: Path) -> Iterator[Front]:
    if not Path(NGINX).exists():
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    folder = tmp_path / "nginx"
    folder.mkdir()
    tmp_path.chmod(0o755)
    certificate(folder)
    front, inner = Front(free_port(), free_port(), folder), free_port()
    text = CONFIGURATION.read_text("utf-8")
    for shipped, here in (
        ("web:8000", f"127.0.0.1:{inner}"),
        ("listen 443 ssl", f"listen 127.0.0.1:{front.port} ssl"),
        ("listen 80", f"listen 127.0.0.1:{front.plain_port}"),
        ("/etc/nginx/tls", str(folder)),
        ("client_body_timeout 20s", "client_body_timeout 1s"),
    ):
        assert shipped in text
        text = text.replace(shipped, here)
    (folder / "site.conf").write_text(text, "utf-8")
    main = MAIN.format(folder=folder)
    if os.geteuid() == 0:
        main = "user root;\n" + main
    (folder / "nginx.conf").write_text(main, "utf-8")
    environment = os.environ | FIT | {
        "DATABASE_URL": addresses.app,
        "DATABASE_OWNER_URL": addresses.owner,
        "REGISTRY_VAR": str(tmp_path / "var"),
        "PUBLIC_ADDRESS": f"https://localhost:{front.port}",
        "PROXIES": "1",
    }  # fmt: skip
    serve = [*PROGRAM, "serve", "--no-worker", "--processes", "1", "--port", str(inner)]
    with ExitStack() as stack:
        for command, port in ((serve, inner), ([NGINX, "-c", str(folder / "nginx.conf")], front.port)):
            process = stack.enter_context(
                subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
            )
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
            wait_for(port, process)
        yield front


def test_the_register_behind_the_shipped_proxy(front: Front, database: Database) -> None:
    # One start serves all that is asked, because starting server and proxy takes seconds.
    page, _ = front.ask("/", Accept="text/html")
    assert page.status == 200
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Server" not in page.headers or re.fullmatch("nginx|registry", page.headers["Server"])
    assert front.ask("/", Host="elsewhere.example")[0].status == 400
    with socket.create_connection(("127.0.0.1", front.plain_port), 5) as plain:
        plain.sendall(b"GET /assets HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert b" 308 " in plain.recv(200)

    with database.use_case(SERVICE) as connection:
        users.create(connection, SERVICE, users.NewUser("anna", "anna", password=PASSWORD))
    form, text = front.ask("/login")
    token = re.search(r'name="csrf_token" value="([^"]+)"', text)
    cookies = "; ".join(value.split(";")[0] for value in form.headers.get_all("Set-Cookie") or [])
    assert token is not None

    def log_in(password: str, source: str, forged: str) -> HTTPResponse:
        return front.ask(
            "/login", method="POST", body=f"login=anna&password={password}&csrf_token={token[1]}", source=source,
            Content_Type="application/x-www-form-urlencoded", Cookie=cookies, X_Forwarded_For=forged,
            Origin=f"https://localhost:{front.port}",
        )[0]  # fmt: skip

    # The address that is limited is the visitor's own, whatever he writes into the header.
    guesses = [log_in("wrong", "127.0.0.9", f"203.0.113.{number}").status for number in range(6)]
    assert guesses == [401] * 5 + [429]
    answer = log_in(PASSWORD.replace(" ", "+"), "127.0.0.10", "127.0.0.9")
    assert answer.status == 303
    session = next(value for value in answer.headers.get_all("Set-Cookie") or [] if "session" in value)
    assert session.startswith("__Host-")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(session.split("; "))

    large, text = front.ask("/login", method="POST", body=b"x" * (1024 * 1024 + 1))
    assert (large.status, "too large" in text, "文件太大" in text) == (413, True, True)

    # A body that stops coming is cut by the proxy, and the register never sees it.
    context = ssl.create_default_context(cafile=str(front.folder / "certificate.pem"))
    raw = socket.create_connection(("127.0.0.1", front.port), 10)
    with context.wrap_socket(raw, server_hostname="localhost") as slow:
        slow.sendall(b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nlogin=")
        started = time.monotonic()
        ending = slow.recv(1000)
        assert ending == b"" or b" 408 " in ending
        assert time.monotonic() - started < 8

    front.ask("/answer/some-link")
    logged = (front.folder / "access.log").read_text()
    assert "/login" in logged
    assert "some-link" not in logged
    identified, _ = front.ask("/healthz", X_Request_ID="x" * 32)
    assert identified.status == 200
    assert identified.headers.get("X-Request-ID") != "x" * 32


def test_a_register_that_is_away_is_said_in_words(front: Front) -> None:
    text = (front.folder / "site.conf").read_text("utf-8")
    inner = re.search(r"server (127\.0\.0\.1:\d+);", text)
    assert inner is not None
    away = text.replace(inner[1], f"127.0.0.1:{free_port()}")
    (front.folder / "site.conf").write_text(away, "utf-8")
    subprocess.run([NGINX, "-c", str(front.folder / "nginx.conf"), "-s", "reload"], check=True)
    until = time.monotonic() + 10
    while (answer := front.ask("/"))[0].status == 200 and time.monotonic() < until:
        time.sleep(0.1)
    assert (answer[0].status, answer[0].headers["Retry-After"]) == (503, "30")
    assert "暂时不可用" in answer[1]
    assert "not available" in answer[1]
