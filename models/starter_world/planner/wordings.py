"""How people word follow-up requests: {T} is what is meant, {N} something new, {A} and {B} two boxes."""

from __future__ import annotations

PLACE_WORDS: dict[str, tuple[str, ...]] = {
    "left": ("to the left of {B}", "on the left of {B}", "left of {B}", "on the left side of {B}"),
    "right": ("to the right of {B}", "on the right of {B}", "right of {B}", "on the right side of {B}"),
    "above": ("above {B}", "over {B}", "directly above {B}"),
    "below": ("below {B}", "under {B}", "beneath {B}", "underneath {B}"),
    "on": ("on {B}", "on top of {B}"),
    "next": ("next to {B}", "beside {B}", "near {B}"),
}

SPOT_TARGETS: dict[str, tuple[str, ...]] = {
    "left": ("to the left side", "on the left", "to the left edge", "on the left side", "to the far left"),
    "right": ("to the right side", "on the right", "to the right edge", "on the right side", "to the far right"),
    "top": ("to the top", "at the top", "to the top edge"),
    "bottom": ("to the bottom", "at the bottom", "to the bottom edge"),
    "middle": ("to the middle", "in the middle", "in the center", "to the center"),
    "top left": ("to the top left corner", "in the top left corner", "to the upper left", "to the top left"),
    "top right": ("to the top right corner", "in the top right corner", "to the upper right", "to the top right"),
    "bottom left": ("to the bottom left corner", "in the bottom left corner", "to the lower left"),
    "bottom right": ("to the bottom right corner", "in the bottom right corner", "to the lower right"),
}

RESIZES: tuple[tuple[str, float, float], ...] = (
    ("make {T} bigger", 1.3, 1.3),
    ("make {T} bigger", 1.3, 1.3),
    ("make {T} larger", 1.3, 1.3),
    ("enlarge {T}", 1.3, 1.3),
    ("increase the size of {T}", 1.3, 1.3),
    ("{T} should be bigger", 1.3, 1.3),
    ("make {T} smaller", 0.75, 0.75),
    ("make {T} smaller", 0.75, 0.75),
    ("shrink {T}", 0.75, 0.75),
    ("reduce the size of {T}", 0.75, 0.75),
    ("{T} should be smaller", 0.75, 0.75),
    ("make {T} a bit bigger", 1.15, 1.15),
    ("make {T} slightly larger", 1.15, 1.15),
    ("make {T} a little smaller", 0.85, 0.85),
    ("make {T} a bit smaller", 0.85, 0.85),
    ("make {T} much bigger", 1.6, 1.6),
    ("make {T} a lot bigger", 1.6, 1.6),
    ("make {T} huge", 2.0, 2.0),
    ("make {T} much smaller", 0.5, 0.5),
    ("make {T} tiny", 0.5, 0.5),
    ("make {T} twice as big", 2.0, 2.0),
    ("make {T} half as big", 0.5, 0.5),
    ("double the size of {T}", 2.0, 2.0),
    ("make {T} wider", 1.3, 1.0),
    ("make {T} taller", 1.0, 1.3),
    ("make {T} narrower", 0.75, 1.0),
    ("make {T} shorter", 1.0, 0.75),
    ("make {T} higher", 1.0, 1.3),
    ("scale {T} up", 1.3, 1.3),
    ("scale {T} down", 0.75, 0.75),
)

FORBIDDINGS = (
    "no {N}",
    "without {N}",
    "no {N} please",
    "without any {N}",
    "don't show {N}",
    "I don't want any {N}",
    "there should be no {N}",
    "make sure there are no {N}",
    "avoid {N}",
    "but no {N}",
    "no more {N}",
    "no {N} after all",
    "actually no {N}",
    "I changed my mind, no {N}",
)

RECOLOURINGS = (
    "make {T} {C}",
    "make {T} {C}",
    "paint {T} {C}",
    "turn {T} {C}",
    "change the color of {T} to {C}",
    "color {T} {C}",
    "{T} should be {C}",
    "change {T} to {C}",
    "recolor {T} {C}",
    "I want {T} to be {C}",
)

REPLACINGS = (
    "replace {T} with {N}",
    "replace {T} by {N}",
    "change {T} to {N}",
    "turn {T} into {N}",
    "change {T} into {N}",
    "{T} should be {N}",
    "make {T} {N}",
    "swap {T} for {N}",
    "use {N} instead of {T}",
    "I want {N} instead of {T}",
)

SWAPPINGS = (
    "swap {A} and {B}",
    "swap {A} with {B}",
    "exchange {A} and {B}",
    "switch {A} and {B}",
    "swap the places of {A} and {B}",
    "swap the positions of {A} and {B}",
    "let {A} and {B} change places",
)

SWAPPINGS_OF_TWO = (
    "swap them",
    "swap them",
    "swap the two",
    "swap both",
    "switch them",
    "exchange them",
    "let them change places",
)

BACKGROUND_CHANGES = (
    "change the background to {N}",
    "make the background {N}",
    "set the background to {N}",
    "put it {W}",
    "put them {W}",
    "the scene should be {W}",
    "make it {W}",
    "background: {N}",
    "let it be {W}",
    "use {N} as the background",
    "the background should be {N}",
    "let the scene take place {W}",
    "move everything {W}",
    "{N} in the background",
)

NO_CHANGES = (
    "remove the {N}",
    "make the {N} bigger",
    "move the {N} to the left",
    "thanks",
    "keep everything as it is",
    "delete the {N}",
    "do not change anything",
    "nice",
    "paint the {N} red",
)
