"""Readers of what the app wrote earlier, or what its children send: journals, parts of the painter, states, messages.

Nobody else should have written there; a rotting disk, a crash or another program may have.
"""

from __future__ import annotations

import json
import pickle
import random
import struct
import tempfile
import zlib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from lmd_desktop.domain.edits import set_background
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.scene import edit_layout
from lmd_desktop.domain.scene_view import SceneView
from lmd_desktop.planning.state_file import SUFFIX, StateFolder
from lmd_desktop.storage.archive import is_safe_name
from lmd_desktop.storage.journal import JOURNAL_SUFFIX, JournalWriter
from lmd_desktop.storage.parts_file import load_parts, save_parts
from lmd_desktop.storage.picture_store import PictureStore
from lmd_desktop.storage.recovery import find_leftovers
from lmd_desktop.storage.view_entries import view_of, with_view
from lmd_desktop.workers import messages
from lmd_desktop.workers.event_reader import UnreadableEvent, read_event
from tests.benchmarks.fuzz_mutations import injure_bytes, injure_json
from tests.benchmarks.fuzz_reader import Reader
from tests.storage.storage_samples import sample_content, sample_pictures

NEXT = "Look at it."
KEY, TOKENS = "model 1 2048", (1, 2, 3)
CALLS = (
    b"cos\nsystem\n(S\'true\'\ntR.", b"cbuiltins\neval\n(S\'1\'\ntR.", b"clmd_desktop.domain.errors\nUserError\n)R.",
    b"clmd_desktop.workers.messages\ndataclass\n)R.", b"clmd_desktop.domain.layout\nBox.__init__.__globals__\n.",
    b"\x80\x04r\xff\xff\xff\x7f.", b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.", b"(" * 100_000 + b".",
)  # fmt: skip


def own_readers() -> tuple[Reader, ...]:
    return (
        Reader(
            "journals",
            (_journal_seed(),),
            _injure_journal,
            _read_journal,
            ("storage/journal.py", "storage/recovery.py"),
            "JournalWriter|change_of|_splice|_in_parts|_restored|_dead_side_files|discard|_is_running",
        ),
        Reader(
            "painter parts",
            (_parts_seed(),),
            _injure_parts,
            _read_parts,
            ("storage/parts_file.py",),
            "_encode|save_|_text",
        ),
        Reader(
            "planner states", (_state_seed(),), _injure_state, _read_state, ("planning/state_file.py",), "save|_room"
        ),
        Reader("messages of workers", _event_seeds(), _injure_event, _read_event, ("workers/event_reader.py",)),
    )


def _journal_seed() -> bytes:
    """A scene, then edits, one undone and one saved, then a picture less and another view."""
    with tempfile.TemporaryDirectory() as folder:
        content = sample_content()
        writer = JournalWriter(Path(folder), content, Path(folder) / "mine.lmdscene")
        for number in range(4):
            layout = set_background(content.scene.layout, f"a room {number}")
            after = replace(content, scene=edit_layout(content.scene, layout))
            writer.append(after, is_saved=number == 1)
            content = content if number == 2 else after
        content = replace(content, renders=content.renders[:1])
        writer.append(content)
        backdrop = next(iter(sample_pictures().values()))
        entries = with_view(content.extra.entries, SceneView(backdrop, "fill", guide="thirds"))
        writer.append(replace(content, extra=replace(content.extra, entries=entries)))
        data = writer.file.read_bytes()
        writer.close(remove=True)
        return data


def _injure_journal(dice: random.Random, data: bytes) -> bytes:
    """Lines that say something else, or stand elsewhere, under right checksums."""
    bodies = [line.partition(b" ")[2] for line in data.split(b"\n") if line]
    if not bodies:
        return data
    for _ in range(dice.choice((1, 1, 2, 3))):
        at = dice.randrange(len(bodies))
        match dice.randrange(6):
            case 0 if len(bodies) > 1:
                del bodies[at]
            case 1:
                bodies.insert(dice.randrange(len(bodies) + 1), bodies[at])
            case 2:
                other = dice.randrange(len(bodies))
                bodies[at], bodies[other] = bodies[other], bodies[at]
            case _:
                try:
                    bodies[at] = injure_json(dice, json.loads(bodies[at])).replace(b"\n", b" ")
                except (ValueError, RecursionError):
                    bodies[at] = b"{}"
    checksum, lines = 0, b""
    for body in bodies:
        checksum = zlib.crc32(body, checksum)
        lines += b"%08x %b\n" % (checksum, body)
    return lines if dice.random() < 0.9 else lines[: dice.randrange(len(lines))]


def _read_journal(data: bytes, folder: Path) -> None:
    recovery = folder / "recovery"
    recovery.mkdir(exist_ok=True)
    file = recovery / f"a{JOURNAL_SUFFIX}"
    file.write_bytes(data)
    store = PictureStore(folder / "pictures")
    for picture in sample_pictures().values():
        store.add(picture)
    for leftover in find_leftovers(recovery, folder / "autosave"):
        loaded = leftover.load(store)
        assert loaded.content.scene.layout is not None
        entries = loaded.content.extra.entries
        assert view_of(entries) is not None
        assert all(is_safe_name(name) for name, _ in entries), entries
        assert all(note.isprintable() for note in loaded.notes), loaded.notes


def _parts_seed() -> bytes:
    loras = [{"path": "/models/a.safetensors", "weight": 0.7}, {"path": "b.safetensors"}]
    places = {"vae": "/models/vae", "gligen": None, "segmenter": "/models/sam", "judge": "/models/owl"}
    return json.dumps({"version": 1, "loras": loras, "refiner": "/r", "refiner_strength": 0.3} | places).encode()


def _injure_parts(dice: random.Random, data: bytes) -> bytes:
    try:
        return injure_json(dice, json.loads(data))
    except (ValueError, RecursionError):
        return injure_json(dice, json.loads(_parts_seed()))


def _read_parts(data: bytes, folder: Path) -> None:
    path = folder / "painter-parts.json"
    path.write_bytes(data)
    parts = load_parts(path)
    assert not parts.painter.allows_pickles
    save_parts(path, parts)
    assert load_parts(path) == parts


def _state_seed() -> bytes:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        StateFolder(folder).save(KEY, TOKENS, np.arange(200, dtype=np.uint8))
        return next(folder.glob(f"*{SUFFIX}")).read_bytes()


def _injure_state(dice: random.Random, data: bytes) -> bytes:
    """Another header of the right length, perhaps another state that fits its hash."""
    length = int.from_bytes(data[8:12], "little")
    try:
        header = json.loads(data[12 : 12 + length])
    except (ValueError, RecursionError):
        return data[: dice.randrange(len(data) + 1)]
    text = injure_json(dice, header)
    length = len(text) if dice.random() < 0.9 else dice.choice((0, 1, 2**16, 2**31, 2**32 - 1))
    state = data[12 + length :] if dice.random() < 0.8 else injure_bytes(dice, data[12 + length :])
    return data[:8] + struct.pack("<I", length) + text + state


def _read_state(data: bytes, folder: Path) -> None:
    states = StateFolder(folder / "states")
    states.save(KEY, TOKENS, np.zeros(1, dtype=np.uint8))
    next((folder / "states").glob(f"*{SUFFIX}")).write_bytes(data)
    if states.load(KEY, TOKENS) is None:
        raise UserError("It was refused.", NEXT)


def _event_seeds() -> tuple[bytes, ...]:
    kinds = (messages.Failed("j", "a cause", "a step", 1), messages.Progress("j", "denoise", 1, 2, 0.5, 3))
    return tuple(pickle.dumps(event) for event in (*kinds, messages.JobCancelled("j"), messages.Died(-9, "killed")))


def _injure_event(dice: random.Random, data: bytes) -> bytes:
    """Whole pickles: our messages with fields of other kinds, or calls of what nobody may call."""
    if dice.random() < 0.3:
        return dice.choice(CALLS)
    try:
        event: Any = read_event(data)
    except UnreadableEvent:
        return injure_bytes(dice, data)
    field = dice.choice(fields(event))
    odd = (
        None,
        -1,
        2**80,
        "x" * 9000,
        b"\x00",
        (),
        {},
        [event],
        float("nan"),
        event,
        int,
        UserError("a", "b"),
        Path("/"),
    )
    try:
        return pickle.dumps(replace(event, **{field.name: dice.choice(odd)}))
    except (TypeError, ValueError, AttributeError):
        return data


def _read_event(data: bytes, folder: Path) -> None:
    del folder
    try:
        event = read_event(data)
    except UnreadableEvent as error:
        raise UserError("It was refused.", NEXT) from error
    assert type(event).__module__ == messages.__name__
