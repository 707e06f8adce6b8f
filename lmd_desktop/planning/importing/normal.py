"""A pasted text in plain spelling: ASCII brackets, quotes and digits, no fences, no invisible characters."""

from __future__ import annotations

import html
import json
import re

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_MARKS = str.maketrans(
    dict.fromkeys("“”„‟«»「」『』《》", '"')
    | dict.fromkeys("‘’‚‛′´", "'")
    | dict.fromkeys("【〔", "[")
    | dict.fromkeys("】〕", "]")
    | dict.fromkeys("\u3000\u00a0", " ")
    | dict.fromkeys("\u2028\u2029\r", "\n")
    | dict.fromkeys("−–—", "-")
    | dict.fromkeys("\ufeff\u200b\u200c\u200d\u2060\u00ad\x00", "")
    | {"、": ",", "،": ",", "。": ".", "×": "x", "…": "..."}
    | dict.fromkeys("→➔➜⟶⇒", "->")
)
# "#1 a cat", "① a cat": the numbers of a list.
_NUMBERED = re.compile(r"^([ \t]*)(?:#(\d{1,2})[.:)]?[ \t]+|([\u2460-\u2473])[ \t]*)(?=\S)", re.MULTILINE)
_FENCE = re.compile(r"^[ \t>]*(?:```|~~~)[^\n`]*$", re.MULTILINE)
_THINKING = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_END_TOKEN = re.compile(
    r"<\|[^|<>\n]{1,30}\|>|</?s>|<(?:end_of_turn|start_of_turn|eos|bos|pad)>|\[/?INST\]|\[end of text\]", re.I
)
# Markdown and cache files write a backslash before what would mean something.
_ESCAPED = re.compile(r"\\([\[\](){}*_])")
_ESCAPED_LINES = re.compile(r"\\n\s*(?:\*\*)?(?:Objects|Background|Negative)", re.IGNORECASE)
_ESCAPED_QUOTES = re.compile(r"[(\[,{:]\s*\\['\"]")
_SPEAKER = re.compile(
    r"^(?:assistant|chatgpt|gpt-?\d|ai|bot|answer|output|response)\s*:\s*(?=\W*(?:\d[.)]\s)?\W*objects?\b)",
    re.IGNORECASE | re.MULTILINE,
)
_BRACKETED_LABEL = re.compile(
    r"^([ \t>#*\-•]*)[\[<]((?:objects?|background|negative)(?:[ _]prompts?)?)[\]>](?=\s*:)",
    re.IGNORECASE | re.MULTILINE,
)
_ANSWER = re.compile(r"\n\W*(?:background|negative)[ _]prompt", re.IGNORECASE)
_TAG = re.compile(r"</?(?:p|b|i|em|strong|code|pre|div|span|ul|ol|li|br)\b[^>\n]*>", re.IGNORECASE)


def plain_text(text: str) -> str:
    """The text as the readers expect it."""
    text = _unpacked(text)
    text = text.replace("\r\n", "\n").translate(_WIDE).translate(_MARKS)
    text = _ESCAPED.sub(r"\1", text)
    if _ESCAPED_LINES.search(text):
        text = text.replace("\\n", "\n")
    if _ESCAPED_QUOTES.search(text):
        text = text.replace("\\'", "'").replace('\\"', '"')
    text = _END_TOKEN.sub("", _THINKING.sub("\n", text))
    if re.search(r"&(?:quot|apos|amp|lt|gt|nbsp|#\d{2,5}|#x[0-9a-f]{2,4});", text, re.IGNORECASE):
        text = html.unescape(text)
    text = _TAG.sub(_break_of, text)
    text = _FENCE.sub("", text)
    text = re.sub(r"<(background|negative)(?:[_ -]?prompt)?>", r"\n\1: ", text, flags=re.IGNORECASE)
    text = re.sub(r"</(?:background|negative)(?:[_ -]?prompt)?>", "\n", text, flags=re.IGNORECASE)
    text = _NUMBERED.sub(_number_of, _SPEAKER.sub("", text))
    text = _BRACKETED_LABEL.sub(r"\1\2", text)
    # Bold and italics, but not the star between two numbers.
    text = re.sub(r"\*\*|__(?=\S)|(?<=\S)__", "", text)
    return re.sub(r"(?<![\w*])\*(?=[^\s*][^*\n]*\*(?!\w))|(?<=[^\s*])\*(?![\w*])", "", text)


def _unpacked(text: str) -> str:
    """The answers within JSON that a program or a service wrote around them: LMD's own cache, an API's reply."""
    if text.lstrip()[:1] not in ('"', "[", "{"):
        return text
    try:
        waiting: list[object] = [json.loads(text)]
    except (ValueError, RecursionError):
        return text
    answers: list[str] = []
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, str) and _ANSWER.search(value):
            answers.append(value)
        elif isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return "\n\nCaption:\n".join(answers) or text


def _number_of(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2] or ord(found[3]) - 0x245F}. "


def _break_of(found: re.Match[str]) -> str:
    return "\n" if found.group().lower().startswith(("<br", "</p", "</li", "</div")) else ""
