"""Single checkpoint files and what is added to painters, in the key layouts that people have; no socket is opened."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import original_layouts as original
import pytest
import torch
from diffusers import StableDiffusionXLPipeline
from safetensors.torch import load_file, save_file
from torch import Tensor

from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import Size
from lmd_desktop.domain.painter import Lora, PainterParts
from lmd_desktop.domain.requests import RenderRequest
from lmd_desktop.rendering.checkpoints.components import Components
from lmd_desktop.rendering.checkpoints.gligen import with_gligen
from lmd_desktop.rendering.checkpoints.loras import add_loras
from lmd_desktop.rendering.latents import noise, seeded
from lmd_desktop.rendering.methods import all_methods
from lmd_desktop.rendering.methods.gligen import Gligen
from lmd_desktop.rendering.methods.plain import Plain
from lmd_desktop.rendering.pipeline import Pipeline, load_pipeline

FAMILIES = {"sd1": original.TINY_SD1, "sd2": original.TINY_SD2, "sdxl": original.TINY_SDXL}
SMALL = Size(128, 128)
UNET, VAE = "model.diffusion_model.", "first_stage_model."
Make = Callable[..., RenderRequest]
LatentsOf = Callable[..., Tensor]


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("checkpoints")
    return {
        family: original.write(folder / f"{family}.safetensors", original.checkpoint(sizes))
        for family, sizes in FAMILIES.items()
    }


@pytest.fixture(scope="session")
def loaded(files: dict[str, Path]) -> dict[str, Pipeline]:
    return {family: load_pipeline(file, device="cpu") for family, file in files.items()}


def with_parts(file: Path, **parts: Any) -> Pipeline:
    return load_pipeline(file, device="cpu", parts=PainterParts(**parts))


def refusal(file: Path, **parts: Any) -> str:
    with pytest.raises(UserError) as refused:
        with_parts(file, **parts)
    assert refused.value.exit_code is ExitCode.MODEL_MISSING
    assert refused.value.next_step
    return refused.value.cause


@pytest.mark.parametrize("family", FAMILIES)
def test_every_weight_of_the_file_is_used(files: dict[str, Path], loaded: dict[str, Pipeline], family: str) -> None:
    pipeline, sizes = loaded[family], FAMILIES[family]

    def count(module: torch.nn.Module | None) -> int:
        return sum(parameter.numel() for parameter in module.parameters()) if module is not None else 0

    assert count(pipeline.unet) == original.parameters(original.unet(sizes))
    assert count(pipeline.vae) == original.parameters(original.vae(sizes.vae_channels))
    layers = sizes.encoders[0][2]
    encoders = {
        "sd1": [original.clip(64, layers, 49408)],
        "sd2": [original.openclip(64, layers - 1, 49408)],  # the last layer is not read
        "sdxl": [original.clip(64, 2, 49408), original.openclip(64, 3, 49408)],
    }[family]
    unread = 1 if family == "sdxl" else 64 * 64 + 1 if family == "sd2" else 0  # logit scale, projection
    found = count(pipeline.text_encoder) + count(pipeline.text_encoder_2)
    assert found == sum(original.parameters(shapes) for shapes in encoders) - unread
    assert pipeline.name == family
    assert len(pipeline.sha256) == 64
    assert pipeline.knows_clip_words


def test_weights_land_where_the_original_code_has_them(files: dict[str, Path], loaded: dict[str, Pipeline]) -> None:
    file, pipeline = load_file(files["sdxl"]), loaded["sdxl"]
    unet, vae = pipeline.unet.state_dict(), pipeline.vae.state_dict()
    assert pipeline.text_encoder_2 is not None
    second = pipeline.text_encoder_2.state_dict()
    in_projection = file["conditioner.embedders.1.model.transformer.resblocks.1.attn.in_proj_weight"]
    for found, expected in [
        (unet["conv_in.weight"], file[f"{UNET}input_blocks.0.0.weight"]),
        (unet["down_blocks.1.resnets.0.conv2.weight"], file[f"{UNET}input_blocks.4.0.out_layers.3.weight"]),
        (unet["down_blocks.1.downsamplers.0.conv.weight"], file[f"{UNET}input_blocks.6.0.op.weight"]),
        (
            unet["down_blocks.2.attentions.1.transformer_blocks.1.attn2.to_v.weight"],
            file[f"{UNET}input_blocks.8.1.transformer_blocks.1.attn2.to_v.weight"],
        ),
        (unet["mid_block.resnets.1.conv1.weight"], file[f"{UNET}middle_block.2.in_layers.2.weight"]),
        (unet["up_blocks.0.upsamplers.0.conv.weight"], file[f"{UNET}output_blocks.2.2.conv.weight"]),
        (unet["up_blocks.2.resnets.2.conv_shortcut.weight"], file[f"{UNET}output_blocks.8.0.skip_connection.weight"]),
        (unet["add_embedding.linear_1.weight"], file[f"{UNET}label_emb.0.0.weight"]),
        (vae["decoder.up_blocks.0.resnets.2.conv1.weight"], file[f"{VAE}decoder.up.3.block.2.conv1.weight"]),
        (vae["encoder.mid_block.attentions.0.to_q.weight"], file[f"{VAE}encoder.mid.attn_1.q.weight"][:, :, 0, 0]),
        (second["text_model.encoder.layers.1.self_attn.k_proj.weight"], in_projection[64:128]),
        (second["text_projection.weight"], file["conditioner.embedders.1.model.text_projection"].T),
    ]:
        assert torch.equal(found, expected.float())


@pytest.mark.parametrize(("spread", "prediction", "side"), [(0.01, "epsilon", 512), (0.3, "v_prediction", 768)])
def test_what_stable_diffusion_2_predicts_is_measured_if_nobody_noted_it(
    files: dict[str, Path], tmp_path: Path, *, spread: float, prediction: str, side: int
) -> None:
    tensors = load_file(files["sd2"])
    bias = torch.randn(64, generator=torch.Generator().manual_seed(1)) * spread
    tensors[f"{UNET}output_blocks.11.1.transformer_blocks.0.norm1.bias"] = bias.half()
    save_file(tensors, tmp_path / "sd2.safetensors")
    pipeline = load_pipeline(tmp_path / "sd2.safetensors", device="cpu")
    assert pipeline.scheduler_config["prediction_type"] == prediction
    assert pipeline.native_size == Size(side, side)


def test_sdxl_paints_what_its_own_pipeline_paints(
    loaded: dict[str, Pipeline], request_for: Make, latents_of: LatentsOf
) -> None:
    pipeline = loaded["sdxl"]
    request = request_for(method="plain", size=SMALL)
    theirs: Any = StableDiffusionXLPipeline(
        vae=pipeline.vae,
        text_encoder=pipeline.text_encoder,
        text_encoder_2=pipeline.text_encoder_2,  # pyright: ignore[reportArgumentType]
        tokenizer=pipeline.tokenizer,
        tokenizer_2=pipeline.tokenizer_2,  # pyright: ignore[reportArgumentType]
        unet=pipeline.unet,
        scheduler=pipeline.scheduler_class.from_config(pipeline.scheduler_config),
        add_watermarker=False,
    )
    theirs.set_progress_bar_config(disable=True)
    ours = latents_of(pipeline, request, Plain)
    expected = theirs(
        "a grass field with a red car, a blue cup",
        negative_prompt=run_negative(pipeline),
        latents=noise(seeded(request.seed), 4, (16, 16), device=torch.device("cpu")),
        width=128,
        height=128,
        num_inference_steps=request.num_inference_steps,
        guidance_scale=request.guidance_scale,
        output_type="latent",
    ).images
    assert torch.allclose(ours, expected, atol=1e-3 * float(expected.abs().max()))


def run_negative(pipeline: Pipeline) -> str:
    from lmd_desktop.rendering.prompts import QUALITY_NEGATIVES

    return f"cats, {QUALITY_NEGATIVES}" if pipeline.knows_clip_words else "cats"


@pytest.mark.parametrize("method", [method for method in all_methods() if not method.spec.needs])
def test_methods_without_grounding_paint_with_sdxl(
    loaded: dict[str, Pipeline], request_for: Make, latents_of: LatentsOf, method: Any
) -> None:
    request = request_for(method=method.spec.name, num_inference_steps=2, size=SMALL)
    assert bool(torch.isfinite(latents_of(loaded["sdxl"], request, method)).all())


def test_gligen_layers_are_the_same_in_both_layouts(
    files: dict[str, Path], loaded: dict[str, Pipeline], tmp_path: Path, request_for: Make, latents_of: LatentsOf
) -> None:
    opened = {name: 0.5 for name in original.gligen(original.TINY_SD1) if ".alpha_" in name}
    theirs = original.write(tmp_path / "gligen.safetensors", original.gligen(original.TINY_SD1), values=opened)
    gated = with_parts(files["sd1"], gligen=theirs)
    assert gated.is_gated
    assert gated.name == "sd1 + gligen"
    gated.unet.save_pretrained(tmp_path / "whole" / "unet")  # the UNet of a gated painter, as diffusers writes it
    again = with_gligen(loaded["sd1"].unet, tmp_path / "whole", dtype=torch.float32, allows_pickles=False)
    assert all(torch.equal(again.state_dict()[name], weight) for name, weight in gated.unet.state_dict().items())
    plain = request_for(method="plain", num_inference_steps=2, size=SMALL)
    grounded = request_for(method="gligen", parameters=(("grounding_ratio", 1.0),), num_inference_steps=2, size=SMALL)
    unmoved = latents_of(gated, plain, Plain)
    assert torch.equal(unmoved, latents_of(loaded["sd1"], plain, Plain))
    assert not torch.allclose(unmoved, latents_of(gated, grounded, Gligen), atol=1e-2)


def test_what_are_no_gligen_layers_for_this_painter_is_refused(loaded: dict[str, Pipeline], tmp_path: Path) -> None:
    layers = original.write(tmp_path / "gligen.safetensors", original.gligen(original.TINY_SD1))
    with pytest.raises(UserError, match="do not fit this painter"):
        with_gligen(loaded["sdxl"].unet, layers, dtype=torch.float32, allows_pickles=False)
    lora = original.write(tmp_path / "lora.safetensors", original.lora(original.TINY_SD1))
    with pytest.raises(UserError, match=r"a LoRA, an addition .*, not GLIGEN layers"):
        with_gligen(loaded["sd1"].unet, lora, dtype=torch.float32, allows_pickles=False)


def changes(before: Pipeline, after: Pipeline) -> dict[str, Tensor]:
    """By how much the weights of UNet and text encoder differ, where they do."""
    found: dict[str, Tensor] = {}
    for part in ("unet", "text_encoder"):
        old, new = getattr(before, part).state_dict(), getattr(after, part).state_dict()
        assert old.keys() == new.keys()
        found |= {f"{part}.{name}": new[name] - old[name] for name in old if not torch.equal(old[name], new[name])}
    return found


def test_loras_are_added_to_the_weights_by_their_amounts(
    files: dict[str, Path], loaded: dict[str, Pipeline], tmp_path: Path
) -> None:
    alphas = {name: 2.0 for name in original.lora(original.TINY_SD1) if name.endswith(".alpha")}
    kohya = original.write(tmp_path / "kohya.safetensors", original.lora(original.TINY_SD1), values=alphas)
    file = load_file(kohya)
    block = "down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k"
    product = file[f"lora_unet_{block}.lora_up.weight"].float() @ file[f"lora_unet_{block}.lora_down.weight"].float()
    name = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"
    down = torch.full((1, 64), 0.5)
    up = torch.full((64, 1), 0.25)
    save_file({f"unet.{name}.lora_A.weight": down, f"unet.{name}.lora_B.weight": up}, tmp_path / "peft.safetensors")
    pipeline = with_parts(files["sd1"], loras=(Lora(kohya, 0.8), Lora(tmp_path / "peft.safetensors", -2.0)))
    found = changes(loaded["sd1"], pipeline)
    assert len(found) == 10
    expected = 0.8 * (2.0 / 4) * product - 2.0 * up @ down  # alpha over rank
    assert torch.allclose(found[f"unet.{name}.weight"], expected, atol=1e-5)
    assert any(changed.startswith("text_encoder.encoder.layers.0") for changed in found)
    assert pipeline.name == "sd1 + kohya:0.8 + peft:-2"
    assert not any("lora" in module for module, _ in pipeline.unet.named_modules())
    assert pipeline.sha256 != loaded["sd1"].sha256


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        (
            ("lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight", 2048),
            "is for SDXL, the",
        ),
        (("lora_unet_mid_block.hada_w1_a", 2), "a LyCORIS file"),
        (("lora_unet_nothing.lora_down.weight", 2), "lora.safetensors"),
        (None, "There is no LoRA"),
    ],
)
def test_a_lora_that_does_not_fit_is_refused(
    loaded: dict[str, Pipeline], tmp_path: Path, *, tensors: tuple[str, int] | None, words: str
) -> None:
    path = tmp_path / "lora.safetensors"
    if tensors is not None:
        save_file({tensors[0]: torch.zeros(2, tensors[1])}, path)
    pipeline = loaded["sd1"]
    components = Components(pipeline.tokenizer, pipeline.text_encoder, pipeline.unet, pipeline.vae, {})
    with pytest.raises(UserError, match=words):
        add_loras(components, (Lora(path),), allows_pickles=False)
    assert not any("lora" in module for module, _ in pipeline.unet.named_modules())


def test_another_vae_replaces_or_completes_that_of_the_painter(
    files: dict[str, Path], loaded: dict[str, Pipeline], tmp_path: Path
) -> None:
    shapes = original.vae(original.TINY_SD1.vae_channels)
    theirs = original.write(tmp_path / "vae.safetensors", dict(reversed(shapes.items())))  # other random numbers
    bare = original.write(tmp_path / "bare.safetensors", original.checkpoint(original.TINY_SD1, has_vae=False))
    assert "The VAE is missing" in refusal(bare)
    replaced = with_parts(bare, vae=theirs).vae
    expected = load_file(theirs)["decoder.conv_in.weight"].float()
    assert torch.equal(replaced.decoder.conv_in.weight, expected)
    assert not torch.equal(loaded["sd1"].vae.decoder.conv_in.weight, expected)
    replaced.save_pretrained(tmp_path / "folder")
    for path in (tmp_path / "folder", tmp_path / "folder" / "diffusion_pytorch_model.safetensors"):
        again = with_parts(files["sd1"], vae=path).vae
        assert all(torch.equal(again.state_dict()[name], weight) for name, weight in replaced.state_dict().items())
    assert "a scaling factor of 0.18215, the painter one of 0.13025" in refusal(files["sdxl"], vae=tmp_path / "folder")
    assert "a checkpoint, not a VAE" in refusal(files["sd1"], vae=bare)


def test_a_pickle_is_opened_only_if_allowed_and_runs_nothing(files: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "painter.ckpt"
    torch.save({"state_dict": load_file(files["sd1"]), "epoch": 3}, path)
    assert "pickle" in refusal(path)
    assert with_parts(path, allows_pickles=True).unet.config["cross_attention_dim"] == 64
    path.write_bytes(pickle.dumps(_Trap(tmp_path / "trapped")))
    assert "more than weights" in refusal(path, allows_pickles=True)
    assert not (tmp_path / "trapped").exists()


class _Trap:
    """A pickle that makes a file when it is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


def test_missing_or_wrong_tensors_are_named(files: dict[str, Path], tmp_path: Path) -> None:
    tensors = load_file(files["sd1"])
    del tensors[f"{UNET}middle_block.0.out_layers.3.weight"]
    save_file(tensors, tmp_path / "painter.safetensors")
    assert "mid_block.resnets.0.conv2.weight" in refusal(tmp_path / "painter.safetensors")


def test_folders_of_sdxl_in_half_precision_and_in_shards_are_loaded(
    loaded: dict[str, Pipeline], tmp_path: Path
) -> None:
    pipeline = loaded["sdxl"]
    pipeline.unet.save_pretrained(tmp_path / "unet", max_shard_size="10MB", variant="fp16")
    assert len(list((tmp_path / "unet").glob("*-of-*.safetensors"))) > 2
    pipeline.vae.save_pretrained(tmp_path / "vae", variant="fp16")
    for part in ("tokenizer", "text_encoder", "tokenizer_2", "text_encoder_2"):
        getattr(pipeline, part).save_pretrained(tmp_path / part)
    pipeline.scheduler_class.from_config(pipeline.scheduler_config).save_pretrained(tmp_path / "scheduler")
    (tmp_path / "model_index.json").write_text('{"text_encoder_2": [], "tokenizer_2": []}', encoding="utf-8")
    again = load_pipeline(tmp_path, device="cpu")
    assert again.is_xl
    assert again.pooled_width == 64
    for part in ("unet", "vae", "text_encoder", "text_encoder_2"):
        weights = getattr(again, part).state_dict()
        assert all(torch.equal(weights[name], weight) for name, weight in getattr(pipeline, part).state_dict().items())
