"""Which models there are, where they lie on this disk, and whether a file is what its name says. No Qt, no torch."""

from lmd_desktop.catalog.bundled import models_folder, resources_folder, starter_painter, starter_planner
from lmd_desktop.catalog.digests import file_sha256, folder_sha256
from lmd_desktop.catalog.gguf_file import GgufInfo, inspect_gguf
from lmd_desktop.catalog.known_models import KnownModel, known_models
from lmd_desktop.catalog.painter_folder import PainterInfo, inspect_painter

__all__ = [
    "GgufInfo",
    "KnownModel",
    "PainterInfo",
    "file_sha256",
    "folder_sha256",
    "inspect_gguf",
    "inspect_painter",
    "known_models",
    "models_folder",
    "resources_folder",
    "starter_painter",
    "starter_planner",
]
