"""Writes how a picture came to be into its PNG file, and reads it back.

Two texts: ``parameters`` (what galleries and other programs read: prompt, ``Negative prompt: …``, ``Steps: …``) and
``lmd_scene`` (iTXt, JSON with a schema version: the layout, the dialog up to the picture's turn, the whole request).
"""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from lmd_desktop import __version__
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import MAX_CANVAS, MIN_CANVAS, Layout, Size, clean_line
from lmd_desktop.domain.requests import RenderRecord
from lmd_desktop.domain.scene import Dialog, Scene, edit_layout
from lmd_desktop.storage.codec import decode_scene, encode_dialog, encode_scene
from lmd_desktop.storage.reading import Fields, FormatError, JsonObject, dump_json, parse_json
from lmd_desktop.storage.render_codec import decode_record, encode_record

SCHEMA = 1
SCENE_KEY, PARAMETERS_KEY = "lmd_scene", "parameters"
NEGATIVE_START = "Negative prompt:"
MODEL_HASH_DIGITS = 10
MAX_FILE_BYTES = 512 * 2**20
# Readers of ``parameters`` split the last line at commas that stand outside of double quotes.
_PAIR = re.compile(r'\s*(\w[\w \-/]*):\s*("(?:\\.|[^\\"])*"|[^,]*)(?:,|$)')
_FEWEST_PAIRS = 3
MAX_VALUES_LENGTH = 10_000  # the pattern takes quadratic time on a line that was made to be slow
_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the ``parameters`` text of any program says; ``values`` are the pairs of its last line."""

    prompt: str
    negative_prompt: str
    values: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str | None:
        return dict(self.values).get(name)


@dataclass(frozen=True, slots=True)
class PngMetadata:
    """``scene`` has the picture's turn as its head; ``record`` is only there if this app made the picture."""

    size: Size
    parameters: Parameters | None = None
    scene: Scene | None = None
    record: RenderRecord | None = None
    notes: tuple[str, ...] = ()


def write_png(size: Size, rgb: bytes, record: RenderRecord, scene: Scene) -> bytes:
    """The picture as a PNG file with both texts; ``record.sha256`` is not known yet and not looked at."""
    info = PngInfo()
    info.add_text(PARAMETERS_KEY, format_parameters(record))
    info.add_itxt(SCENE_KEY, dump_json(_describe(record, scene)).decode("utf-8"))
    buffer = io.BytesIO()
    Image.frombytes("RGB", (size.width, size.height), rgb).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def read_png(source: Path | bytes) -> PngMetadata:
    """What a PNG file says about itself; raises UserError if it is no PNG file or says nothing that is understood."""
    name = source.name if isinstance(source, Path) else "The picture"
    data = _read(source) if isinstance(source, Path) else source
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            size = Size(*image.size)
            texts = {key: value for key, value in image.info.items() if isinstance(value, str)}
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise UserError(f"“{name}” is not a PNG picture that can be read.", "Choose another file.") from error
    foreign = parse_parameters(texts[PARAMETERS_KEY]) if PARAMETERS_KEY in texts else None
    if SCENE_KEY in texts:
        notes: list[str] = []
        try:
            scene, record = _understand(texts[SCENE_KEY].encode("utf-8", "replace"), notes)
        except FormatError as error:
            raise UserError(
                f"The scene inside “{name}” cannot be read: {error}.", "Open the scene file it came from."
            ) from error
        return PngMetadata(size, foreign, scene, replace(record, sha256=_sha256(data)), tuple(notes))
    if foreign is not None:
        note = "Another program made this picture: its prompt became the background."
        return PngMetadata(size, foreign, _foreign_scene(foreign, size), notes=(note,))
    raise UserError(
        f"“{name}” does not say how it was made.", "Open a picture that this app rendered, or a scene file."
    )


def format_parameters(record: RenderRecord) -> str:
    """The ``parameters`` text of a picture."""
    request = record.request
    pairs = [
        ("Steps", str(request.num_inference_steps)),
        ("Sampler", record.scheduler.removesuffix("Scheduler") or "unknown"),
        ("CFG scale", f"{request.guidance_scale:g}"),
        ("Seed", str(request.seed)),
        ("Size", f"{record.size.width}x{record.size.height}"),
        ("Model hash", record.model_sha256[:MODEL_HASH_DIGITS] or "unknown"),
        ("Model", record.model),
        ("Method", request.method),
        ("Version", f"LMD Desktop {__version__}"),
    ]
    lines = [_one_line(record.prompt), f"{NEGATIVE_START} {_one_line(record.negative_prompt)}"]
    if not record.negative_prompt:
        lines.pop()
    return "\n".join([*lines, ", ".join(f"{name}: {_quoted(value)}" for name, value in pairs)])


def parse_parameters(text: str) -> Parameters:
    """Prompt, negative prompt and values from the ``parameters`` text of any program."""
    lines = text.strip().split("\n")
    pairs = _PAIR.findall(lines[-1]) if len(lines[-1]) <= MAX_VALUES_LENGTH else []
    if len(pairs) < _FEWEST_PAIRS:
        pairs = []
    else:
        lines.pop()
    start = next((i for i, line in enumerate(lines) if line.strip().startswith(NEGATIVE_START)), len(lines))
    negative = "\n".join(lines[start:]).strip().removeprefix(NEGATIVE_START)
    values = tuple((name.strip(), _unquoted(value.strip())) for name, value in pairs)
    return Parameters("\n".join(lines[:start]).strip(), negative.strip(), values)


def _describe(record: RenderRecord, scene: Scene) -> JsonObject:
    scene = _scene_of(record, scene)
    described = encode_record(record)
    del described["sha256"]
    return {
        "schema": SCHEMA,
        "app_version": __version__,
        "model_sha256": record.model_sha256,
        "scene": encode_scene(scene),
        "dialog": encode_dialog(scene.dialog),
        "render": described,
    }


def _scene_of(record: RenderRecord, scene: Scene) -> Scene:
    """The scene with the dialog up to the picture's turn and nothing after it."""
    if record.turn is not None and all(turn.id != record.turn for turn in scene.dialog.turns):
        # Undo took the turn back while the picture was painted.
        return Scene(start=record.request.layout)
    dialog = Dialog(scene.dialog.path(record.turn), record.turn) if record.turn is not None else Dialog()
    cut = Scene(dialog, scene.start)
    return edit_layout(cut, record.request.layout, coalesce=False)


def _understand(data: bytes, notes: list[str]) -> tuple[Scene, RenderRecord]:
    fields = Fields(parse_json(data, SCENE_KEY), SCENE_KEY, notes)
    schema = fields.whole("schema", minimum=1)
    if schema > SCHEMA:
        raise FormatError(f"it was made by a newer version of the app (schema {schema})")
    scene = decode_scene(fields.child("scene"), fields.child("dialog"))
    render = fields.child("render")
    without_hash = {name: render.value(name) for name in render.names()} | {"sha256": "0" * 64}
    return scene, decode_record(Fields(without_hash, render.where, notes))


def _foreign_scene(parameters: Parameters, size: Size) -> Scene:
    found = _SIZE.fullmatch(parameters.get("Size") or "")
    canvas = Size(int(found[1]), int(found[2])) if found else size
    sides = [min(max(side, MIN_CANVAS), MAX_CANVAS) for side in (canvas.width, canvas.height)]
    layout = Layout(
        Size(*sides),
        background_prompt=clean_line(parameters.prompt),
        negative_prompt=clean_line(parameters.negative_prompt),
    )
    return Scene(start=layout)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise UserError(f"“{path.name}” is too large for a picture.", "Choose another file.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UserError(f"There is no file “{path}”.", "Check its name.", exit_code=ExitCode.USAGE) from error
    except OSError as error:
        raise UserError(f"“{path.name}” cannot be read ({error.strerror}).", "Choose another file.") from error


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _quoted(value: str) -> str:
    """A value as the last line may hold it: with commas, colons or quotes it stands in double quotes."""
    if not any(char in value for char in ',:"\\\n'):
        return value
    escaped = _one_line(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _unquoted(value: str) -> str:
    if len(value) < 2 or not (value.startswith('"') and value.endswith('"')):
        return value
    return re.sub(r"\\(.)", r"\1", value[1:-1])
