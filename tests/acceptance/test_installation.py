"""The product installs from its locks and its wheel, and runs where no checkout is.

The locked packages go in with the oldest supported pip, whatever the package index offers on a later day.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from infra_registry.cluster import Cluster

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"
PIP_LOCK = Path(__file__).with_name("pip_23_0_1.lock")
NEWER = "999.0.0"
SHIPPED = ("data", "infra_registry", "migrations", "web")
SAMPLE_CITY = "370800"  # one of the five; the others are loaded by the same code
START_S = 120


def offer_newer_release(index: Path, name: str) -> None:
    """Put a wheel of a release far above the locked one into a directory that pip reads as an index."""
    index.mkdir()
    info = f"{name}-{NEWER}.dist-info"
    with zipfile.ZipFile(index / f"{name}-{NEWER}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {NEWER}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with pip 23.0.1, the release of Debian 12, and nothing but the lock of the product."""
    folder = tmp_path_factory.mktemp("environment")
    venv, index = folder / "venv", folder / "index"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(venv), "install", "--quiet", "--no-compile"]
    subprocess.run([*pip, "--no-deps", "--require-hashes", "-r", str(PIP_LOCK)], check=True)
    offer_newer_release(index, "pydantic")
    links = f"{os.environ.get('PIP_FIND_LINKS', '')} {index}".strip()
    done = subprocess.run(
        ["sh", str(ROOT / "scripts/install_lock.sh"), str(venv), str(LOCK)],
        # pip takes a false value to switch off what an option named "no" switches off: nothing is compiled
        # before it is imported.
        env=os.environ | {"PIP_FIND_LINKS": links, "PIP_NO_COMPILE": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return venv


def run(environment: Path, *words: str, cwd: Path, **settings: str) -> str:
    """Standard output of a program of the environment, started in ``cwd`` without this process's variables."""
    done = subprocess.run(
        [str(environment / "bin" / words[0]), *words[1:]],
        cwd=cwd,
        env=outside(**settings),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


def outside(**settings: str) -> dict[str, str]:
    return {"PATH": os.defpath, "LANG": "C.UTF-8", **settings}


def test_the_lock_installs_beside_a_newer_release(environment: Path, tmp_path: Path) -> None:
    words = ("pip", "--disable-pip-version-check", "list", "--format=json")
    listed = json.loads(run(environment, "python", "-m", *words, cwd=tmp_path))
    installed = {entry["name"]: entry["version"] for entry in listed}
    assert installed["pydantic"] != NEWER
    assert f"\npydantic=={installed['pydantic']} " in LOCK.read_text("utf-8")


@pytest.fixture(scope="module")
def wheel_environment(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment with the wheel of a clean copy of this checkout installed."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    unwanted = shutil.ignore_patterns("node_modules", "__pycache__", "*.egg-info")
    for name in SHIPPED:
        shutil.copytree(ROOT / name, source / name, ignore=unwanted)
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = ("python", "-m", "pip", "--quiet", "--disable-pip-version-check")
    run(environment, *pip, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "./source", cwd=folder)
    (wheel,) = folder.glob("*.whl")
    run(environment, *pip, "install", "--no-deps", "--no-index", "--no-compile", str(wheel), cwd=folder)
    run(environment, *pip, "check", cwd=folder)
    return environment


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    """A folder for the register's data; its database server is stopped and removed whatever happens."""
    folder = tmp_path / "var"
    try:
        yield folder
    finally:
        Cluster(folder / "pg").destroy()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def fetch(url: str, server: subprocess.Popen[bytes]) -> bytes:
    """The body of a page of the server, waited for until it answers."""
    until = time.monotonic() + START_S
    while True:
        try:
            answer = urlopen(url, timeout=30)
        except URLError:
            assert server.poll() is None, "the server has ended"
            assert time.monotonic() < until, f"{url} does not answer"
            time.sleep(0.2)
        else:
            with answer:
                body: bytes = answer.read()
            return body


def test_the_wheel_runs_away_from_the_checkout(wheel_environment: Path, var: Path, tmp_path: Path) -> None:
    port = str(free_port())
    settings = {"REGISTRY_VAR": str(var), "PORT": port, "REGISTRY_LANG": "en"}
    place = "from infra_registry import resources; print(resources.DATA)"
    assert run(wheel_environment, "python", "-c", place, cwd=tmp_path).startswith(str(wheel_environment))
    for words in (("db", "up"), ("db", "migrate"), ("demo", "--city", SAMPLE_CITY)):
        run(wheel_environment, "infra-registry", *words, cwd=tmp_path, **settings)
    command = [str(wheel_environment / "bin/infra-registry"), "serve", "--processes", "1"]
    with (tmp_path / "serve.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=tmp_path, env=outside(**settings), stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        fetch(f"{address}/readyz", server)
        assert b"</html>" in fetch(f"{address}/", server)
        vendored = fetch(f"{address}/static/vendor/bootstrap/bootstrap.min.css", server)
        assert vendored == (ROOT / "web/static/vendor/bootstrap/bootstrap.min.css").read_bytes()
    finally:
        server.terminate()
        assert server.wait(60) == 0
