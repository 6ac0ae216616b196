"""Files are kept whole by their content or not at all."""

import errno
import io
import os
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from infra_registry.errors import NoRoom, NotFound, RegistryError
from infra_registry.files import Folder, keep, path_of, safe_name


def test_a_file_is_kept_once_under_its_hash(tmp_path: Path) -> None:
    first = keep(tmp_path, Folder.UPLOADS, io.BytesIO(b"pole"), name="a.csv", cap=10)
    again = keep(tmp_path, Folder.UPLOADS, io.BytesIO(b"pole"), name="b.csv", cap=10)
    assert (first.digest, first.byte_count) == (sha256(b"pole").hexdigest(), 4)
    assert again.digest == first.digest
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [first.digest]
    assert path_of(tmp_path, Folder.UPLOADS, first.digest).read_bytes() == b"pole"


@pytest.mark.parametrize(("content", "code"), [(b"x" * 11, "file.too_large"), (b"", "file.empty")])
def test_what_is_refused_leaves_nothing(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(RegistryError) as refused:
        keep(tmp_path, Folder.UPLOADS, io.BytesIO(content), name="a.csv", cap=10)
    assert refused.value.code == code
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_classes_do_not_see_each_other_and_names_lead_nowhere(tmp_path: Path) -> None:
    kept = keep(tmp_path, Folder.EVIDENCE, io.BytesIO(b"x"), name="a", cap=10)
    for digest in (kept.digest, "../../etc/passwd", ""):
        with pytest.raises(NotFound):
            path_of(tmp_path, Folder.UPLOADS, digest)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("C:\\x\\表 一.csv", "表 一.csv"),
        ("../../etc/passwd", "passwd"),
        ("a\x00\u202eb.csv", "ab.csv"),
        ("..", "file"),
    ],
)
def test_names_are_only_text(sent: str, shown: str) -> None:
    assert safe_name(sent) == shown
    assert len(safe_name("x" * 300 + ".geojson")) == 120
    assert safe_name("x" * 300 + ".geojson").endswith(".geojson")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_says_so_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    real = tempfile.NamedTemporaryFile

    def narrow(**options: Any) -> Any:
        part = real(**options)
        write = part.write

        def full(data: bytes) -> int:
            write(data[:100])
            raise OSError(code, os.strerror(code))

        monkeypatch.setattr(part, "write", full)
        return part

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", narrow)
    with pytest.raises(NoRoom) as refused:
        keep(tmp_path, Folder.UPLOADS, io.BytesIO(b"x" * 500), name="a.csv", cap=1000)
    assert (refused.value.code, refused.value.status) == ("file.no_room", 507)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_file_system_that_is_really_full(tmp_path: Path) -> None:
    place = tmp_path / "small"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], check=False).returncode:
        pytest.skip("may not mount here")
    try:
        with pytest.raises(NoRoom):
            keep(place, Folder.UPLOADS, io.BytesIO(b"x" * 200_000), name="a.csv", cap=1 << 20)
        assert not [path for path in place.rglob("*") if path.is_file()]
    finally:
        subprocess.run(["umount", place], check=True)
