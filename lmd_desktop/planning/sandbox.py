"""Runs templates of strangers: jinja2's sandbox, without what reaches beyond the variables, and with an end.

jinja2 keeps attributes and modules away; loops, repeats and nested lists can still take forever or fill the memory.
Here every loop, text and list that a template makes is paid for from a budget, and no list holds more than it can pay.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from typing import Any

from jinja2 import Template, TemplateError, Undefined, nodes
from jinja2.ext import Extension
from jinja2.filters import FILTERS, do_indent, do_join, do_replace, do_round
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer

BUDGET = 2_000_000  # about characters; a chat template with a long dialog takes some ten thousand
STEP_COST = 50  # of one turn of a loop, one call of a macro
MAX_PARTS = 5_000  # of a list or dictionary, with everything in it
MAX_RANGE = 2_000
MAX_INDENT = 100
MAX_NUMBER = 10**18
# What chat templates and instructions use. Left out is what makes much of little (center, batch, wordwrap, lipsum) or
# looks into objects (attr, pprint, xmlattr).
_FILTERS = (
    "abs", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "first", "float", "groupby", "int",
    "items",
    "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "reverse", "safe", "select",
    "selectattr", "sort", "string", "sum", "title", "trim", "unique", "upper", "wordcount",
)  # fmt: skip
_GROWING_METHODS = frozenset(
    {"center", "encode", "expandtabs", "format", "format_map", "ljust", "maketrans", "rjust", "translate", "zfill"}
)
_WIDE_FORMAT = re.compile(r"%[^%a-zA-Z]*(\d{3,}|\*)")


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment whose templates can only read what they are given, and come to an end."""

    intercepted_binops = frozenset({"+", "*", "**", "%", "//", "/"})

    def __init__(self, *, undefined: type[Undefined] = Undefined, extensions: Sequence[type[Extension]] = ()) -> None:
        super().__init__(
            trim_blocks=True, lstrip_blocks=True, undefined=undefined, extensions=extensions, finalize=self._shown
        )
        self._left = BUDGET
        self.globals = {"range": self._range, "namespace": Namespace, "dict": dict}
        self.filters = {name: self._paid(FILTERS[name]) for name in _FILTERS}
        self.filters |= {
            "indent": self._indent,
            "join": self._join_filter,
            "replace": self._paid(self._replace_filter),
            "round": self._round,
        }

    def compiled(self, source: str) -> Template:
        """A template; raises TemplateError for whatever is wrong with it."""
        self._left = BUDGET
        try:
            return self.from_string(source)
        except Exception as error:  # the compiler fails on odd templates in many ways: nesting, names, surrogates
            raise TemplateError(_reason(error)) from error

    def text_of(self, template: Template, **variables: object) -> str:
        """What a template becomes; raises TemplateError for whatever it does wrong."""
        self._left = BUDGET
        try:
            return template.render(**variables)
        except Exception as error:  # a template is a program of a stranger
            raise TemplateError(_reason(error)) from error

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, str | bytes) and attr in _GROWING_METHODS:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        match operator:
            case "+" if isinstance(left, Sized) and isinstance(right, Sized):
                self.spend(len(left) + len(right))
            case "*" if isinstance(left, Sized) or isinstance(right, Sized):
                self.spend(_length_of_product(left, right))
            case "*" | "+":
                _check_numbers(left, right)
            case "**":
                _check_numbers(left, right)
                if abs(right) > 64:
                    raise TemplateError("a power is too large")
            case "%" if isinstance(left, str):
                if _WIDE_FORMAT.search(left):
                    raise TemplateError("a format is too wide")
                self.spend(len(left) + _size_of(right))
            case _:
                pass
        return self.bounded(super().call_binop(context, operator, left, right))

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 - as in jinja2
        owner = getattr(__obj, "__self__", None)
        if isinstance(owner, str):
            args = __self._pay_for_method(owner, getattr(__obj, "__name__", ""), args)
        return __self.bounded(super().call(__context, __obj, *args, **kwargs))

    def spend(self, cost: int) -> None:
        """Raises TemplateError once a template has done more than any that is meant well."""
        self._left -= cost
        if self._left < 0:
            raise TemplateError("it does not come to an end, or writes far too much")

    def bounded(self, value: Any) -> Any:
        """The value; a list or dictionary is paid for with everything in it, so that showing it cannot explode."""
        if isinstance(value, list | tuple | dict | set):
            self.spend(_size_of(value))
        return value

    def concatenated(self, *values: Any) -> str:
        """What ``~`` does."""
        texts = [self._shown(value) for value in values]
        return "".join(texts)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        return _Metering().visit(super()._parse(source, name, filename))

    def _shown(self, value: Any) -> str:
        """Of everything that is written out."""
        _size_of(value)
        text = value if isinstance(value, str) else str(value)
        self.spend(len(text))
        return text

    def _range(self, *numbers: int) -> range:
        wanted = range(*numbers)
        if len(wanted) > MAX_RANGE:
            raise TemplateError(f"a range of {len(wanted)} is too long, {MAX_RANGE} are possible")
        self.spend(len(wanted))
        return wanted

    def _pay_for_method(self, owner: str, name: str, args: tuple[Any, ...]) -> tuple[Any, ...]:
        self.spend(len(owner) + 1)
        match name, args:
            case "replace", (old, new, *_):
                self._pay_for_replacing(owner, old, new)
            case "join", (Iterable() as values, *others):
                items = self._items(values)
                self.spend(len(owner) * len(items) + sum(map(_length, items)))
                return (items, *others)
            case _:
                pass
        return args

    def _pay_for_replacing(self, text: str, old: object, new: object) -> None:
        self.spend((text.count(str(old)) + 1) * (len(str(new)) + 1))

    def _paid(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A filter that is paid for by the size of what goes in and of what comes out."""
        place = int(hasattr(function, "jinja_pass_arg"))

        @functools.wraps(function)
        def paid(*args: Any, **kwargs: Any) -> Any:
            value = args[place] if len(args) > place else None
            self.spend(STEP_COST + (len(value) if isinstance(value, Sized) else 0))
            return self.bounded(function(*args, **kwargs))

        return paid

    def _items(self, values: Iterable[Any]) -> list[Any]:
        items: list[Any] = []
        for item in values:
            self.spend(1)
            items.append(item)
        return items

    def _join_filter(self, value: Iterable[Any], d: str = "", attribute: str | int | None = None) -> str:
        items = self._items(value)
        self.spend(STEP_COST + _length(d) * len(items) + sum(map(_length, items)))
        context = _NoEscaping(self)
        return do_join(context, items, d, attribute)  # type: ignore[arg-type]

    def _replace_filter(self, s: Any, old: str, new: str, count: int | None = None) -> str:
        text = str(s)
        self._pay_for_replacing(text, old, new)
        return do_replace(_NoEscaping(self), text, old, new, count)  # type: ignore[arg-type]

    def _indent(self, s: str, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
        length = len(width) if isinstance(width, str) else width
        if length > MAX_INDENT:
            raise TemplateError(f"an indent of {length} is too wide")
        self.spend(len(s) + s.count("\n") * length)
        return do_indent(s, width, first, blank)

    def _round(self, value: float, precision: int = 0, method: Any = "common") -> float:
        if abs(precision) > 15:
            raise TemplateError(f"{precision} digits are too many")
        return do_round(value, precision, method)


class _NoEscaping:
    """As much of jinja2's context as its filters look at; these templates write no HTML."""

    autoescape = False

    def __init__(self, environment: Sandbox) -> None:
        self.environment = environment
        self.eval_ctx = self


class _Metering(NodeTransformer):
    """Puts the payments into a parsed template: at each loop, macro and block, each list, and each ``~``.

    They are attributes of the environment, which no name in a template can hide or replace.
    """

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 - jinja2's name
        return self._with_step(node)

    visit_Macro = visit_CallBlock = visit_Block = visit_For  # type: ignore[assignment]  # noqa: N815

    def visit_List(self, node: nodes.List) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _call("bounded", [node], node)

    visit_Dict = visit_List  # type: ignore[assignment]  # noqa: N815

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        # On the left side of an assignment a tuple is no value.
        return _call("bounded", [node], node) if node.ctx == "load" else node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _call("concatenated", node.nodes, node)

    def _with_step(self, node: Any) -> nodes.Node:
        written = sum(len(text.data) for text in node.find_all(nodes.TemplateData))
        self.generic_visit(node)
        step = nodes.ExprStmt(_call("spend", [nodes.Const(STEP_COST + written)], node), lineno=node.lineno)
        node.body.insert(0, step)
        return node


def _call(name: str, arguments: list[Any], at: nodes.Node) -> nodes.Call:
    function = nodes.EnvironmentAttribute(name, lineno=at.lineno)
    return nodes.Call(function, arguments, [], None, None, lineno=at.lineno)


def _size_of(value: Any) -> int:
    """How many parts a value has, with those of its parts, counted as often as they would be shown."""
    count, waiting = 0, [value]
    while waiting:
        count += 1
        item = waiting.pop()
        if isinstance(item, Mapping):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, list | tuple | set | frozenset):
            waiting += item
        if count + len(waiting) > MAX_PARTS:
            raise TemplateError(f"a list is too long, {MAX_PARTS} parts are possible")
    return count


def _length_of_product(left: Any, right: Any) -> int:
    return len(left) * max(0, right) if isinstance(left, Sized) else len(right) * max(0, left)


def _length(value: Any) -> int:
    return len(value) if isinstance(value, str) else _size_of(value)


def _check_numbers(*numbers: Any) -> None:
    if any(isinstance(number, int | float) and abs(number) > MAX_NUMBER for number in numbers):
        raise TemplateError("a number is too large")


def _reason(error: Exception) -> str:
    text = str(error).strip().splitlines()
    shown = "".join(char if char.isprintable() else "\ufffd" for char in text[0][:200]) if text else ""
    return shown or type(error).__name__
