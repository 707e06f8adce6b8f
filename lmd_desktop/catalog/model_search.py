"""Finds models that other programs have on this computer; nothing is moved or copied."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from lmd_desktop.catalog.installed import InstalledModel, inspect_model
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.plain_files import read_start

MAX_DEPTH = 7
MAX_YAML_BYTES = 100_000
SMALLEST_MODEL = 1_000_000  # bytes; what is smaller is a part or a pointer
# Below the home folder, as the programs make them when nobody says otherwise.
PROGRAMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ComfyUI", ("ComfyUI/models/checkpoints", "Documents/ComfyUI/models/checkpoints")),
    ("AUTOMATIC1111", ("stable-diffusion-webui/models/Stable-diffusion",)),
    ("Forge", ("stable-diffusion-webui-forge/models/Stable-diffusion", "webui_forge/webui/models/Stable-diffusion")),
    ("InvokeAI", ("invokeai/models", "invokeai/autoimport")),
    ("SwarmUI", ("SwarmUI/Models/Stable-Diffusion",)),
    ("Fooocus", ("Fooocus/models/checkpoints",)),
    ("LM Studio", (".lmstudio/models", ".cache/lm-studio/models")),
    ("Jan", ("jan/models", ".local/share/Jan/data/llamacpp/models", "AppData/Roaming/Jan/data/llamacpp/models")),
    (
        "GPT4All",
        (
            ".local/share/nomic.ai/GPT4All",
            "AppData/Local/nomic.ai/GPT4All",
            "Library/Application Support/nomic.ai/GPT4All",
        ),
    ),
)
SKIPPED_PARTS = ("mmproj", "-of-")  # projectors of pictures; later parts of a split file


def model_folders(home: Path, environment: Mapping[str, str]) -> tuple[tuple[str, Path], ...]:
    """Programs and their folders of models that exist; Hugging Face's cache first, as its own rules say where it is."""
    hub = environment.get("HF_HUB_CACHE")
    hub_home = environment.get("HF_HOME")
    cache = Path(hub) if hub else (Path(hub_home) if hub_home else home / ".cache" / "huggingface") / "hub"
    folders = [("Hugging Face", cache)]
    for program, places in PROGRAMS:
        folders += [(program, home / place) for place in places]
    folders += [("ComfyUI", folder) for folder in _comfy_folders(home)]
    seen: dict[Path, str] = {}
    for program, folder in folders:
        if folder.is_dir():
            seen.setdefault(folder.resolve(), program)
    return tuple((program, folder) for folder, program in seen.items())


def find_models(folder: Path, *, check: Callable[[], None] = lambda: None) -> Iterator[InstalledModel]:
    """Planners and painters in a folder and below it, by looking into each file's head.

    LoRAs, VAEs and damaged files are passed over. ``check`` is called for each folder and may raise to end the search.
    """
    start = len(folder.parts)
    for name, folders, files in os.walk(folder, followlinks=False):
        check()
        place = Path(name)
        if "model_index.json" in files:
            folders.clear()
            yield from _usable(place)
            continue
        if len(place.parts) - start >= MAX_DEPTH:
            folders.clear()
        # Hugging Face keeps the bytes in blobs, and names them in snapshots.
        folders[:] = sorted(each for each in folders if each != "blobs" and not each.startswith("."))
        for file in sorted(files):
            path = place / file
            is_wanted = path.suffix.lower() in (".gguf", ".safetensors") and not any(p in file for p in SKIPPED_PARTS)
            if is_wanted and path.is_file() and path.stat().st_size >= SMALLEST_MODEL:
                yield from _usable(path)


def _usable(path: Path) -> Iterator[InstalledModel]:
    try:
        yield inspect_model(path)
    except (UserError, OSError):
        return


def _comfy_folders(home: Path) -> Iterator[Path]:
    """What ComfyUI was told about other places, in its extra_model_paths.yaml."""
    for config in (home / "ComfyUI", home / "Documents" / "ComfyUI"):
        file = config / "extra_model_paths.yaml"
        if not file.is_file():
            continue
        text = read_start(file, MAX_YAML_BYTES).decode("utf-8", "replace")
        bases = re.findall(r"^\s+base_path:\s*(.+?)\s*$", text, re.MULTILINE)
        inside = re.findall(r"^\s+checkpoints:\s*([^|\s].*?)\s*$", text, re.MULTILINE)
        for base in bases:
            yield from ((config / base).expanduser() / place for place in inside)
