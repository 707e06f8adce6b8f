"""A scene: one immutable dialog tree of requests, plans and hand edits; the canvas shows the layout at its head."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lmd_desktop.domain.changes import describe_changes
from lmd_desktop.domain.errors import ExitCode, UserError
from lmd_desktop.domain.layout import MAX_PROMPT_LENGTH, Layout, clean_line
from lmd_desktop.domain.violations import Violation


@dataclass(frozen=True, slots=True)
class Request:
    """What the person asked for. ``layout`` is what the canvas showed at that moment."""

    id: str
    parent: str | None
    text: str
    layout: Layout


@dataclass(frozen=True, slots=True)
class Plan:
    """What the planner answered: the layout after it, the raw text, and everything needed to repeat it.

    ``answers`` are all texts it wrote for this turn if there were several, ``repairs`` what was put right silently,
    ``asked_again`` what it was told to mend, ``violations`` what is still wrong. ``undecided`` are the keys of the
    changes that the person has neither accepted nor rejected (see ``domain/proposals.py``).
    """

    id: str
    parent: str | None
    layout: Layout
    raw: str
    model: str
    model_sha256: str
    seed: int
    notes: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    asked_again: tuple[str, ...] = ()
    violations: tuple[Violation, ...] = ()
    undecided: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CanvasEdit:
    """What the person changed by hand: the whole layout after it; ``note`` is the person's own remark."""

    id: str
    parent: str | None
    layout: Layout
    summary: str
    note: str = ""


Turn = Request | Plan | CanvasEdit


@dataclass(frozen=True, slots=True)
class Dialog:
    """A tree of turns in the order they were made; ``head`` is the turn that the canvas shows."""

    turns: tuple[Turn, ...] = ()
    head: str | None = None

    def turn(self, turn_id: str) -> Turn:
        for turn in self.turns:
            if turn.id == turn_id:
                return turn
        raise UserError(f"There is no turn “{turn_id}” in this dialog.", exit_code=ExitCode.USAGE)

    def path(self, turn_id: str | None = None) -> tuple[Turn, ...]:
        """The turns from the root to ``turn_id`` (default: the head)."""
        by_id = {turn.id: turn for turn in self.turns}
        current = turn_id if turn_id is not None else self.head
        path: list[Turn] = []
        while current is not None and current in by_id:
            path.append(by_id[current])
            current = by_id[current].parent
        return tuple(reversed(path))

    def children(self, turn_id: str | None) -> tuple[Turn, ...]:
        return tuple(turn for turn in self.turns if turn.parent == turn_id)


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything undo covers: the dialog, and the layout that an empty dialog starts from."""

    dialog: Dialog = Dialog()
    start: Layout = Layout()

    @property
    def layout(self) -> Layout:
        """What the canvas shows."""
        return self.layout_at(self.dialog.head)

    def layout_at(self, turn_id: str | None) -> Layout:
        return self.start if turn_id is None else self.dialog.turn(turn_id).layout


def add_request(scene: Scene, text: str) -> Scene:
    """The person's sentence becomes the head turn; raises UserError if it is empty or too long."""
    cleaned = clean_line(text, limit=len(text))
    if not cleaned:
        raise UserError("The request is empty.", "Type what the picture should show.", exit_code=ExitCode.USAGE)
    if len(cleaned) > MAX_PROMPT_LENGTH:
        raise UserError(
            f"The request has {len(cleaned)} characters.",
            f"Shorten it to at most {MAX_PROMPT_LENGTH}.",
            exit_code=ExitCode.USAGE,
        )
    return _appended(scene, Request(_next_id(scene), scene.dialog.head, cleaned, scene.layout))


def add_plan(
    scene: Scene,
    layout: Layout,
    *,
    raw: str,
    model: str,
    model_sha256: str,
    seed: int,
    notes: tuple[str, ...] = (),
) -> Scene:
    """The planner's answer becomes the head turn, with nothing to decide on."""
    return add_turn(scene, Plan("", None, layout, raw, model, model_sha256, seed, notes))


def edit_layout(scene: Scene, layout: Layout, *, coalesce: bool = True) -> Scene:
    """A hand edit: ``layout`` is the whole layout after it.

    Edits in a row coalesce into one CanvasEdit whose summary is the difference to its parent; an edit that takes all of
    them back removes the turn. ``coalesce=False`` starts a new turn (after a pause, or once a picture shows the head).
    """
    if layout == scene.layout:
        return scene
    dialog = scene.dialog
    head = dialog.turn(dialog.head) if dialog.head is not None else None
    if not (coalesce and isinstance(head, CanvasEdit) and not dialog.children(head.id)):
        summary = describe_changes(scene.layout, layout)
        return _appended(scene, CanvasEdit(_next_id(scene), dialog.head, layout, summary))
    before = scene.layout_at(head.parent)
    if layout == before:
        turns = tuple(turn for turn in dialog.turns if turn.id != head.id)
        return replace(scene, dialog=Dialog(turns, head.parent))
    edited = replace(head, layout=layout, summary=describe_changes(before, layout))
    return replace(scene, dialog=replace(dialog, turns=_with_turn(dialog.turns, edited)))


def go_to(scene: Scene, turn_id: str | None) -> Scene:
    """Show an older turn; whatever is done next starts a branch there, nothing is overwritten."""
    if turn_id is not None:
        scene.dialog.turn(turn_id)
    return replace(scene, dialog=replace(scene.dialog, head=turn_id))


def set_note(scene: Scene, turn_id: str, note: str) -> Scene:
    """The person's remark on a "You edited" turn; the planner reads it with the next request."""
    turn = scene.dialog.turn(turn_id)
    if not isinstance(turn, CanvasEdit):
        raise UserError("Only a “You edited” turn takes a note.", exit_code=ExitCode.USAGE)
    return change_turn(scene, replace(turn, note=clean_line(note)))


def add_turn(scene: Scene, turn: Turn) -> Scene:
    """A turn after the head, as the new head; its id and its parent are given here."""
    return _appended(scene, replace(turn, id=_next_id(scene), parent=scene.dialog.head))


def change_turn(scene: Scene, changed: Turn) -> Scene:
    """Another value of a turn that is there, in its place in the tree."""
    scene.dialog.turn(changed.id)
    return replace(scene, dialog=replace(scene.dialog, turns=_with_turn(scene.dialog.turns, changed)))


def _with_turn(turns: tuple[Turn, ...], changed: Turn) -> tuple[Turn, ...]:
    return tuple(changed if turn.id == changed.id else turn for turn in turns)


def _appended(scene: Scene, turn: Turn) -> Scene:
    return replace(scene, dialog=Dialog((*scene.dialog.turns, turn), turn.id))


def _next_id(scene: Scene) -> str:
    used = [int(turn.id[1:]) for turn in scene.dialog.turns if turn.id[1:].isdecimal()]
    return f"t{max(used, default=0) + 1}"
