"""The readers of foreign files as the fuzz run sees them: whole examples, clever injuries, the call, what must hold.

A clever injury changes what a file says and keeps what protects it: hashes, checksums and lengths are right again.
"""

from __future__ import annotations

import json
import random
import shutil
import struct
from pathlib import Path
from typing import Any

from lmd_desktop.catalog import inspect_gguf, inspect_painter, models_folder, starter_painter
from lmd_desktop.catalog.known_models import read_catalog
from lmd_desktop.domain.layout import Size
from lmd_desktop.planning.importing.reading import read_layout_text
from lmd_desktop.planning.prompt import ChatPrompt, Message
from lmd_desktop.planning.templates import bundled_template, render_template
from lmd_desktop.storage.png_metadata import read_png
from lmd_desktop.storage.scene_file import load_scene
from lmd_desktop.storage.scene_saving import save_scene
from lmd_desktop.storage.settings_file import load_settings, save_settings
from tests.benchmarks.answers_fuzz import check_reading, mangled
from tests.benchmarks.fuzz_bundles import bundle_reader
from tests.benchmarks.fuzz_formats import (
    gguf_seed,
    injure_gguf,
    injure_png,
    injure_safetensors,
    injure_scene,
    png_seeds,
    safetensors_seed,
    scene_seed,
)
from tests.benchmarks.fuzz_mutations import injure_json, injure_text
from tests.benchmarks.fuzz_own_files import own_readers
from tests.benchmarks.fuzz_reader import Reader
from tests.benchmarks.fuzz_templates import CHAT_TEMPLATES, FakeTokenizer, draw_template

WRITERS = (
    r"encode|write|save|format_|_describe|_scene_of|_add|_pictures|_unusable|_verify|_documents|_manifest\b|dump_json"
)
SCENE_FILES = ("archive", "reading", "codec", "render_codec", "leftovers", "scene_file")


def readers() -> tuple[Reader, ...]:
    """Every reader of something that the app did not write a moment ago."""
    return (
        Reader(
            "scene files",
            (scene_seed(),),
            injure_scene,
            _read_scene,
            tuple(f"storage/{name}.py" for name in SCENE_FILES),
            WRITERS + "|restore_leftover|explanation_name|PictureReader|_is_sane_png|Fields.(optional_size|has)",
        ),
        Reader(
            "PNG metadata",
            png_seeds(),
            injure_png,
            _read_picture,
            ("storage/png_metadata.py", "storage/foreign_png.py"),
            WRITERS + "|_quoted",
        ),
        Reader("layout texts", (), _injure_answer, _read_layout_text, ("planning/importing/*.py",), "write_"),
        Reader(
            "GGUF headers",
            (gguf_seed(),),
            injure_gguf,
            _read_planner,
            ("catalog/gguf_file.py", "catalog/file_kinds.py"),
        ),
        Reader(
            "safetensors headers",
            (safetensors_seed(),),
            injure_safetensors,
            _read_checkpoint,
            ("catalog/safetensors_header.py", "catalog/checkpoint_file.py", "catalog/weight_kinds.py"),
        ),
        Reader(
            "painter folders",
            (_painter_seed(),),
            _injure_painter,
            _read_painter,
            ("catalog/painter_folder.py",),
            "_info|native_side",
        ),
        Reader("catalog", (_catalog_seed(),), _injure_catalog, _read_catalog, ("catalog/known_models.py",), "is_here"),
        Reader(
            "settings", (_settings_seed(),), _injure_settings, _read_settings, ("storage/settings_file.py",), WRITERS
        ),
        Reader(
            "prompt templates",
            (bundled_template().encode(),),
            lambda dice, _: draw_template(dice).encode("utf-8", "replace"),
            _read_template,
            ("planning/templates.py", "planning/sandbox.py"),
            "bundled_template|model_size",
        ),
        Reader(
            "chat templates",
            tuple(template.encode() for template in CHAT_TEMPLATES),
            _injure_chat_template,
            _read_chat_template,
            ("planning/prompt.py",),
            "_tokenized|_Stretch|tokens",
        ),
        bundle_reader(),
        *own_readers(),
    )


def _read_scene(data: bytes, folder: Path) -> None:
    path = folder / "input.lmdscene"
    path.write_bytes(data)
    loaded = load_scene(path)
    for record in loaded.content.renders:
        loaded.picture(record.sha256)
    if loaded.is_read_only:
        return
    # What could be read can be saved, and is then the same.
    copy = folder / "copy.lmdscene"
    save_scene(copy, loaded.content, loaded.picture, thumbnail=None)
    again = load_scene(copy)
    assert again.content.scene == loaded.content.scene
    assert again.content.renders == loaded.content.renders
    assert again.content.extra.keys.keys() == loaded.content.extra.keys.keys()


def _read_picture(data: bytes, folder: Path) -> None:
    del folder
    metadata = read_png(data)
    assert metadata.scene is None or metadata.scene.layout is not None


def _injure_answer(dice: random.Random, _: bytes) -> bytes:
    return mangled(dice, Size(512, 512)).encode("utf-8", "replace")


def _read_layout_text(data: bytes, folder: Path) -> None:
    del folder
    check_reading(read_layout_text(data.decode("utf-8", "replace"), Size(512, 512)), Size(512, 512))


def _read_planner(data: bytes, folder: Path) -> None:
    path = folder / "planner.gguf"
    path.write_bytes(data)
    info = inspect_gguf(path)
    assert info.name.isprintable()
    assert info.context_length >= 0


def _read_checkpoint(data: bytes, folder: Path) -> None:
    # The tensors themselves are never looked at: a hole in the file stands for them.
    path = folder / "painter.safetensors"
    with path.open("wb") as file:
        file.write(data)
        if len(data) >= 8:
            file.truncate(len(data) + _claimed_tail(data))
    info = inspect_painter(path)
    assert info.native_size.width > 0


def _claimed_tail(data: bytes) -> int:
    """Room for what the header claims, at most a gigabyte (the file is sparse)."""
    try:
        header = json.loads(data[8 : 8 + struct.unpack("<Q", data[:8])[0]])
        ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
        return int(min(max(0, max(ends, default=0)), 2**30))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OverflowError, MemoryError):
        return 0


def _painter_seed() -> bytes:
    """The small files of the starter painter in one JSON object; weights are a header of their own."""
    folder = starter_painter()
    names = ["model_index.json", "unet/config.json", "vae/config.json", "text_encoder/config.json"]
    files: dict[str, Any] = {name: json.loads((folder / name).read_text(encoding="utf-8")) for name in names}
    shards = {"weight_map": {"a": "diffusion_pytorch_model.safetensors"}}
    return json.dumps(files | {"unet/diffusion_pytorch_model.safetensors.index.json": shards}).encode()


def _injure_painter(dice: random.Random, data: bytes) -> bytes:
    try:
        files: dict[str, Any] = dict(json.loads(data))
    except (ValueError, TypeError, RecursionError):
        files = json.loads(_painter_seed())
    name = dice.choice([*files, "model_index.json"])
    if dice.random() < 0.1 and name in files:
        del files[name]
        return json.dumps(files).encode()
    injured = injure_json(dice, files.get(name, {}))
    # Raw text goes in as text, because not everything here is JSON any more.
    return json.dumps(
        {other: json.dumps(value) for other, value in files.items()} | {name: injured.decode("utf-8", "replace")}
    ).encode()


def _read_painter(data: bytes, folder: Path) -> None:
    painter = folder / "painter"
    shutil.rmtree(painter, ignore_errors=True)
    for part in ("unet", "vae", "text_encoder", "tokenizer", "scheduler"):
        (painter / part).mkdir(parents=True)
    for part in ("unet", "vae", "text_encoder"):
        (painter / part / "diffusion_pytorch_model.safetensors").write_bytes(struct.pack("<Q", 2) + b"{}")
    try:
        files = json.loads(data)
        for name, value in files.items():
            text = value if isinstance(value, str) else json.dumps(value)
            (painter / name).write_text(text, encoding="utf-8", errors="replace")
    except (ValueError, AttributeError, TypeError, OSError, RecursionError):
        (painter / "model_index.json").write_bytes(data)
    info = inspect_painter(painter)
    assert 0 < info.native_size.width <= 65536


def _catalog_seed() -> bytes:
    return (models_folder() / "catalog.toml").read_bytes()


def _injure_catalog(dice: random.Random, data: bytes) -> bytes:
    lines = data.decode("utf-8", "replace").split("\n")
    for _ in range(dice.choice((1, 1, 2, 5))):
        at = dice.randrange(len(lines))
        key, _, _ = lines[at].partition(" = ")
        values = ("true", "-1", "[]", '""', "1e999", "nan", '["../x"]', "9" * 5000, '"\\u202Ex"', "{a = 1}", "[" * 2000)
        match dice.randrange(4):
            case 0:
                del lines[at]
            case 1:
                lines.insert(dice.randrange(len(lines)), lines[at])
            case 2:
                lines[at] = injure_text(dice, lines[at])
            case _:
                lines[at] = f"{key} = {dice.choice(values)}"
        lines = lines or [""]
    return "\n".join(lines).encode("utf-8", "replace")


def _read_catalog(data: bytes, folder: Path) -> None:
    del folder
    models = read_catalog(data)
    assert len({model.id for model in models}) == len(models)


def _settings_seed() -> bytes:
    return json.dumps(
        {
            "version": 1,
            "planner_model": "/models/a.gguf",
            "painter_model": None,
            "device": "cpu",
            "theme": "dark",
            "recent_files": ["/home/a/one.lmdscene", "/home/a/two.lmdscene"],
            "scale": 150,
            "shortcuts": {"save": ["Ctrl+S", "F2"], "undo": []},
            "models": ["/models/b.gguf"],
            "window_places": {"eDP-1": ["Z2Vv", "c3RhdGU="]},
            "is_offline": True,
            "new": [1, {"a": 2}],
        }
    ).encode()


def _injure_settings(dice: random.Random, data: bytes) -> bytes:
    try:
        return injure_json(dice, json.loads(data))
    except (ValueError, RecursionError):
        return injure_json(dice, json.loads(_settings_seed()))


def _read_settings(data: bytes, folder: Path) -> None:
    path = folder / "settings.json"
    path.write_bytes(data)
    settings, notes = load_settings(path)
    assert all(note.isprintable() for note in notes), notes
    save_settings(path, settings)
    assert load_settings(path) == (settings, ())


def _read_template(data: bytes, folder: Path) -> None:
    del folder
    assert render_template(data.decode("utf-8", "replace"), "small").strip()


def _injure_chat_template(dice: random.Random, data: bytes) -> bytes:
    text = data.decode("utf-8", "replace")
    place = dice.randrange(len(text) + 1)
    if dice.random() < 0.5:
        text = text[:place] + draw_template(dice) + text[place:]
    return injure_text(dice, text).encode("utf-8", "replace")


def _read_chat_template(data: bytes, folder: Path) -> None:
    del folder
    prompt = ChatPrompt(FakeTokenizer(data.decode("utf-8", "replace")))
    messages = [Message("system", "SYSTEM"), Message("user", "<|im_end|> QUESTION")]
    contents = [part.text for part in prompt.parts(messages) if part.is_content]
    assert any("QUESTION" in text for text in contents)
