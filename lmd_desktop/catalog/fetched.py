"""Models that are fetched by name: what is asked for, from which host, and where they lie afterwards."""

from __future__ import annotations

import os
from pathlib import Path

from lmd_desktop.catalog.hub import NOTE_FILE
from lmd_desktop.catalog.known_models import KnownModel
from lmd_desktop.domain.downloads import DownloadRequest

HUB = "https://huggingface.co"


def request_for(model: KnownModel, data: Path) -> DownloadRequest:
    """What to ask the Hub for (HF_ENDPOINT names another one); the files go into ``data``, the app's own folder."""
    endpoint = os.environ.get("HF_ENDPOINT", HUB).rstrip("/")
    return DownloadRequest(model.where, model.files, str(_folder_of(model, data)), endpoint)


def fetched_path(model: KnownModel, data: Path) -> Path | None:
    """Where a fetched model lies: the file of a planner, the folder of a painter; None until it is whole."""
    folder = _folder_of(model, data)
    if not (folder / NOTE_FILE).is_file():
        return None
    return folder / model.files[0] if model.kind == "planner" else folder


def own_models(data: Path) -> Path:
    """The folder of models that were downloaded or came in a bundle."""
    return data / "models"


def _folder_of(model: KnownModel, data: Path) -> Path:
    return own_models(data) / model.id
