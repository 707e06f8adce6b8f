"""Pictures of other programs tell their prompt; hostile ones tell nothing, quickly; a stripped one says nothing."""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from storage_samples import PICTURE_SIZE, RGB, sample_record, sample_scene

from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.layout import Size
from lmd_desktop.storage.foreign_png import MAX_TEXT_LENGTH
from lmd_desktop.storage.png_chunks import without_metadata
from lmd_desktop.storage.png_metadata import PngMetadata, read_png, write_png
from lmd_desktop.storage.thumbnails import SIDE, ThumbnailStore

# As ComfyUI's default graph is saved, and with a text that comes from another node, for both encoders of SDXL.
COMFY = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 156680208700286,
            "steps": 20,
            "cfg": 8.0,
            "sampler_name": "euler",
            "model": ["4", 0],
            "positive": ["6", 0],
            "negative": ["7", 0],
            "latent_image": ["5", 0],
        },
        "is_changed": [float("nan")],
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "harbour.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 640, "height": 448, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["9", 0], "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncodeSDXL", "inputs": {"text_g": "boats", "text_l": "ugly", "clip": ["4", 1]}},
    "9": {"class_type": "PrimitiveString", "inputs": {"value": "a harbour at dusk"}},
}
INVOKE = {
    "positive_prompt": "a harbour at dusk",
    "negative_prompt": "boats, ugly",
    "seed": 156680208700286,
    "steps": 20,
    "cfg_scale": 8.0,
    "scheduler": "euler",
    "width": 640,
    "height": 448,
    "model": {"name": "harbour.safetensors"},
}
OLD_INVOKE = {
    "model_weights": "harbour.safetensors",
    "image": {
        "prompt": [{"prompt": "a harbour at dusk [boats] [ugly]", "weight": 1.0}],
        "steps": 20,
        "cfg_scale": 8.0,
        "sampler": "euler",
        "seed": 156680208700286,
        "width": 640,
        "height": 448,
    },
}
SWARM = {
    "sui_image_params": {
        "prompt": "a harbour at dusk",
        "negativeprompt": "boats, ugly",
        "steps": 20,
        "cfgscale": 8.0,
        "sampler": "euler",
        "seed": 156680208700286,
        "width": 640,
        "height": 448,
        "model": "harbour.safetensors",
    }
}
FOOOCUS = {
    "prompt": "a harbour at dusk",
    "negative_prompt": "boats, ugly",
    "steps": 20,
    "guidance_scale": 8.0,
    "sampler": "euler",
    "seed": "156680208700286",
    "resolution": "(640, 448)",
    "base_model": "harbour.safetensors",
}
DEEP = "[" * 100_000


def foreign_png(texts: dict[str, str]) -> bytes:
    info = PngInfo()
    for name, text in texts.items():
        info.add_itxt(name, text)
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64)).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def read(key: str, value: object) -> PngMetadata:
    return read_png(foreign_png({key: json.dumps(value)}))


@pytest.mark.parametrize(
    ("key", "value", "program"),
    [
        ("prompt", COMFY, "ComfyUI"),
        ("invokeai_metadata", INVOKE, "InvokeAI"),
        ("sd-metadata", OLD_INVOKE, "InvokeAI"),
        ("parameters", SWARM, "SwarmUI"),
        ("parameters", FOOOCUS, "Fooocus"),
    ],
)
def test_other_programs_tell_prompt_and_values(key: str, value: object, program: str) -> None:
    metadata = read(key, value)
    assert metadata.program == program
    assert metadata.scene is not None
    layout = metadata.scene.layout
    assert (layout.background_prompt, layout.negative_prompt) == ("a harbour at dusk", "boats, ugly")
    assert layout.canvas == Size(640, 448)
    assert metadata.parameters is not None
    assert dict(metadata.parameters.values) == {
        "Steps": "20",
        "Sampler": "euler",
        "CFG scale": "8.0",
        "Seed": "156680208700286",
        "Size": "640x448",
        "Model": "harbour.safetensors",
    }


def test_a_graph_with_a_guider_is_followed_to_its_text() -> None:
    graph = {
        "1": {"inputs": {"noise": ["2", 0], "guider": ["3", 0], "sigmas": ["4", 0], "latent_image": ["5", 0]}},
        "2": {"inputs": {"noise_seed": 9}},
        "3": {"inputs": {"model": ["6", 0], "conditioning": ["7", 0]}},
        "4": {"inputs": {"steps": 4, "model": ["6", 0]}},
        "5": {"inputs": {"width": 512, "height": 512}},
        "6": {"inputs": {"unet_name": "m.safetensors"}},
        "7": {"inputs": {"guidance": 3.5, "conditioning": ["8", 0]}},
        "8": {"inputs": {"text": "a red car", "clip": ["6", 0]}},
    }
    parameters = read("prompt", graph).parameters
    assert parameters is not None
    assert parameters.prompt == "a red car"
    assert (parameters.get("Seed"), parameters.get("Steps"), parameters.get("Model")) == ("9", "4", "m.safetensors")


CIRCLE = {
    "1": {"inputs": {"positive": ["2", 0], "negative": ["2", 0], "steps": 1}},
    "2": {"inputs": {"conditioning": ["3", 0]}},
    "3": {"inputs": {"conditioning": ["2", 0]}},
}


@pytest.mark.parametrize(
    "texts",
    [
        {"prompt": DEEP},
        {"prompt": '{"a": ' * 50_000},
        {"prompt": "{"},
        {"prompt": json.dumps({"1": 7, "2": {"inputs": []}, "3": None})},
        {"prompt": json.dumps(CIRCLE)},
        {"invokeai_metadata": "[1]"},
        {"invokeai_metadata": json.dumps({"positive_prompt": 5})},
        {"sd-metadata": json.dumps({"image": {"prompt": 3}})},
        {"workflow": "{}"},
    ],
)
def test_texts_that_say_nothing_are_refused_in_words(texts: dict[str, str]) -> None:
    with pytest.raises(UserError, match="does not say how it was made"):
        read_png(foreign_png(texts))


def test_a_prompt_without_end_is_cut() -> None:
    metadata = read("invokeai_metadata", {"positive_prompt": "a " * 10**5, "seed": {"deep": [[[]]]}, "steps": True})
    assert metadata.parameters is not None
    assert len(metadata.parameters.prompt) <= MAX_TEXT_LENGTH
    assert metadata.parameters.values == ()


def test_a_text_that_unpacks_to_a_gigabyte_is_refused_in_words() -> None:
    packed = zlib.compress(bytes(80 * 2**20), 9)
    body = b"prompt\0\0" + packed
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    plain = foreign_png({})
    with pytest.raises(UserError, match="not a PNG picture that can be read"):
        read_png(plain[:33] + chunk + plain[33:])


def test_a_stripped_picture_has_the_same_pixels_and_says_nothing() -> None:
    png = write_png(PICTURE_SIZE, RGB, sample_record(), sample_scene())
    bare = without_metadata(png)
    assert b"lmd_scene" in png
    assert not any(word in bare for word in (b"lmd_scene", b"parameters", b"red car", b"tEXt", b"iTXt"))
    with Image.open(io.BytesIO(bare)) as image:
        assert (image.tobytes(), image.info) == (RGB, {})


@pytest.mark.parametrize("cut", [0, 4, 20, -5])
def test_a_torn_picture_cannot_be_stripped(cut: int) -> None:
    png = write_png(PICTURE_SIZE, RGB, sample_record(), sample_scene())
    with pytest.raises(UserError, match="damaged"):
        without_metadata(png[:cut])


def test_a_thumbnail_is_made_once_and_again_after_a_tear(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.effect_noise((640, 320), 90).convert("RGB").save(buffer, "PNG")
    asked: list[str] = []

    def picture(sha256: str) -> bytes:
        asked.append(sha256)
        return buffer.getvalue()

    store = ThumbnailStore(tmp_path / "thumbnails")
    first = store.get("ab", picture)
    assert (first.size, len(first.rgb)) == (Size(SIDE, SIDE // 2), 3 * SIDE * SIDE // 2)
    assert store.get("ab", picture) == first
    assert asked == ["ab"]
    (tmp_path / "thumbnails" / "ab.png").write_bytes(b"\x89PNG torn")
    assert store.get("ab", picture) == first
    assert asked == ["ab", "ab"]
