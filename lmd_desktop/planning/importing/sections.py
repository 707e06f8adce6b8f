"""The labelled parts of a text: where the objects, the background prompt and the negative prompt begin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["objects", "background", "negative", "caption", "other"]

_LABELS: dict[Kind, str] = {
    "objects": r"(?:list of )?objects?(?: list)?|bounding boxes|boxes|layout|"
    r"物体(?:列表)?|对象(?:列表)?|目标|布局|物品",
    "background": r"back\s?g?round(?:[ _-]?(?:(?:image |scene )?prompts?|description|scene|text|caption))?|"
    r"bg\.?(?:[ _-]?prompt)?|"
    r"背景(?:提示词|提示|描述|文本|词)?",
    "negative": r"neg[ai]tives?(?:[ _-]?(?:prompts?|description|text))?|neg\.?(?:[ _-]?prompt)?|"
    r"exclu(?:de|sions?|ded objects)|"
    r"(?:负面|反向|负向|否定|消极|负)(?:提示词|提示|描述|词)?|排除",
    "caption": r"(?:image |user |input )?caption(?: \d+)?|(?:user )?prompt|标题|题目|图像描述|说明文字",
    "other": r"explanation|notes?|reasoning|rationale|summary|analysis|style|output|answer|response|"
    r"解释|说明|注释?|备注",
}
_LINE = re.compile(
    # What a run of marks took it keeps: a rule of hundreds of dashes would be tried in every division.
    r"(?:[#>\-*•+|\u2190-\u2bff\U0001f000-\U0001faff\ufe0f]++[ \t]*+|\(?\d{1,2}[.)][ \t]+){0,3}[\"'*_]*(?:"
    + "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _LABELS.items())
    + r")[\"'*_ ]*(?:\([^)\n]{0,40}\))?[ \t]*"
    # Without a colon only what is no sentence about the prompt.
    r"(?:[:=;][:=]?[\"'*_]*|(?<=[ \t])->?(?=[ \t])|(?<=prompt )\||\Z|"
    r"(?<=[de] prompt )(?!(?:is|was|are|should|must|can|may|has|does|will|and|or|for|to|in|of|keeps|[a-z]+s)\b))",
    re.IGNORECASE,
)
_INLINE = re.compile(
    r"(?P<background>back\s?ground[ _]prompts?|背景提示词?)[\"'*_ ]*[:=]|"
    r"(?P<negative>negative[ _]prompts?|(?:负面|反向|负向)提示词?)[\"'*_ ]*[:=]|(?P<objects>\bobjects)[\"'*_ ]*:",
    re.IGNORECASE,
)
_PROSE = re.compile(
    r"(?:I|I've|I'm|I hope|We|You|Your|This|These|That|Those|The (?:layout|boxes|above|objects?|bounding|image|"
    r"scene|canvas|background prompt|negative prompt|coordinates)|"
    r"Note|Notes|Let me|Let's|Please|Here|Feel free|Explanation|In this|Hope|Would|If|Each|All|With this|Make sure|"
    r"Remember|Is there|Do you|As (?:the|there|you)|Since|Because|Sure|Thank|Enjoy|"
    r"Option|Version|Variation|Alternative|Example|Layout \d)\b|---|"
    r"(?:希望|注意|说明|以上|这个|这些|如果|请|我|解释|备注)",
)
_TALK = re.compile(
    r"(?:I |I'm |I've |(?:I )?hope (?:this|that|it)|let me know|feel free|enjoy!|would you|do you)", re.IGNORECASE
)
_NOTHING = re.compile(
    r"(?:(?:none|n/?a|n\.a|nil|null|undefined|0|empty|nothing|no|not applicable|unspecified|blank|empty string|"
    r"无|没有|空|暂无|不需要)|"
    r"(?:left |leave |kept )?(?:it )?(?:blank|empty|out)|[-–—./\"'\[\](){}<>]*|"
    r"(?:none|not|nothing)(?: was| is)? (?:needed|required|specified|given|provided|necessary|mentioned|stated|"
    r"excluded|to exclude|applicable)|"
    # Why there is none, behind the word or instead of it.
    r"(?:none|n/a|null|nil|not applicable|nothing)\s*[-(\[,;:.]\s*\w.*|"
    r"(?:there (?:is|are|were|was) )?(?:no|nothing|not any) (?:\w+ ){0,2}?(?:to )?"
    r"(?:negative|exclusions?|excluded|exclude|need)\b.*|"
    r"there (?:is|are|were|was) (?:no|nothing)\b.*)[.。!]?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Label:
    """A label in a text: what it opens, and where it and its content begin. ``is_exact`` marks LMD's own wording."""

    kind: Kind
    start: int
    end: int
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A labelled part of a text up to the next label."""

    label: Label
    text: str


def find_labels(text: str) -> list[Label]:
    """All labels in their order, with the bullets before them; the long ones also within a line."""
    found: dict[int, Label] = {}
    for place, match in (*_at_lines(text), *((0, match) for match in _INLINE.finditer(text))):
        kind = next(name for name, value in match.groupdict().items() if value is not None)
        start, end = place + match.start(), place + match.end()
        words = re.sub(r"[ _]+", " ", match.group(kind).lower())
        is_exact = words in ("objects", "background prompt", "negative prompt") or words[0] > "\u2e80"
        if not any(label.start <= start < label.end for label in found.values()):
            found[start] = Label(_kind(kind), start, end, is_exact)
    return [found[start] for start in sorted(found)]


def _at_lines(text: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Labels at the beginning of a line, with the place from which the match counts."""
    place = 0
    for line in text.split("\n"):
        stripped = line.strip()
        match = _LINE.match(stripped)
        if match is not None:
            yield place + line.index(stripped), match
        place += len(line) + 1


def find_sections(text: str) -> list[Section]:
    labels = find_labels(text)
    ends = [*(label.start for label in labels), len(text)][1:]
    return [Section(label, text[label.end : end]) for label, end in zip(labels, ends, strict=True)]


def prompt_text(text: str) -> str:
    """One prompt of a section: its first paragraph, without marks around it and without what was said behind it."""
    said = ""
    for number, line in enumerate(text.split("\n")):
        stripped = line.lstrip(" \t#>*-•,;|").rstrip(" \t#*-•,;|")
        if not stripped:
            if said:
                break
            continue
        # What stands beside its label is the prompt, whatever it sounds like.
        if number and (_TALK.match(stripped) or (_PROSE.match(stripped) and (said or len(stripped.split()) > 3))):
            break
        is_item = re.match(r"\s*(?:[-*•+]|\d{1,2}[.)])\s", line) is not None
        # A line that was broken goes on in small letters; anything else is talk without a blank line before it.
        if said and not (is_item or said.endswith(",") or stripped[0].islower()):
            break
        said += (", " if is_item else " ") * bool(said) + stripped
    return without_marks(said)


def without_marks(text: str) -> str:
    """A text without quotes and brackets around the whole of it; "None" and its like become nothing."""
    text = text.strip().strip(",;").strip()
    text = re.sub(r"^([\"'`])(\w+)\1\.$", r"\2", text)
    while len(text) >= 2 and text[0] + text[-1] in ("[]", "()", "{}", "<>"):
        text = text[1:-1].strip()
    parts = [part.strip() for part in text.split(",")]
    if len(parts) > 1 and all(len(part) > 1 and part[0] == part[-1] and part[0] in "\"'`" for part in parts):
        text = ", ".join(part[1:-1] for part in parts)
    while len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'`":
        text = text[1:-1].strip()
    text = text.strip("`*_ ")
    text = text.strip('"') if text.count('"') == 1 else text
    return "" if _NOTHING.fullmatch(text) else text


def _kind(name: str) -> Kind:
    match name:
        case "objects" | "background" | "negative" | "caption":
            return name
        case _:
            return "other"
