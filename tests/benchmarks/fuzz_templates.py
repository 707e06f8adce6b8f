"""Templates for the fuzz run: pieces of what templates do, and of what they must never manage, mixed by chance."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from lmd_desktop.planning.engine import SpecialToken

EXPRESSIONS = (
    "size", "max_boxes", "grid", "x", "ns.x", "messages", "loop", "loop.index", "1", "9", "-1", "1.5", "'a'",
    "'ab' * 9",
    "[1, 2, 3]", "{'a': 1}", "range(9)", "range(99999)", "range(10**9)", "none", "true", "self", "caller()", "m(3)",
    "''.__class__", "''.__class__.__mro__", "size.__init__.__globals__", "(1).__class__.__base__.__subclasses__()",
    "''|attr('__class__')", "''['__class__']", "cycler.__init__.__globals__", "lipsum.__globals__", "lipsum(99999)",
    "namespace.__init__", "'%s' % size", "'%999999999d' % 1", "'{:>999999999}'.format(1)", "'{0.__class__}'.format(1)",
    "'a'.center(10**9)", "'a'.ljust(10**9)", "'a'.zfill(10**9)", "'\\t'.expandtabs(10**9)", "'a'.replace('a', x)",
    "x.join(range(9999)|map('string'))", "9**9**9", "2**99999", "'a' * 10**9", "[0] * 10**9", "x ~ x", "x + x",
    "x * 99",
    "x|list", "x|string", "x|length", "x|upper", "x|trim", "x|first", "x|last", "x|join(',')", "x|replace('a', x)",
    "x|indent(10**9)", "x|center(10**9)", "x|tojson", "x|tojson(10**9)", "x|tojson(indent=2)", "x|int", "x|float",
    "x|round(10**9)", "x|round(2)", "x|default('b')", "x|batch(10**9, 0)|list", "x|slice(10**9)|list", "x|wordwrap(1)",
    "x|map('upper')|list", "x|map(attribute='__class__')|list", "x|selectattr('a')|list", "x|sort", "x|unique|list",
    "x|sum", "x|reverse", "x|random", "x|pprint", "x|format(1)", "x|urlize", "x|xmlattr", "x|dictsort", "x|items",
    "x|reject('none')|list", "x.items()", "x.get('a')", "x.append(1)", "x.update(a=1)", "x.clear()", "x.split('a')",
    "x.startswith('a')", "x[0]", "x[-1]", "x[::-1]", "x[10**9:]", "x.__getitem__(0)", "x == x", "x in x", "x < 1",
    "not x",
    "x is defined", "x is mapping", "x is string", "x is callable", "x if x else 1", "strftime_now('%Y')",
    "raise_exception('no')", "raise_exception()", "messages[0].content", "messages[0]['role']", "environment",
    "context",
    "get_flashed_messages", "request", "config", "open('/etc/passwd').read()", "import os", "1/0", "1//0", "1%0",
    "\ud800",
)  # fmt: skip
TESTS = ("x", "true", "size == 'small'", "loop.first", "x is defined", "messages is defined", "max_boxes > 3")
NAMES = ("x", "x", "ns.x", "size", "messages", "loop", "m")


def draw_template(dice: random.Random) -> str:
    """A template of one to eight statements, some nested."""
    start = dice.choice(("", "{% set x = 'aaaa' %}", "{% set ns = namespace(x='ab') %}{% set x = [1, 2] %}"))
    return start + "".join(_statement(dice, depth=0) for _ in range(dice.choice((1, 1, 2, 4, 8))))


def _statement(dice: random.Random, *, depth: int) -> str:
    body = "text"
    if depth < 4:
        body = "".join(_statement(dice, depth=depth + 1) for _ in range(dice.choice((1, 1, 2))))
    name, value = dice.choice(NAMES), dice.choice(EXPRESSIONS)
    match dice.randrange(16):
        case 0 | 1 | 2:
            return f"{{{{ {value} }}}}"
        case 3 | 4:
            return f"{{% set {name} = {value} %}}"
        case 5:
            return f"{{% for {name} in {value} %}}{body}{{% endfor %}}"
        case 6:
            return f"{{% if {dice.choice(TESTS)} %}}{body}{{% else %}}b{{% endif %}}"
        case 7:
            return f"{{% macro m(x) %}}{body}{{{{ m(x) }}}}{{% endmacro %}}"
        case 8:
            return f"{{% macro m(x) %}}{body}{{% endmacro %}}{{{{ m({value}) }}}}{{{{ m(1) }}}}"
        case 9:
            return f"{{% set x %}}{{{{ x }}}}{{{{ x }}}}{body}{{% endset %}}" * dice.choice((1, 1, 40))
        case 10:
            return (
                f"{{% filter {dice.choice(('upper', 'trim', 'indent(99)', 'replace(1, 2)'))} %}}{body}{{% endfilter %}}"
            )
        case 11:
            return f"{{% call m({value}) %}}{body}{{% endcall %}}"
        case 12:
            tag = dice.choice(
                ("include", "import", "extends", "block", "autoescape", "do", "debug", "break", "generation")
            )
            what = dice.choice(("x", "'/etc/passwd'", "true", ""))
            return f"{{% {tag} {what} %}}"
        case 13:
            return "{% for i in range(999) %}" * dice.choice((1, 3, 25)) + body
        case 14:
            return dice.choice(("(", "[", "{{ (", "{% if ")) * dice.choice((1, 10, 3000))
        case _:
            return dice.choice(
                ("plain\n", "{# note #}", "{%- raw -%}{{{% endraw %}", "{{", "%}", "\x00", "\u202e", "#}")
            )


CHAT_TEMPLATES = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('No system role') }}{% endif %}"
    "{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}{{ '<start_of_turn>' + message['role'] + '\n' "
    "+ message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}",
    "{%- set ns = namespace(found=false) -%}{%- for m in messages -%}{%- if m.role == 'user' -%}"
    "{%- set ns.found = true -%}[INST] {{ m.content }} [/INST]{%- elif m.role == 'system' -%}{{ m.content }}"
    "{%- else -%}"
    ""
    " {{ m.content }}{{ eos_token }}{%- endif -%}{%- endfor -%}{{ strftime_now('%d %b %Y') }}"
    "{{ messages | tojson(indent=2) if tools else '' }}<think>",
)


@dataclass
class FakeTokenizer:
    """Only a chat template; nothing is tokenised here."""

    chat_template: str
    special_tokens: Mapping[str, SpecialToken] = field(default_factory=dict)
    markers: frozenset[str] = frozenset()
    bos_id: int | None = None
    bos_text: str = "<s>"
    eos_text: str = "</s>"

    def tokenize(self, text: str) -> list[int]:
        return [*text.encode()]
