"""Every text that the window shows: ``python -m tests.translatable zh_CN`` prints what a language lacks.

A language is one file, resources/translations/CODE.json: {"language": its own name, "texts": {English: translation}}.
Braces ({0}, {1}) and & before the letter of a menu stay in the translation.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.lower_texts import lower_texts

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "resources" / "translations"
TRANSLATORS = ("tr", "_tr", "told")
TABLES = ("MethodSpec", "Parameter", "Preset", "Sampler")


def texts() -> list[str]:
    """All texts in the order of the files, each once."""
    found = [text for path in sorted((ROOT / "lmd_desktop").rglob("*.py")) for text in _texts_in(path)]
    catalog = tomllib.loads((ROOT / "models" / "catalog.toml").read_text(encoding="utf-8"))
    lower = lower_texts(ROOT / "lmd_desktop", (*TRANSLATORS, "translate", *TABLES))
    return list(dict.fromkeys((*found, *(model["summary"] for model in catalog["model"]), *lower)))


def unreadable() -> list[str]:
    """Places where something else than a written text is translated: nobody can find what it says."""
    return [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sorted((ROOT / "lmd_desktop").rglob("*.py"))
        for call in _calls_in(path)
        if _text_of(call) is None and _name_of(call) != "told"
    ]


def translation(code: str) -> dict[str, str]:
    return json.loads((FOLDER / f"{code}.json").read_text(encoding="utf-8"))["texts"]


def missing(code: str) -> list[str]:
    done = translation(code) if (FOLDER / f"{code}.json").is_file() else {}
    return [text for text in texts() if not done.get(text)]


def fields(text: str) -> list[str]:
    """The places of a text where something is put in, sorted."""
    return sorted(re.findall(r"\{\d[^}]*\}|%\d", text))


def _texts_in(path: Path) -> Iterator[str]:
    yield from (text for call in _calls_in(path) if (text := _text_of(call)) is not None)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TABLES:
            yield from _table_texts(node)


def _table_texts(row: ast.Call) -> Iterator[str]:
    """Title and summary: second and third of a row, by place or by name."""
    named = {keyword.arg: keyword.value for keyword in row.keywords}
    values = [named.get("title", row.args[1] if len(row.args) > 1 else None)]
    values.append(named.get("summary", row.args[2] if len(row.args) > 2 else None))
    yield from (v.value for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str))


def _calls_in(path: Path) -> Iterator[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    # The places where a text arrives from outside: a module's own short name for translate().
    short = [f for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) and f.name in TRANSLATORS]
    inside = {id(node) for function in short for node in ast.walk(function)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and id(node) not in inside and _name_of(node) in (*TRANSLATORS, "translate"):
            yield node


def _name_of(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr=name) if name == "translate":
            return name if ast.unparse(call.func).startswith("QCoreApplication") else ""
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def _text_of(call: ast.Call) -> str | None:
    place = 1 if _name_of(call) == "translate" else 0
    value = call.args[place] if len(call.args) > place else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


if __name__ == "__main__":
    print(json.dumps(dict.fromkeys(missing(sys.argv[1]), ""), ensure_ascii=False, indent=1))
