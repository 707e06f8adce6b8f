"""A follow-up request in the plain words that ``requested_edit.py`` reads: the many ways to say "swap them" become one.

Words that point at boxes ("it", "one more", "both") are put in full only where the canvas leaves no doubt.
"""

from __future__ import annotations

import re

from lmd_desktop.domain.layout import Layout
from lmd_desktop.planning.lexicon import ARTICLES
from lmd_desktop.planning.nouns import head_of

_POLITE = re.compile(
    r"^(?:please|now|then|also|ok(?:ay)?|and|so|well|hmm|oh|wait|sorry|actually|can you|could you|would you|just|maybe|"
    r"i changed my mind|on second thoughts?|let's|no(?=,)),? |,? (?:please|after all|again|for me|thanks|thank you)$"
)
_NUMBER = r"(?:one|two|three|four|five|six|[1-6])"
_ONE_MORE = re.compile(
    r"(?:(?:add|draw|insert|include|put in|i want|give me) )?(?:another(?: one)?|one (?:more|extra))"
    r"(?: of (?:them|those))?"
)
_MORE_OF = re.compile(rf"(?:(?:i want|give me) )?(?P<count>another|{_NUMBER} more) (?P<what>[a-z][\w' -]*)")
_PLACES = r"(?:places|positions|sides)"
_BOTH = r"(?:them(?: both)?|both(?: of them)?|(?:the|these|those) (?:two|boxes|things|two (?:boxes|things)))"
_SWAP_BOTH = re.compile(
    rf"(?:let {_BOTH} )?(?:swap|exchange|switch|change|trade)(?: the| their)? {_PLACES}|"
    rf"(?:swap|exchange|switch)(?: the {_PLACES} of)? {_BOTH}(?: (?:around|round|over))?"
)
_SWAP_NAMED = re.compile(
    rf"(?:let (?P<one>.+?) and (?P<other>.+?) (?:swap|exchange|switch|change|trade) {_PLACES}|"
    rf"(?:swap|exchange|switch) the {_PLACES} of (?P<first>.+?) (?:and|with) (?P<second>.+)|"
    r"(?:swap|exchange|switch) (?P<left>[\w' -]+?) (?:and|with) (?P<right>[\w' -]+))"
)
_ALL = (
    r"(?:everything|all of (?:them|it)|all (?:the )?(?:things|boxes|objects)|all|them(?: all| both)?|both(?: of them)?|"
    r"the whole thing)"
)
_SCALE_ALL = re.compile(
    rf"(?:(?P<up>enlarge|increase the size of|scale up)|(?P<down>shrink|reduce the size of|scale down)) {_ALL}|"
    rf"scale {_ALL} (?P<way>up|down)"
)
_SIZE_ALL = re.compile(
    rf"(?:make )?{_ALL} (?:should be |must be )?"
    r"(?P<size>(?:(?:a bit|a little|slightly|much|a lot|far) )?"
    r"(?:bigger|larger|huge|giant|smaller|tiny|wider|narrower|taller|higher|shorter|(?:twice|half) as (?:big|large)))"
)
_NONE_OF = re.compile(
    r"(?:(?:(?:(?:i|we) )?(?:do not|don't) (?:want|need|like|show|draw|paint|include|add)|avoid)(?: any)?(?: more)?|"
    r"no more) "
    r"(?P<what>(?!the |than )[\w' -]+?)(?: any ?more)?"
)
_UNWANTED = re.compile(r"(?:i do not|i don't|we don't) (?:want|need|like) (?P<what>the [\w' -]+?)(?: any ?more)?")
_DROPPED = re.compile(r"(?:forget|forget about|lose|leave out|skip|away with) (?P<what>the [\w' -]+)")
_IT = re.compile(r"\b(?:it|this one|that one)\b")


def plain_request(request: str, before: Layout) -> str:
    """Lower case, without politeness, in the words of the readers; empty if it points at what nobody can tell."""
    text = " ".join(request.lower().replace("’", "'").split()).strip(" .!?")
    while (shorter := _POLITE.sub("", text)) != text:
        text = shorter.strip(" .!?")
    nouns = {head_of(box.phrase) for box in before.boxes}
    if _ONE_MORE.fullmatch(text):
        return f"add another {min(nouns)}" if len(nouns) == 1 else ""
    if found := _MORE_OF.fullmatch(text):
        return f"add {found['count']} {found['what']}"
    if _SWAP_BOTH.fullmatch(text):
        return "swap them"
    if found := _SWAP_NAMED.fullmatch(text):
        one, other = (words for words in found.groups() if words)
        return f"swap {_with_the(one)} and {_with_the(other)}"
    if found := _SCALE_ALL.fullmatch(text):
        is_up = found["up"] or found["way"] == "up"
        return f"make everything {'bigger' if is_up else 'smaller'}"
    if found := _SIZE_ALL.fullmatch(text):
        return f"make everything {found['size']}"
    if found := _UNWANTED.fullmatch(text) or _DROPPED.fullmatch(text):
        return f"remove {found['what']}"
    if found := _NONE_OF.fullmatch(text):
        return f"no {found['what']}"
    if len(before.boxes) == 1:
        phrase = before.boxes[0].phrase.lower().split()
        words = phrase[1:] if phrase[0] in ARTICLES else phrase
        return _IT.sub(f"the {' '.join(words)}", text)
    return text


def _with_the(words: str) -> str:
    return words if words.split()[0] in ARTICLES else f"the {words}"
