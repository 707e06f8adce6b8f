"""Word lists of the checks: what is a colour, a place, a verb; what ends a noun phrase; words for the same thing."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


COLOURS = _words(
    "beige black blue brown crimson cyan gold golden gray green grey magenta maroon navy orange pink purple red "
    "silver teal turquoise violet white yellow"
)
ADJECTIVES = COLOURS | _words(
    "beautiful big bright ceramic closed cute dark empty fat fluffy flying full giant glass happy huge jumping "
    "large leather light little long metal new old open pale paper plastic realistic round running sad shiny "
    "short sitting sleeping small smiling spotted square standing stone striped tall thin tiny toy wide wild "
    "wooden young"
)
ARTICLES = _words("a an another her his its my that the their this")
# After one of these the head of a phrase has been said.
PREPOSITIONS = _words(
    "above across against alone along among amongst and apart are around as at atop behind below beneath beside "
    "between beyond but by carrying despite directly down downstairs eating everywhere facing filled for from holding "
    "in indoors inside into is left looking made near nearby next of off on onto or out outdoors outside over "
    "overhead past riding right somewhere than that through to together toward towards under underneath "
    "underwater up upstairs via walking was wearing which while who with without"
)
UNCHANGED = _words(
    "actress aircraft atlas binoculars bison bus cactus canvas chess christmas clothes compass cross deer dress "
    "fish gas glass glasses grass hippopotamus iris jeans lens mattress moose octopus pants princess salmon "
    "scissors series sheep shorts spacecraft species squid sunglasses tennis trousers trout virus waitress walrus"
)
VERBS = _words(
    "after all also anymore are before each eats flies floats fly hangs has have holds is it lie lies looks now "
    "one ones only other others plays please rides run runs sit sits stand stands swims them then there they "
    "today walk walks was wears"
)
# Nouns that are about the picture, not in it.
FRAMES = _words(
    "area back background bit bottom bunch canvas caption cartoon center centre close-up closeup color colour "
    "composition corner couple day distance drawing edge end evening few foreground frame front group half "
    "illustration image kind landscape left line lot lots middle morning night number one other painting pair "
    "part photo photograph photorealistic picture portrait poster realistic render rendering rest right row scene "
    "setting shot side size sketch sort style thing time top type variety view watercolor watercolour way"
)
# What is behind the things rather than one of them, whatever stands before it.
SCENERY = _words(
    "background bar bathroom beach bedroom cafe cave city classroom coast countryside court desert farm field "
    "floor fog forest garden ground harbor harbour highway hill interior jungle kitchen lake landscape lawn "
    "library living-room market meadow mountain museum ocean office park path pavement playground plaza rain "
    "restaurant river road room runway sea shore sidewalk sky snow space square stadium stage street sunrise "
    "sunset town valley village world yard zoo"
)
# What things may stand on or lie in: behind them, or one of them.
PLACE_NOUNS = SCENERY | _words(
    "bed bench bridge carpet counter desk grass island pond pool rug sand shelf table wall water"
)
PLACE_WORDS = _words("across along around as at down during for from in inside into through up")
# "No longer", "not only": nothing is forbidden.
NOT_NEGATORS = _words(
    "all always doubt enough even every far fewer just less longer matter more need one only other problem quite "
    "really so too very yet"
)
AFTER_NOUN = _words(
    "above across along and are around as at behind below beside between by during for from holding in inside "
    "into is near next of on onto or over riding that through to under wearing with without"
)
# Looks that a box says by its own size.
SIZES = _words("big giant huge large little long realistic short small tall tiny wide")
BIG = _words("big giant huge large")
SMALL = _words("little small tiny")
COMPARATIVES = _words("bigger higher larger smaller taller wider")
# "In" one of these is inside of it: not a place of the picture.
CONTAINERS = _words(
    "backpack bag basket bathtub boat bottle bowl box bucket cage car carriage crate cup drawer glass handbag jar jug "
    "mug nest pot purse sink suitcase tub vase"
)
# High above everything: what is under one of these need not be near it.
SKY = SCENERY | _words("balloon bridge cloud moon rainbow star sun")
# Things, not what something is doing.
ING_NOUNS = _words("building ceiling painting railing")
IRREGULAR = {
    "people": "person",
    "men": "man",
    "women": "woman",
    "children": "child",
    "mice": "mouse",
    "geese": "goose",
    "feet": "foot",
    "teeth": "tooth",
    "oxen": "ox",
    "leaves": "leaf",
    "knives": "knife",
    "wolves": "wolf",
    "shelves": "shelf",
    "loaves": "loaf",
    "scarves": "scarf",
    "wives": "wife",
    "calves": "calf",
    "elves": "elf",
    "cacti": "cactus",
    "bookshelves": "bookshelf",
    "policemen": "policeman",
    "snowmen": "snowman",
    "skis": "ski",
    "dice": "die",
    "buses": "bus",
    "gases": "gas",
    "lenses": "lens",
    "viruses": "virus",
    "octopuses": "octopus",
    "walruses": "walrus",
    "irises": "iris",
    "canvases": "canvas",
    "cactuses": "cactus",
}
SAME = (
    "person human man woman boy girl child kid lady guy skier swimmer surfer player people",
    "bicycle bike",
    "sofa couch",
    "airplane plane aeroplane aircraft jet",
    "television tv",
    "phone smartphone cellphone",
    "car automobile sedan",
    "boat ship sailboat yacht",
    "cat kitten kitty",
    "dog puppy",
    "rabbit bunny",
    "mug cup",
    "bag backpack rucksack",
    "photo photograph picture",
    "road street",
    "ocean sea",
    "hen chicken",
    "rock stone",
    "laptop computer notebook",
    "motorcycle motorbike",
    "truck lorry",
    "hat cap",
    "autumn fall",
    "grey gray",
    "bin trashcan",
)
