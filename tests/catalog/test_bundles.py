"""Models in one file: what goes in comes out whole, and what a stranger made of it is refused in words."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from model_files import write_planner

from lmd_desktop.catalog.bundle import MANIFEST, MIMETYPE, write_bundle
from lmd_desktop.catalog.bundle_reading import read_bundle, unpack_bundle
from lmd_desktop.catalog.installed import InstalledModel, inspect_model
from lmd_desktop.domain.errors import Cancelled, UserError


def quiet(_done: int, _total: int) -> None:
    pass


def painter(folder: Path) -> InstalledModel:
    """As far as a bundle looks: a folder with files, among them some that must stay behind."""
    for name in ("model_index.json", "unet/weights.safetensors", "README.md", "unet/weights.bin", ".cache/x"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode() * 1000)
    return InstalledModel(folder, "painter", "A painter", licence="cc-by-nc-4.0")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    target = tmp_path / "out" / "models.lmdmodels"
    target.parent.mkdir()
    models = [inspect_model(write_planner(tmp_path / "a" / "talker.gguf")), painter(tmp_path / "b")]
    write_bundle(models, target, progress=quiet)
    assert list(target.parent.iterdir()) == [target]
    return target


def test_models_travel_whole_with_their_licences(bundle: Path, tmp_path: Path) -> None:
    read = read_bundle(bundle)
    assert [(model.kind, model.title, model.licence) for model in read.models] == [
        ("planner", "Tiny talker", "apache-2.0"),
        ("painter", "A painter", "cc-by-nc-4.0"),
    ]
    told: list[tuple[int, int]] = []
    planner, folder = unpack_bundle(read, tmp_path / "models", progress=lambda *counts: told.append(counts))
    assert planner.read_bytes() == (tmp_path / "a" / "talker.gguf").read_bytes()
    assert inspect_model(planner).title == "Tiny talker"
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert found == ["README.md", "model_index.json", "unet/weights.safetensors"]
    assert told[-1] == (read.size_bytes, read.size_bytes)


def test_what_is_there_already_is_used_and_not_written_again(bundle: Path, tmp_path: Path) -> None:
    first = unpack_bundle(read_bundle(bundle), tmp_path / "models", progress=quiet)
    stamp = first[0].stat().st_mtime_ns
    assert unpack_bundle(read_bundle(bundle), tmp_path / "models", progress=quiet) == first
    assert first[0].stat().st_mtime_ns == stamp


def test_what_is_cancelled_leaves_nothing(bundle: Path, tmp_path: Path) -> None:
    def cancel(_done: int, _total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        unpack_bundle(read_bundle(bundle), tmp_path / "models", progress=cancel)
    assert list((tmp_path / "models").iterdir()) == []
    with pytest.raises(Cancelled):
        write_bundle([painter(tmp_path / "b")], bundle.with_name("other.lmdmodels"), progress=cancel)
    assert list(bundle.parent.iterdir()) == [bundle]


def test_a_changed_byte_is_noticed_and_nothing_of_the_model_stays(bundle: Path, tmp_path: Path) -> None:
    data = bundle.read_bytes()
    at = data.index(b"README.md" * 10)
    bundle.write_bytes(data[:at] + b"x" + data[at + 1 :])
    with pytest.raises(UserError, match=r"cannot be used"):
        unpack_bundle(read_bundle(bundle), tmp_path / "models", progress=quiet)
    assert [path.name[:4] for path in (tmp_path / "models").iterdir()] == ["tiny"]


def rewritten(bundle: Path, change: Callable[[dict], object], *, compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(bundle) as archive:
        entries = {info.filename: archive.read(info) for info in archive.infolist()}
    manifest = json.loads(entries[MANIFEST])
    change(manifest)
    with zipfile.ZipFile(bundle, "w", compression) as archive:
        for name, data in (entries | {MANIFEST: json.dumps(manifest).encode()}).items():
            archive.writestr(name, data, zipfile.ZIP_STORED if name in ("mimetype", MANIFEST) else None)
    return bundle


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda m: m.update(format=2), "newer version"),
        (lambda m: m.update(models=[]), "names no models"),
        (lambda m: m["models"][0].update(kind="virus"), "not described"),
        (lambda m: m["models"][0]["files"][0].update(name="../../evil.gguf"), "no model needs"),
        (lambda m: m["models"][0]["files"][0].update(name="evil.ckpt"), "no model needs"),
        (lambda m: m["models"][0]["files"][0].update(size=10**15), "not what its list says"),
        (lambda m: m["models"][0]["files"][0].update(sha256="x"), "no sha256"),
        (lambda m: m["models"][1]["files"].append(m["models"][1]["files"][0]), "do not fit"),
    ],
)
def test_a_list_that_lies_is_refused(bundle: Path, change: Callable[[dict], object], told: str) -> None:
    with pytest.raises(UserError, match=told):
        read_bundle(rewritten(bundle, change))


def test_a_bundle_that_could_swell_is_refused(bundle: Path) -> None:
    with pytest.raises(UserError, match="not what its list says"):
        read_bundle(rewritten(bundle, lambda _manifest: None, compression=zipfile.ZIP_DEFLATED))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"GGUF" * 100])
def test_other_files_are_no_bundles(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.lmdmodels").write_bytes(data)
    with pytest.raises(UserError, match="no bundle"):
        read_bundle(tmp_path / "x.lmdmodels")


def test_without_room_nothing_is_begun(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("usage", (), {"free": 1000})
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: usage)
    with pytest.raises(UserError, match="are free"):
        unpack_bundle(read_bundle(bundle), tmp_path / "models", progress=quiet)


def test_an_entry_that_says_that_it_is_compressed_is_refused(bundle: Path, tmp_path: Path) -> None:
    data = bytearray(bundle.read_bytes())
    at = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)  # the second entry of the table of contents
    data[at + 10 : at + 12] = zipfile.ZIP_DEFLATED.to_bytes(2, "little")
    bundle.write_bytes(data)
    with pytest.raises(UserError, match="is not what its list says"):
        unpack_bundle(read_bundle(bundle), tmp_path / "models", progress=quiet)


def test_an_entry_that_ends_behind_the_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.lmdmodels"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", MIMETYPE)
        # A second header of the entry, as the comment at the end: its content would lie behind the file.
        archive.comment = bytes(len("mimetype") + 30)
    data = bytearray(path.read_bytes())
    header = data[: len("mimetype") + 30]
    data[-len(header) :] = header
    at = data.index(b"PK\x01\x02")
    data[at + 42 : at + 46] = (len(data) - len(header)).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(UserError, match="not whole"):
        read_bundle(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes (POSIX)")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.lmdmodels")
    with pytest.raises(UserError, match="not a plain file"):
        read_bundle(tmp_path / "a.lmdmodels")
