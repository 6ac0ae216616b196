"""The browser libraries are what the committed list says, or nothing is served."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def vendor() -> ModuleType:
    spec = importlib.util.spec_from_file_location("vendor_script", ROOT / "scripts" / "vendor.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_vendored_file_has_a_hash(vendor: ModuleType) -> None:
    hashes = vendor.read_hashes(vendor.HASHES)
    assert set(hashes) == set(vendor.targets())
    assert all(len(value) == 64 for value in hashes.values())


def test_two_packages_never_share_a_target(vendor: ModuleType) -> None:
    sources = sum(len(files) for files in vendor.FILES.values())
    assert len(vendor.targets()) == sources


def test_pinned_versions_agree_with_the_lock(vendor: ModuleType) -> None:
    package = json.loads((vendor.WEB / "package.json").read_text("utf-8"))
    lock = json.loads((vendor.WEB / "package-lock.json").read_text("utf-8"))
    wanted = package["dependencies"] | package["devDependencies"]
    assert set(wanted) == set(vendor.FILES)
    for name, version in wanted.items():
        assert lock["packages"][f"node_modules/{name}"]["version"] == version


def test_the_lock_names_no_registry_host(vendor: ModuleType) -> None:
    lock = json.loads((vendor.WEB / "package-lock.json").read_text("utf-8"))
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]
    assert all("integrity" in entry for name, entry in lock["packages"].items() if name)


def test_a_changed_and_a_missing_file_are_found(vendor: ModuleType, tmp_path: Path) -> None:
    target = "htmx.org/htmx.min.js"
    (tmp_path / "htmx.org").mkdir()
    (tmp_path / target).write_text("alert(1)", "utf-8")
    found = vendor.faults(tmp_path, vendor.read_hashes(vendor.HASHES))
    assert f"{target}: differs from the list of hashes" in found
    assert "leaflet/leaflet.js: missing" in found


def test_missing_npm_is_said_with_a_remedy(
    vendor: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "package-lock.json").write_text("{}", "utf-8")
    monkeypatch.setattr(vendor.shutil, "which", lambda name: None)
    with pytest.raises(vendor.VendorError, match="Install Node"):
        vendor.install(tmp_path)
