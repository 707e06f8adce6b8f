"""The little English that prompts need: articles, plurals, number words."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NUMBER_WORDS = _words("zero one two three four five six seven eight nine ten eleven twelve")

_ARTICLES = ("a", "an", "the")
_PREPOSITIONS = _words(
    "of with in on at from by for under over near behind beside between above below inside without and"
)
_IRREGULAR = {
    "man": "men",
    "woman": "women",
    "child": "children",
    "person": "people",
    "mouse": "mice",
    "goose": "geese",
    "foot": "feet",
    "tooth": "teeth",
    "ox": "oxen",
    "leaf": "leaves",
    "knife": "knives",
    "wolf": "wolves",
    "shelf": "shelves",
    "loaf": "loaves",
    "scarf": "scarves",
    "wife": "wives",
    "calf": "calves",
    "elf": "elves",
    "potato": "potatoes",
    "tomato": "tomatoes",
    "hero": "heroes",
    "mango": "mangoes",
    "cactus": "cacti",
}
_UNCHANGED = _words(
    "fish sheep deer moose bison salmon trout squid aircraft spacecraft series species scissors glasses sunglasses "
    "jeans trousers pants shorts clothes binoculars people men women children"
)
_MANY = (*NUMBER_WORDS[2:], *_words("some many several few both multiple"))


def without_article(phrase: str) -> str:
    """The phrase without its leading article; articles inside stay ("a panda on a rug" -> "panda on a rug")."""
    first, _, rest = phrase.partition(" ")
    return rest.lstrip() if rest and first.lower() in _ARTICLES else phrase


def counted(phrase: str, count: int) -> str:
    """``count`` of the thing that the phrase names: "a red cup", 2 -> "two red cups".

    A phrase that is plural already, or not English, is left as it is.
    """
    words = without_article(phrase).split()
    if count < 2 or not words or words[0].lower() in _MANY or words[0].isdecimal():
        return phrase
    head = _head(words)
    if not (words[head].isascii() and words[head][-1].isalpha()):
        return phrase
    words[head] = plural(words[head])
    number = NUMBER_WORDS[count] if count < len(NUMBER_WORDS) else str(count)
    return " ".join((number, *words))


def plural(word: str) -> str:
    """The plural of one English noun; of a hyphenated one, the plural of its last part."""
    front, hyphen, noun = word.rpartition("-")
    low = noun.lower()
    if low in _UNCHANGED:
        return word
    if low in _IRREGULAR:
        changed = _IRREGULAR[low]
        return f"{front}{hyphen}{noun[:1]}{changed[1:]}" if changed[0] == low[0] else f"{front}{hyphen}{changed}"
    for ending in ("woman", "man"):
        if low.endswith(ending) and low not in ("human", "german", "roman", "caiman", "ottoman", "talisman"):
            return f"{front}{hyphen}{noun[:-2]}en"
    if low.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es"
    if low.endswith("y") and low[-2:-1] not in tuple("aeiou"):
        return f"{word[:-1]}ies"
    return f"{word}s"


def _head(words: list[str]) -> int:
    """Where the noun is: the last word before "of", "with", "riding a" and the like."""
    for index in range(1, len(words)):
        follower = words[index + 1].lower() if index + 1 < len(words) else ""
        is_participle = words[index].endswith("ing") and (follower in _ARTICLES or follower in _PREPOSITIONS)
        if words[index].lower() in _PREPOSITIONS or is_participle:
            return index - 1
    return len(words) - 1
