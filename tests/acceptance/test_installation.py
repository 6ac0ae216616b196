"""The locked packages install on the oldest supported pip, whatever the package index offers on a later day."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"
PIP_LOCK = Path(__file__).with_name("pip_23_0_1.lock")
NEWER = "999.0.0"


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
    """An empty virtual environment with pip 23.0.1, the release of Debian 12."""
    venv = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    pip = [str(venv / "bin/python"), "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    subprocess.run([*pip, "-r", str(PIP_LOCK)], check=True)
    return venv


def test_the_lock_installs_beside_a_newer_release(environment: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    offer_newer_release(index, "pydantic")
    links = f"{os.environ.get('PIP_FIND_LINKS', '')} {index}".strip()
    done = subprocess.run(
        ["sh", str(ROOT / "scripts/install_lock.sh"), str(environment), str(LOCK)],
        env=os.environ | {"PIP_FIND_LINKS": links},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    listed = subprocess.run(
        [str(environment / "bin/python"), "-m", "pip", "list", "--format=freeze"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    installed = dict(line.split("==") for line in listed.split())
    assert installed["pydantic"] != NEWER
    assert f"\npydantic=={installed['pydantic']} " in LOCK.read_text("utf-8")
