"""Reads what other programs write into their PNG files about a picture: prompt, negative prompt, and the usual values.

Known: the ``parameters`` text of A1111, Forge and what follows them; ``prompt`` of ComfyUI (the graph of its nodes);
``invokeai_metadata`` and ``sd-metadata`` of InvokeAI; JSON in ``parameters`` as SwarmUI and Fooocus write it. Whatever
cannot be understood says nothing; it never raises and never takes long.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from lmd_desktop.storage.reading import JsonObject

PARAMETERS_KEY = "parameters"
NEGATIVE_START = "Negative prompt:"
# Readers of ``parameters`` split the last line at commas that stand outside of double quotes.
_PAIR = re.compile(r'\s*(\w[\w \-/]*):\s*("(?:\\.|[^\\"])*"|[^,]*)(?:,|$)')
_FEWEST_PAIRS = 3
MAX_VALUES_LENGTH = 10_000  # the pattern takes quadratic time on a line that was made to be slow
MAX_JSON_LENGTH = 8 * 2**20  # characters; graphs with hundreds of nodes stay below one million
MAX_NODES_SEEN = 500  # of a graph, on the way to one text
MAX_TEXT_LENGTH = 20_000
_SAMPLES = ("positive", "negative")
_NUMBERS = r"\(?\s*(\d{1,5})\s*[,x×]\s*(\d{1,5})\s*\)?"


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a picture of any program says; ``values`` are pairs under the names of the ``parameters`` text."""

    prompt: str
    negative_prompt: str
    values: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str | None:
        return dict(self.values).get(name)


@dataclass(frozen=True, slots=True)
class Foreign:
    """``program`` is empty where several programs write the same form."""

    program: str
    parameters: Parameters


def read_foreign(texts: Mapping[str, str]) -> Foreign | None:
    """What the texts of a PNG file say, by the first program that is recognised; None if they say nothing."""
    for key, program, read in (
        ("invokeai_metadata", "InvokeAI", _invoke),
        ("sd-metadata", "InvokeAI", _old_invoke),
        (PARAMETERS_KEY, "SwarmUI", _swarm),
        (PARAMETERS_KEY, "Fooocus", _fooocus),
        ("prompt", "ComfyUI", _comfy),
    ):
        values = _json_object(texts.get(key, ""))
        found = read(values) if values else None
        if found is not None:
            return Foreign(program, found)
    if PARAMETERS_KEY in texts:
        return Foreign("", parse_parameters(texts[PARAMETERS_KEY]))
    return None


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


def _invoke(values: JsonObject) -> Parameters | None:
    return _parameters(
        values.get("positive_prompt"),
        values.get("negative_prompt"),
        steps=values.get("steps"),
        sampler=values.get("scheduler"),
        scale=values.get("cfg_scale"),
        seed=values.get("seed"),
        size=(values.get("width"), values.get("height")),
        model=_object(values.get("model")).get("name"),
    )


def _old_invoke(values: JsonObject) -> Parameters | None:
    image = _object(values.get("image"))
    prompt = image.get("prompt")
    if isinstance(prompt, list):
        prompt = ", ".join(str(_object(part).get("prompt", "")) for part in cast(list[object], prompt)[:MAX_NODES_SEEN])
    # This form writes what the picture must not show in square brackets.
    negative = ", ".join(re.findall(r"\[([^\[\]]*)\]", prompt[:MAX_TEXT_LENGTH])) if isinstance(prompt, str) else ""
    positive = re.sub(r"\[[^\[\]]*\]", "", prompt[:MAX_TEXT_LENGTH]).strip() if isinstance(prompt, str) else None
    return _parameters(
        positive,
        negative,
        steps=image.get("steps"),
        sampler=image.get("sampler"),
        scale=image.get("cfg_scale"),
        seed=image.get("seed"),
        size=(image.get("width"), image.get("height")),
        model=values.get("model_weights"),
    )


def _swarm(values: JsonObject) -> Parameters | None:
    image = _object(values.get("sui_image_params"))
    return _parameters(
        image.get("prompt"),
        image.get("negativeprompt"),
        steps=image.get("steps"),
        sampler=image.get("sampler"),
        scale=image.get("cfgscale"),
        seed=image.get("seed"),
        size=(image.get("width"), image.get("height")),
        model=image.get("model"),
    )


def _fooocus(values: JsonObject) -> Parameters | None:
    size = re.fullmatch(_NUMBERS, str(values.get("resolution", ""))[:40])
    return _parameters(
        values.get("prompt"),
        values.get("negative_prompt"),
        steps=values.get("steps"),
        sampler=values.get("sampler"),
        scale=values.get("guidance_scale"),
        seed=values.get("seed"),
        size=(size[1], size[2]) if size else (None, None),
        model=values.get("base_model"),
    )


def _comfy(graph: JsonObject) -> Parameters | None:
    """The node that samples, and from there back along the links to the texts, the size and the model."""
    nodes = {name: inputs for name, node in graph.items() if (inputs := _object(_object(node).get("inputs")))}
    samplers = [inputs for inputs in nodes.values() if all(_link(inputs.get(side)) for side in _SAMPLES)]
    samplers.sort(key=lambda inputs: "steps" in inputs, reverse=True)  # ControlNet nodes have both sides too
    guided = [inputs for inputs in nodes.values() if _link(inputs.get("guider"))]
    for inputs in (*samplers, *guided):
        around = _merged(nodes, inputs, ("noise", "sampler", "sigmas"))
        positive = _text_behind(nodes, inputs.get("positive") or inputs.get("guider"))
        size = _merged(nodes, inputs, ("latent_image", "latent"))
        model = _merged(nodes, inputs, ("model", "guider"))
        found = _parameters(
            positive,
            _text_behind(nodes, inputs.get("negative")) or "",
            steps=around.get("steps"),
            sampler=around.get("sampler_name"),
            scale=around.get("cfg"),
            seed=around.get("seed", around.get("noise_seed")),
            size=(size.get("width"), size.get("height")),
            model=model.get("ckpt_name", model.get("unet_name")),
        )
        if found is not None:
            return found
    return None


def _text_behind(nodes: Mapping[str, JsonObject], start: object) -> str | None:
    """The nearest text along the links of a graph, both texts where a node has one for each text encoder."""
    waiting, seen = [start], set[str]()
    while waiting and len(seen) < MAX_NODES_SEEN:
        name = _link(waiting.pop(0))
        if name is None or name in seen or name not in nodes:
            continue
        seen.add(name)
        inputs = nodes[name]
        texts = [inputs.get(key) for key in ("text", "text_g", "text_l", "string", "value", "prompt")]
        written = list(dict.fromkeys(text.strip() for text in texts if isinstance(text, str) and text.strip()))
        if written:
            return ", ".join(written)
        waiting += [value for key, value in inputs.items() if key not in ("clip", "model", "vae", "negative")]
    return None


def _merged(nodes: Mapping[str, JsonObject], inputs: JsonObject, along: tuple[str, ...]) -> JsonObject:
    """The plain values of a node and of those that lie behind some of its links; the nearest win."""
    found = dict(inputs)
    waiting, seen = [inputs.get(key) for key in along], set[str]()
    while waiting and len(seen) < MAX_NODES_SEEN:
        name = _link(waiting.pop(0))
        if name is None or name in seen or name not in nodes:
            continue
        seen.add(name)
        for key, value in nodes[name].items():
            if _link(value) is None:
                found.setdefault(key, value)
            elif key in (*along, "model", "samples", "latent_image"):
                waiting.append(value)
    return found


def _parameters(
    prompt: object,
    negative: object,
    *,
    steps: object,
    sampler: object,
    scale: object,
    seed: object,
    size: tuple[object, object],
    model: object,
) -> Parameters | None:
    """None if there is no prompt: then it was not this program."""
    if not isinstance(prompt, str):
        return None
    sides = [str(side) for side in size if isinstance(side, int | str) and not isinstance(side, bool)]
    pairs = (
        ("Steps", steps),
        ("Sampler", sampler),
        ("CFG scale", scale),
        ("Seed", seed),
        ("Size", "x".join(sides) if len(sides) == 2 else None),
        ("Model", model),
    )
    return Parameters(
        prompt[:MAX_TEXT_LENGTH].strip(),
        negative[:MAX_TEXT_LENGTH].strip() if isinstance(negative, str) else "",
        tuple(
            (name, str(value)[:MAX_TEXT_LENGTH])
            for name, value in pairs
            if isinstance(value, int | float | str) and not isinstance(value, bool)
        ),
    )


def _json_object(text: str) -> JsonObject:
    """An empty one for whatever is no JSON object; ComfyUI writes NaN, which is none, and which stands for nothing."""
    if len(text) > MAX_JSON_LENGTH or text.lstrip()[:1] != "{":
        return {}
    try:
        return _object(json.loads(text, parse_constant=lambda _name: None))
    except (ValueError, RecursionError):
        return {}


def _object(value: object) -> JsonObject:
    return cast(JsonObject, value) if isinstance(value, dict) else {}


def _link(value: object) -> str | None:
    """The node that an input of a ComfyUI graph comes from: ``[node, output]``."""
    if not isinstance(value, list) or len(cast(list[object], value)) != 2:
        return None
    node = cast(list[object], value)[0]
    return str(node) if isinstance(node, str | int) else None


def _unquoted(value: str) -> str:
    if len(value) < 2 or not (value.startswith('"') and value.endswith('"')):
        return value
    return re.sub(r"\\(.)", r"\1", value[1:-1])
