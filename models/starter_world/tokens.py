"""Makes the painter's tokenizer: CLIP's byte-level BPE with the words of the starter world as whole tokens."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTokenizer

from models.starter_world.captions import NUMBERS
from models.starter_world.vocabulary import BACKGROUNDS, COLOURS, PLAIN_BACKGROUNDS, STYLES, THINGS

START, END = "<|startoftext|>", "<|endoftext|>"
MAX_TOKENS = 77
VOCABULARY_SIZE = 1200
SPLIT = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
# Words of usual negative prompts and of LMD's defaults: known as words, so that they cost one token each.
QUALITY_TEXT = """
artifacts blurry smooth texture bad quality distortions unrealistic distorted image proportions duplicate two many group
occlusion occluded side border collate low ugly cropped text watermark
"""
QUALITY_WORDS = tuple(QUALITY_TEXT.split())
SMALL_TEXT = "a an the and with in on of left right top bottom without , . painting sketch photo scene"
SMALL_WORDS = tuple(SMALL_TEXT.split())


def world_words() -> list[str]:
    """Every word that captions use, most common kinds first."""
    phrases = [*BACKGROUNDS, *PLAIN_BACKGROUNDS, *STYLES.values(), *STYLES, *THINGS, *THINGS.values(), *COLOURS]
    words = [word for phrase in phrases for word in phrase.split()]
    return list(dict.fromkeys([*SMALL_WORDS, *words, *NUMBERS.values(), *QUALITY_WORDS]))


def save_tokenizer(folder: Path) -> CLIPTokenizer:
    """Write tokenizer files that ``CLIPTokenizer.from_pretrained`` reads offline."""
    bytes_alone = sorted(pre_tokenizers.ByteLevel.alphabet())
    alphabet = bytes_alone + [letter + "</w>" for letter in bytes_alone]
    trained = Tokenizer(models.BPE(end_of_word_suffix="</w>", continuing_subword_prefix=""))
    trained.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    trained.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trained.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY_SIZE,
        min_frequency=1,
        initial_alphabet=bytes_alone,
        end_of_word_suffix="</w>",
        continuing_subword_prefix="",
        show_progress=False,
    )
    trained.train_from_iterator([" ".join(world_words())] * 2, trainer)
    merges = [tuple(merge) for merge in json.loads(trained.to_str())["model"]["merges"]]
    vocabulary = {token: index for index, token in enumerate(_tokens(alphabet, merges))}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(merge) for merge in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    tokenizer = CLIPTokenizer(
        vocab=vocabulary,
        merges=merges,
        unk_token=END,
        bos_token=START,
        eos_token=END,
        pad_token=END,
        model_max_length=MAX_TOKENS,
    )
    tokenizer.save_pretrained(folder)
    return tokenizer


def _tokens(alphabet: list[str], merges: list[tuple[str, str]]) -> list[str]:
    """CLIP's order: bytes, bytes that end a word, merges, start, end."""
    return list(dict.fromkeys([*alphabet, *("".join(merge) for merge in merges), START, END]))


def split_words(text: str) -> list[str]:
    """The words and commas of a caption of this world, one token each."""
    return re.findall(r"[a-z]+|,", text)
