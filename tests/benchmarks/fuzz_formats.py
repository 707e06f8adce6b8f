"""Binary formats for the fuzz run: small whole files, and injuries that keep every hash, checksum and length right."""

from __future__ import annotations

import hashlib
import io
import json
import random
import struct
import warnings
import zipfile
import zlib
from typing import Any

from tests.benchmarks.fuzz_mutations import NUMBERS, injure_bytes, injure_json, injure_text
from tests.storage.storage_samples import (
    PICTURE_SIZE,
    RGB,
    sample_content,
    sample_pictures,
    sample_record,
    sample_scene,
)

NAMES = (
    "../evil", "/etc/passwd", "C:evil", "a\\b", "a//b", "x\x00.png", "Scene.json", "scene.json ", "sc\u0435ne.json",
    "caf\u00e9", "cafe\u0301", "\u202egnp.a", "renders/" + "a" * 300, "a" * 60_000, "nul", ".", "renders/",
    "extra/new.bin",
)  # fmt: skip
PNG_START = b"\x89PNG\r\n\x1a\n"


# Scene files: ZIP with sha256 of every entry in manifest.json.


def scene_seed() -> bytes:
    """A scene with a branch, locks and two pictures, as the app writes it."""
    import tempfile
    from pathlib import Path

    from lmd_desktop.storage.scene_saving import save_scene

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.lmdscene"
        save_scene(path, sample_content(), sample_pictures().__getitem__, thumbnail=b"\x89PNG")
        return path.read_bytes()


def injure_scene(dice: random.Random, data: bytes) -> bytes:
    """Documents that say something else under right hashes, entries of odd names and kinds, lying tables."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [(info, archive.read(info)) for info in archive.infolist()]
    except (zipfile.BadZipFile, ValueError, OSError, zlib.error, NotImplementedError, RuntimeError, EOFError):
        return injure_bytes(dice, data)
    contents = {info.filename: content for info, content in entries}
    manifest = _json(contents.get("manifest.json", b"{}"))
    for _ in range(dice.choice((1, 1, 2))):
        name = dice.choice([*contents, "dialog.json", "scene.json", "renders.json"])
        if name.endswith(".json") and name in contents:
            contents[name] = injure_json(dice, _json(contents[name]))
        elif name.endswith(".png"):
            contents[name] = injure_png(dice, contents[name])
    if dice.random() < 0.2:
        contents[dice.choice(NAMES)] = dice.randbytes(dice.choice((0, 5, 4000)))
    hashes = {
        name: hashlib.sha256(content).hexdigest() for name, content in contents.items() if name != "manifest.json"
    }
    if isinstance(manifest, dict):
        manifest["entries"] = hashes
        contents["manifest.json"] = json.dumps(manifest, ensure_ascii=False).encode("utf-8", "replace")
        if dice.random() < 0.1:
            contents["manifest.json"] = injure_json(dice, manifest)
    return _zipped(dice, contents)


def _zipped(dice: random.Random, contents: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as archive:
        warnings.simplefilter("ignore")
        for name, content in contents.items():
            info = zipfile.ZipInfo(name.replace("\x00", "\u0001") or "x")
            info.compress_type = dice.choice((0, 8, 8, 8)) if dice.random() < 0.98 else dice.choice((12, 14))
            info.external_attr = (0o644 if dice.random() < 0.98 else 0o120777) << 16
            archive.writestr(info, content)
        if dice.random() < 0.03:
            name = dice.choice(list(contents))
            archive.writestr(name, contents[name])
        if dice.random() < 0.01:
            archive.writestr(zipfile.ZipInfo("bomb"), b"", compress_type=8)
            archive.writestr("zeros", bytes(40 * 2**20), compress_type=8, compresslevel=1)
        archive.comment = b"x" * dice.choice((0, 0, 0, 100, 65_000))
    data = bytearray(buffer.getvalue())
    if dice.random() < 0.15:
        # The table of contents lies about sizes, places, versions or flags; the entries themselves are right.
        places = [at for at in range(len(data) - 46) if data[at : at + 4] == b"PK\x01\x02"]
        at = dice.choice(places) + dice.choice((6, 8, 10, 16, 20, 24, 28, 30, 32, 34, 36, 38, 42))
        struct.pack_into("<H", data, at, dice.choice(NUMBERS) & 0xFFFF)
    return bytes(data)


# PNG: chunks with a checksum each.

OTHER_PROGRAMS: tuple[tuple[bytes, Any], ...] = (
    (b"invokeai_metadata", {"positive_prompt": "a cup", "negative_prompt": "b", "steps": 30, "width": 640, "seed": 1}),
    (b"sd-metadata", {"image": {"prompt": [{"prompt": "a cup [bad]", "weight": 1}], "steps": 9, "size": [64, 64]}}),
    (b"parameters", {"sui_image_params": {"prompt": "a cup", "negativeprompt": "b", "cfgscale": 7, "seed": 3}}),
    (b"parameters", {"prompt": "a cup", "negative_prompt": "b", "resolution": "(640, 448)", "base_model": "m"}),
    (
        b"prompt",
        {
            "3": {"class_type": "KSampler", "inputs": {"positive": ["6", 0], "negative": ["7", 0], "seed": 1}},
            "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 640, "height": 448}},
            "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["8", 0]}},
            "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "ugly"}},
            "8": {"class_type": "Text", "inputs": {"text": "a cup"}},
        },
    ),
)


def png_seeds() -> tuple[bytes, ...]:
    """A picture of this app, and one of each form that other programs write."""
    from lmd_desktop.storage.png_metadata import write_png

    ours = write_png(PICTURE_SIZE, RGB, sample_record(), sample_scene())
    text = 'a harbour\nNegative prompt: ugly\nSteps: 30, Sampler: Euler a, CFG scale: 7, Size: 640x448, Model: "x, y"'
    chunks = [(kind, body) for kind, body in _chunks(ours) if kind not in (b"tEXt", b"iTXt")]
    texts = [(b"parameters", text), *((key, json.dumps(value)) for key, value in OTHER_PROGRAMS)]
    return ours, *(_png([chunks[0], (b"tEXt", key + b"\0" + text.encode()), *chunks[1:]]) for key, text in texts)


def injure_png(dice: random.Random, data: bytes) -> bytes:
    """Chunks whose contents, order or number changed, with right lengths and checksums."""
    chunks = _chunks(data)
    if not chunks:
        return injure_bytes(dice, data)
    for _ in range(dice.choice((1, 1, 2, 3))):
        at = dice.randrange(len(chunks))
        texts = [i for i, (kind, _) in enumerate(chunks) if kind in (b"iTXt", b"tEXt")]
        match dice.randrange(8):
            case 0 | 1 | 2 if texts:
                at = dice.choice(texts)
                kind, body = chunks[at]
                chunks[at] = (kind, _injured_text(dice, kind, body))
            case 3 if len(chunks) > 1:
                del chunks[at]
            case 4:
                chunks.insert(dice.randrange(len(chunks) + 1), chunks[at])
            case 5:
                sides = struct.pack(">II", *(dice.choice(NUMBERS) & 0xFFFFFFFF for _ in range(2)))
                chunks[0] = (chunks[0][0], sides + chunks[0][1][8:])
            case 6:
                text = dice.choice((b"parameters", b"lmd_scene", b"x"))
                packed = zlib.compress(b"a" * dice.choice((10, 10_000, 3_000_000)))
                kind, form = dice.choice(
                    ((b"zTXt", text + b"\0\0"), (b"iTXt", text + b"\0\1\0\0\0"), (b"iCCP", b"p\0\0"))
                )
                chunks.insert(min(1, len(chunks)), (kind, form + packed))
            case _:
                chunks[at] = (chunks[at][0], injure_bytes(dice, chunks[at][1]))
    return _png(chunks)


def _injured_text(dice: random.Random, kind: bytes, body: bytes) -> bytes:
    key, _, rest = body.partition(b"\0")
    if kind == b"iTXt" and rest.startswith(b"\0\0"):
        value = _json(rest.rsplit(b"\0", 1)[-1])
        return key + b"\0\0\0\0\0" + injure_json(dice, value)
    if rest.startswith(b"{"):
        return key + b"\0" + injure_json(dice, _json(rest))
    text = injure_text(dice, rest.decode("utf-8", "replace"))
    return key + b"\0" + text.encode("utf-8", "replace")


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    chunks: list[tuple[bytes, bytes]] = []
    at = len(PNG_START)
    while data.startswith(PNG_START) and at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return chunks


def _png(chunks: list[tuple[bytes, bytes]]) -> bytes:
    return PNG_START + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


# GGUF: typed keys, then the table of tensors. The seed says what it holds, so that it can be written again.

GGUF_KEYS: list[list[Any]] = [
    ["general.architecture", 8, "llama"],
    ["general.name", 8, "Tiny"],
    ["general.alignment", 4, 32],
    ["general.file_type", 4, 7],
    ["llama.context_length", 4, 2048],
    ["tokenizer.ggml.tokens", 9, [8, ["<s>", "a", "b"]]],
    ["tokenizer.ggml.scores", 9, [6, [0.0, 1.0]]],
    ["tokenizer.chat_template", 8, "{% for m in messages %}{{ m.content }}{% endfor %}"],
]
GGUF_TENSORS: list[list[Any]] = [["token_embd.weight", [64, 8], 8, 0], ["output_norm.weight", [64], 0, 544]]
SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}


def gguf_seed() -> bytes:
    return _gguf(GGUF_KEYS, GGUF_TENSORS, version=3)


def injure_gguf(dice: random.Random, _: bytes) -> bytes:
    """A header whose lengths fit together and whose keys, types, shapes and places are odd."""
    keys: list[list[Any]] = json.loads(json.dumps(GGUF_KEYS))
    tensors: list[list[Any]] = json.loads(json.dumps(GGUF_TENSORS))
    for _ in range(dice.choice((1, 1, 2, 4))):
        key = dice.choice(keys) if keys else ["a", 4, 1]
        tensor = dice.choice(tensors) if tensors else ["t", [1], 0, 0]
        match dice.randrange(11):
            case 0:
                key[0] = injure_text(dice, key[0])
            case 1:
                key[1], key[2] = 8, injure_text(dice, str(key[2]))
            case 2:
                kind = dice.choice([*SCALARS])
                key[1], key[2] = kind, dice.choice(NUMBERS)
            case 3:
                key[1], key[2] = 9, [dice.choice((0, 4, 8, 9, 12, 13, 99)), ["a", "b"] * dice.choice((0, 1, 500))]
            case 4:
                keys.append([*key])
            case 5 if keys:
                keys.remove(dice.choice(keys))
            case 6:
                tensor[1] = [dice.choice(NUMBERS) for _ in range(dice.choice((0, 1, 2, 4, 5, 200)))]
            case 7:
                tensor[2] = dice.choice((0, 1, 2, 8, 14, 30, 39, 4, 5, 31, 99, 2**31))
            case 8:
                tensor[3] = dice.choice(NUMBERS)
            case 9:
                tensors.append([*tensor])
            case _ if tensors:
                tensors.remove(dice.choice(tensors))
            case _:
                key[1] = dice.choice((9, 13, 255, 2**31))
    data = bytearray(_gguf(keys, tensors, version=dice.choice((3, 3, 3, 2, 1, 4))))
    if dice.random() < 0.2:
        struct.pack_into("<Q", data, dice.choice((8, 16)), dice.choice(NUMBERS))
    return bytes(data)


def _gguf(keys: list[list[Any]], tensors: list[list[Any]], *, version: int) -> bytes:
    parts = [b"GGUF", struct.pack("<IQQ", version, len(tensors), len(keys))]
    for key, kind, value in keys:
        parts += [_gguf_text(key), struct.pack("<I", kind & 0xFFFFFFFF), _gguf_value(kind, value)]
    for name, shape, kind, offset in tensors:
        numbers = [number % 2**64 for number in shape]
        parts += [
            _gguf_text(name),
            struct.pack(f"<I{len(shape)}QIQ", len(shape), *numbers, kind % 2**32, offset % 2**64),
        ]
    head = b"".join(parts)
    return head + bytes(-len(head) % 32) + bytes(800)


def _gguf_value(kind: int, value: Any) -> bytes:
    if kind in SCALARS and isinstance(value, int | float):
        form = SCALARS[kind]
        size = 8 * struct.calcsize(form)
        number = value if form in "fd" else bool(value) if form == "?" else int(value) % (1 << size - form.islower())
        return struct.pack(f"<{form if form in 'fd?' else form.upper()}", number)
    if kind == 9 and isinstance(value, list):
        item, items = value
        written = b"".join(_gguf_value(item, entry) for entry in items)
        return struct.pack("<IQ", item, len(items)) + written
    return _gguf_text(str(value))


def _gguf_text(text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    return struct.pack("<Q", len(data)) + data


# safetensors: a length, then JSON.


def safetensors_seed() -> bytes:
    """The header of a tiny checkpoint of Stable Diffusion 1.x."""
    shapes = {
        "model.diffusion_model.input_blocks.0.0.weight": [4, 4, 3, 3],
        "model.diffusion_model.input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight": [8, 768],
        "first_stage_model.decoder.conv_in.weight": [4, 4, 3, 3],
        "cond_stage_model.transformer.text_model.encoder.layers.0.self_attn.k_proj.weight": [4, 4],
    }
    header: dict[str, Any] = {"__metadata__": {"modelspec.resolution": "512x512", "modelspec.prediction_type": "v"}}
    end = 0
    for name, shape in shapes.items():
        start, end = end, end + 2 * _product(shape)
        header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [start, end]}
    return _safetensors(json.dumps(header).encode())


OTHER_NAMES = (
    "conditioner.embedders.0.transformer.a", "conditioner.embedders.1.model.b",
    "conditioner.embedders.0.model.transformer.c",
    "cond_stage_model.model.transformer.d", "model.diffusion_model.label_emb.0.0.weight", "v_pred", "ztsnr",
    "lora_unet_x",
    "control_model.a", "position_net.null", "double_blocks.0.a", "emb_params", "first_stage_model.decoder.up.0.a",
)  # fmt: skip


def injure_safetensors(dice: random.Random, data: bytes) -> bytes:
    """JSON that says something else, with the right length before it."""
    header = _json(data[8:])
    if isinstance(header, dict) and dice.random() < 0.5 and header:
        name = dice.choice(list(header))
        other = dice.choice(OTHER_NAMES)
        header[other] = header.pop(name) if dice.random() < 0.7 else header[name]
        if dice.random() < 0.7:
            return _safetensors(json.dumps(header).encode())
    return _safetensors(injure_json(dice, header))


def _safetensors(text: bytes) -> bytes:
    return struct.pack("<Q", len(text)) + text


def _product(sides: list[int]) -> int:
    result = 1
    for side in sides:
        result *= side
    return result


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return {}
