"""The words captions are made of beyond the world's own: places, styles, numbers, strangers, Chinese."""

from __future__ import annotations

import random

from models.starter_world.vocabulary import COLOURS, THINGS


def listed(text: str) -> tuple[str, ...]:
    """Words of a text, so that long lists stay readable."""
    return tuple(text.split())


NUMBER_WORDS = listed("zero one two three four five six seven eight nine ten eleven twelve")


# How captions name a background -> the background prompt.
PLACES: dict[str, tuple[str, ...]] = {
    "a grass field": (
        "on a grass field",
        "on the grass",
        "in a grass field",
        "in a meadow",
        "on a lawn",
        "in a field",
        "in a park",
        "on a green field",
        "in the grass",
        "outdoors",
        "in a garden",
    ),
    "a snow field": (
        "on a snow field",
        "in the snow",
        "in a snow field",
        "on snow",
        "in winter",
        "on a snowy field",
    ),
    "a desert": ("in a desert", "in the desert", "on sand", "on the sand", "in a sandy desert"),
    "the sea": (
        "on the sea",
        "at the sea",
        "on the water",
        "on the ocean",
        "at sea",
        "in the sea",
        "in the ocean",
        "by the sea",
    ),
    "a night sky": (
        "at night",
        "in the night sky",
        "in a night sky",
        "under a night sky",
        "in the dark",
        "under the night sky",
    ),
    "a room": (
        "in a room",
        "indoors",
        "in a living room",
        "in the room",
        "inside a room",
        "in a kitchen",
        "in a bedroom",
        "in the living room",
    ),
    "a city street": (
        "on a street",
        "in the city",
        "on a city street",
        "on the road",
        "in a city",
        "in the street",
        "on the street",
        "in a town",
    ),
    "a forest": ("in a forest", "in the forest", "in the woods", "in a wood", "among the trees"),
}

STRANGE_PLACES = (
    "a spaceship",
    "a castle",
    "a bathroom",
    "a swimming pool",
    "a mountain",
    "a beach",
    "the moon",
    "a cave",
    "a library",
    "an office",
    "a stadium",
    "a swamp",
    "a farm",
    "a jungle",
    "a shop",
    "a museum",
    "a church",
    "a harbor",
    "a train station",
    "a school",
    "a parking lot",
    "a volcano",
    "a temple",
    "a market",
)

# Opening words -> what the background prompt starts with ("" leaves the background alone).
OPENINGS: tuple[tuple[str, str], ...] = (
    ("", ""),
    ("", ""),
    ("", ""),
    ("", ""),
    ("", ""),
    ("", ""),
    ("", ""),
    ("there is ", ""),
    ("there are ", ""),
    ("draw ", ""),
    ("show me ", ""),
    ("I want ", ""),
    ("please draw ", ""),
    ("a picture of ", ""),
    ("an image of ", ""),
    ("create ", ""),
    ("give me ", ""),
    ("make a picture of ", ""),
    ("a scene with ", ""),
    ("a realistic scene with ", ""),
    ("put ", ""),
    ("generate an image of ", ""),
    ("I would like to see ", ""),
    ("a picture with ", ""),
    ("paint ", ""),
    ("a realistic photo of a scene with ", "a realistic photo of"),
    ("a realistic photo of a scene with ", "a realistic photo of"),
    ("a realistic photo of a scene with ", "a realistic photo of"),
    ("a realistic photo of a scene with ", "a realistic photo of"),
    ("a realistic photo of a scene with ", "a realistic photo of"),
    ("a photo of ", "a photo of"),
    ("a photo of ", "a photo of"),
    ("photo of ", "a photo of"),
    ("a painting of ", "a painting of"),
    ("a painting of ", "a painting of"),
    ("a sketch of ", "a sketch of"),
    ("a sketch of ", "a sketch of"),
    ("a drawing of ", "a drawing of"),
    ("an oil painting of ", "an oil painting of"),
    ("a watercolor of ", "a watercolor of"),
    ("a cartoon of ", "a cartoon of"),
    ("a realistic photo of ", "a realistic photo of"),
    ("a photograph of ", "a photograph of"),
    ("a pencil drawing of ", "a pencil drawing of"),
)

STRANGE_ADJECTIVES = listed(
    "golden silver wooden striped old shiny fluffy round tall ancient dark bright dirty glowing broken "
    "beautiful happy sad sleepy angry turquoise beige violet magenta cyan maroon spotted transparent "
    "metal plastic stone glass rusty soft modern flying empty open colorful crystal furry lazy young cute"
)
LARGE = ("big", "large", "huge", "giant")
SMALL = ("small", "little", "tiny")

STRANGERS = listed(
    "man woman boy girl child skier person king knight robot dragon horse cow sheep pig rabbit fox wolf "
    "bear lion tiger elephant giraffe monkey mouse duck chicken owl parrot penguin whale shark turtle "
    "frog snake spider butterfly bee truck bus train bicycle motorcycle airplane helicopter rocket ship "
    "canoe bench sofa bed desk shelf cabinet mirror window door clock vase candle pillow carpet guitar "
    "piano drum violin camera phone television computer keyboard pen pencil knife spoon fork plate glass "
    "bucket basket box bag suitcase hat shoe coat dress ring crown sword shield key banana pear lemon "
    "cherry grape melon carrot tomato potato onion pumpkin pizza burger cake cookie donut sandwich rose "
    "tulip cactus bush rock mountain river bridge tower castle tent statue fountain sun moon cloud "
    "rainbow planet kite ladder hammer wheel flag sign mailbox barrel lantern skateboard surfboard helmet "
    "teapot kettle pan fridge oven toaster"
)
TWO_WORD_STRANGERS = (
    "teddy bear",
    "fire truck",
    "polar bear",
    "coffee mug",
    "street sign",
    "beach ball",
    "palm tree",
    "traffic light",
    "golf cart",
    "snow man",
    "picture frame",
    "hot dog",
    "sail boat",
    "wine bottle",
)
ODD_PLURALS = {
    "man": "men",
    "woman": "women",
    "child": "children",
    "person": "people",
    "sheep": "sheep",
    "wolf": "wolves",
    "mouse": "mice",
    "knife": "knives",
    "shelf": "shelves",
    "snow man": "snow men",
}

ONSETS = listed(
    "b bl br c ch cl cr d dr f fl fr g gl gr h j k kl kr l m n p pl pr qu r s sh sk sl sm sn sp st t th tr v w z"
)
VOWELS = listed("a e i o u ai ea ee oa oo ou")
CODAS = listed("b ck d f g l ll m n nd ng nk p r rd rk rn sh sk st t th x") + ("",) * 6

THINGS_ZH: dict[str, tuple[str, str]] = {
    "backpack": ("背包", "个"),
    "book": ("书", "本"),
    "bottle": ("瓶子", "个"),
    "bowl": ("碗", "个"),
    "car": ("汽车", "辆"),
    "cat": ("猫", "只"),
    "chair": ("椅子", "把"),
    "cup": ("杯子", "个"),
    "dog": ("狗", "只"),
    "laptop": ("笔记本电脑", "台"),
    "apple": ("苹果", "个"),
    "ball": ("球", "个"),
    "balloon": ("气球", "个"),
    "bird": ("鸟", "只"),
    "boat": ("船", "艘"),
    "fish": ("鱼", "条"),
    "flower": ("花", "朵"),
    "house": ("房子", "座"),
    "lamp": ("灯", "盏"),
    "mushroom": ("蘑菇", "个"),
    "star": ("星星", "颗"),
    "table": ("桌子", "张"),
    "tree": ("树", "棵"),
    "umbrella": ("雨伞", "把"),
}
COLOURS_ZH = {
    "red": "红色",
    "orange": "橙色",
    "yellow": "黄色",
    "green": "绿色",
    "blue": "蓝色",
    "purple": "紫色",
    "pink": "粉色",
    "brown": "棕色",
    "black": "黑色",
    "white": "白色",
    "gray": "灰色",
}
NUMBERS_ZH = ("零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
PLACES_ZH: dict[str, tuple[str, ...]] = {
    "a grass field": ("草地上", "草坪上", "公园里"),
    "a snow field": ("雪地里", "雪地上"),
    "a desert": ("沙漠里", "沙漠中"),
    "the sea": ("海上", "大海上", "海边"),
    "a night sky": ("夜空中", "夜晚", "晚上"),
    "a room": ("房间里", "室内", "客厅里"),
    "a city street": ("街道上", "城市里", "马路上"),
    "a forest": ("森林里", "树林里"),
}


def plural(noun: str) -> str:
    """The plural of a world noun or a stranger."""
    if noun in THINGS:
        return THINGS[noun]
    if noun in ODD_PLURALS:
        return ODD_PLURALS[noun]
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def invented_word(rng: random.Random) -> str:
    """A word nobody knows, so that copying is learnt letter by letter."""
    word = "".join(rng.choice(ONSETS) + rng.choice(VOWELS) for _ in range(rng.choice((1, 2, 2))))
    return word + rng.choice(CODAS) + ("" if len(word) > 3 else rng.choice(VOWELS))


def head_of(phrase: str) -> str:
    """The noun of a box phrase: ``a red teddy bear`` -> ``teddy bear``."""
    words = phrase.split()
    pair = " ".join(words[-2:])
    return pair if pair in TWO_WORD_STRANGERS else words[-1]


def colour_of(phrase: str) -> str | None:
    """The world colour in a phrase."""
    return next((word for word in phrase.split() if word in COLOURS), None)
