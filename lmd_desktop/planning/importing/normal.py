"""A pasted text in plain spelling: ASCII brackets, quotes and digits, no fences, no invisible characters."""

from __future__ import annotations

import html
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
    | {"、": ",", "。": ".", "×": "x"}
)
_FENCE = re.compile(r"^[ \t>]*(?:```|~~~)[^\n`]*$", re.MULTILINE)
_THINKING = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"</?(?:p|b|i|em|strong|code|pre|div|span|ul|ol|li|br)\b[^>\n]*>", re.IGNORECASE)


def plain_text(text: str) -> str:
    """The text as the readers expect it."""
    text = text.replace("\r\n", "\n").translate(_WIDE).translate(_MARKS)
    text = _THINKING.sub("\n", text)
    if re.search(r"&(?:quot|apos|amp|lt|gt|#39|#34|nbsp);", text):
        text = html.unescape(text)
    text = _TAG.sub(
        lambda found: "\n" if found.group().lower().startswith(("<br", "</p", "</li", "</div")) else "", text
    )
    text = _FENCE.sub("", text)
    text = re.sub(r"<(background|negative)(?:[_ -]?prompt)?>", r"\n\1: ", text, flags=re.IGNORECASE)
    text = re.sub(r"</(?:background|negative)(?:[_ -]?prompt)?>", "\n", text, flags=re.IGNORECASE)
    # Bold and italics, but not the star between two numbers.
    text = re.sub(r"\*\*|__(?=\S)|(?<=\S)__", "", text)
    return re.sub(r"(?<![\w*])\*(?=[^\s*][^*\n]*\*(?!\w))|(?<=[^\s*])\*(?![\w*])", "", text)


def _break_of(found: re.Match[str]) -> str:
    return "\n" if found.group().lower().startswith(("<br", "</p", "</li", "</div")) else ""
