"""Writes how a picture came to be into its PNG file, and reads it back.

Two texts: ``parameters`` (what galleries and other programs read: prompt, ``Negative prompt: …``, ``Steps: …``) and
``lmd_scene`` (iTXt, JSON with a schema version: the layout, the dialog up to the picture's turn, the whole request).
What other programs write is read in ``foreign_png``.
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
from lmd_desktop.domain.plain_files import read_limited
from lmd_desktop.domain.requests import RenderRecord
from lmd_desktop.domain.scene import Dialog, Scene, edit_layout
from lmd_desktop.storage.codec import decode_scene, encode_dialog, encode_scene
from lmd_desktop.storage.foreign_png import NEGATIVE_START, PARAMETERS_KEY, Foreign, Parameters, read_foreign
from lmd_desktop.storage.reading import Fields, FormatError, JsonObject, dump_json, parse_json
from lmd_desktop.storage.render_codec import decode_record, encode_record
from lmd_desktop.storage.sidecar import sidecar_texts

SCHEMA = 1
SCENE_KEY = "lmd_scene"
MODEL_HASH_DIGITS = 10
MAX_FILE_BYTES = 512 * 2**20
_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")


@dataclass(frozen=True, slots=True)
class PngMetadata:
    """``scene`` has the picture's turn as its head; ``record`` is only there if this app made the picture.

    ``program`` is the other one that made it, empty if its form is that of several.
    """

    size: Size
    parameters: Parameters | None = None
    scene: Scene | None = None
    record: RenderRecord | None = None
    notes: tuple[str, ...] = ()
    program: str = ""


def write_png(size: Size, rgb: bytes, record: RenderRecord, scene: Scene) -> bytes:
    """The picture as a PNG file with both texts; ``record.sha256`` is not known yet and not looked at."""
    info = PngInfo()
    info.add_text(PARAMETERS_KEY, format_parameters(record))
    info.add_itxt(SCENE_KEY, dump_json(_describe(record, scene)).decode("utf-8"))
    return _png(size, rgb, info)


def write_plain_png(size: Size, rgb: bytes) -> bytes:
    """RGB rows as a PNG file that says nothing."""
    return _png(size, rgb, None)


def read_png(source: Path | bytes) -> PngMetadata:
    """What a PNG file says about itself; raises UserError if it is no PNG file or says nothing that is understood.

    A file that says nothing is taken at the word of the one beside it (``sidecar``).
    """
    name = source.name if isinstance(source, Path) else "The picture"
    data = _read(source) if isinstance(source, Path) else source
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            size = Size(*image.size)
            texts = {str(key): value for key, value in image.info.items() if isinstance(value, str)}
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise UserError(f"“{name}” is not a PNG picture that can be read.", "Choose another file.") from error
    if isinstance(source, Path) and SCENE_KEY not in texts and read_foreign(texts) is None:
        texts = sidecar_texts(source)
    if SCENE_KEY in texts:
        notes: list[str] = []
        try:
            scene, record = _understand(texts[SCENE_KEY].encode("utf-8", "replace"), notes)
        except FormatError as error:
            raise UserError(
                f"The scene inside “{name}” cannot be read: {error}.", "Open the scene file it came from."
            ) from error
        foreign = read_foreign({key: text for key, text in texts.items() if key == PARAMETERS_KEY})
        parameters = foreign.parameters if foreign is not None else None
        return PngMetadata(size, parameters, scene, replace(record, sha256=_sha256(data)), tuple(notes))
    foreign = read_foreign(texts)
    if foreign is not None:
        return _of_another_program(foreign, size)
    raise UserError(
        f"“{name}” does not say how it was made.", "Open a picture of this app, A1111, ComfyUI or InvokeAI."
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


def _png(size: Size, rgb: bytes, info: PngInfo | None) -> bytes:
    buffer = io.BytesIO()
    Image.frombytes("RGB", (size.width, size.height), rgb).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


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


def _of_another_program(foreign: Foreign, size: Size) -> PngMetadata:
    note = f"{foreign.program or 'Another program'} made this picture: its prompt became the background."
    scene = _foreign_scene(foreign.parameters, size)
    return PngMetadata(size, foreign.parameters, scene, notes=(note,), program=foreign.program)


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
        return read_limited(path, MAX_FILE_BYTES)
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
