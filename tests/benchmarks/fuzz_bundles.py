"""Bundles of models as the fuzz run sees them: manifests that lie under right hashes, tables that lie about entries."""

from __future__ import annotations

import hashlib
import io
import json
import random
import struct
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import Any

from lmd_desktop.catalog.bundle import MANIFEST, SUFFIX, entry_name, write_bundle
from lmd_desktop.catalog.bundle_reading import read_bundle, unpack_bundle
from lmd_desktop.catalog.installed import InstalledModel
from tests.benchmarks.fuzz_mutations import injure_bytes, injure_json
from tests.benchmarks.fuzz_reader import Reader

NAMES = (
    "../x.gguf", "/x.gguf", "a\\b.gguf", "C:x.gguf", "x.gguf/y", "X.GGUF", "x.gguf ", "con.gguf", ".hidden", "a/../b",
    "ｘ.gguf", "x\u202efugg.gguf", "x" * 300 + ".gguf", "weights.pt", "a//b", "", ".", "unet/a.safetensors/b",
)  # fmt: skip
FIELDS = (6, 8, 10, 16, 20, 24, 28, 30, 32, 34, 36, 38, 42)  # of an entry in the table of contents (APPNOTE 4.3.12)
NUMBERS = (0, 1, 8, 12, 14, 99, 255, 0x7FFF, 0xFFFF)


def bundle_reader() -> Reader:
    return Reader(
        "model bundles",
        (_seed(),),
        _injure,
        _read,
        ("catalog/bundle_reading.py",),
    )


def _seed() -> bytes:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("model_index.json", "unet/a.safetensors", "x.gguf"):
            (folder / "painter" / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / "painter" / file).write_bytes(file.encode() * 9)
        (folder / "x.gguf").write_bytes(b"GGUF" * 20)
        models = [
            InstalledModel(folder / "x.gguf", "planner", "A planner", licence="mit"),
            InstalledModel(folder / "painter", "painter", "A painter", family="sd15"),
        ]
        write_bundle(models, folder / f"out{SUFFIX}", progress=_quiet)
        return (folder / f"out{SUFFIX}").read_bytes()


def _injure(dice: random.Random, data: bytes) -> bytes:
    try:
        with warnings.catch_warnings(), zipfile.ZipFile(io.BytesIO(data)) as archive:
            warnings.simplefilter("ignore")
            contents = {info.filename: archive.read(info) for info in archive.infolist()}
        manifest: Any = json.loads(contents[MANIFEST])
        models = manifest["models"]
        file = dice.choice(dice.choice(models)["files"])
        file["size"] += 0
    except Exception:  # whatever an earlier injury left of it
        return injure_bytes(dice, data)
    match dice.randrange(6):
        case 0:
            file["name"] = dice.choice(NAMES)
        case 1:
            file["size"] = dice.choice((0, -1, file["size"] + 1, 2**63, 1e9, True, None))
        case 2:
            models.append(json.loads(json.dumps(dice.choice(models))))
        case 3:
            contents[dice.choice(list(contents))] = dice.randbytes(dice.choice((0, 5, 4000)))
        case _:
            pass
    if isinstance(models, list) and dice.random() < 0.7:
        _make_true(models, contents)
    if dice.random() < 0.4:
        contents[MANIFEST] = injure_json(dice, manifest)
    else:
        contents[MANIFEST] = json.dumps(manifest, ensure_ascii=False).encode("utf-8", "replace")
    return _zipped(dice, contents)


def _make_true(models: list[Any], contents: dict[str, bytes]) -> None:
    """The entries that the list names are there, with the sizes and hashes that it says."""
    for number, model in enumerate(models, start=1):
        for file in model["files"] if isinstance(model, dict) and isinstance(model.get("files"), list) else []:
            if isinstance(file, dict) and isinstance(file.get("name"), str):
                data = contents.setdefault(entry_name(number, file["name"]), b"x" * 9)
                file |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _zipped(dice: random.Random, contents: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as archive:
        warnings.simplefilter("ignore")
        for name, content in contents.items():
            info = zipfile.ZipInfo(name.replace("\x00", "\u0001") or "x")
            info.compress_type = zipfile.ZIP_STORED if dice.random() < 0.97 else dice.choice((8, 12, 14))
            archive.writestr(info, content)
    data = bytearray(buffer.getvalue())
    if dice.random() < 0.3:
        places = [at for at in range(len(data) - 46) if data[at : at + 4] == b"PK\x01\x02"]
        struct.pack_into("<H", data, dice.choice(places) + dice.choice(FIELDS), dice.choice(NUMBERS))
    return bytes(data)


def _read(data: bytes, folder: Path) -> None:
    path = folder / f"input{SUFFIX}"
    path.write_bytes(data)
    with tempfile.TemporaryDirectory(dir=folder) as name:
        place = Path(name) / "models"
        bundle = read_bundle(path)
        try:
            found = unpack_bundle(bundle, place, progress=_quiet)
            assert all(place in model.resolve().parents for model in found)
        finally:
            # Nothing lies beside the place, nothing half unpacked in it, and nothing of it is a link.
            assert [entry.name for entry in Path(name).iterdir()] in ([], ["models"])
            assert not list(place.glob(".*"))
            assert not [entry for entry in place.rglob("*") if entry.is_symlink()]
    assert sorted(entry.name for entry in folder.iterdir()) == [path.name]


def _quiet(_done: int, _total: int) -> None:
    pass
