"""What unsaved work has that the saved file has not, and the other way round, so that a person can choose."""

from __future__ import annotations

from dataclasses import dataclass

from lmd_desktop.domain.changes import describe_changes
from lmd_desktop.storage.scene_file import SceneContent


@dataclass(frozen=True, slots=True)
class Difference:
    """Turns and pictures that only one of two versions has (a turn counts for both if it differs).

    ``layout`` says in words how the boxes on the canvas change from the saved version to the unsaved one.
    """

    turns_only_saved: int
    turns_only_unsaved: int
    pictures_only_saved: int
    pictures_only_unsaved: int
    layout: str
    has_other_settings: bool

    @property
    def is_none(self) -> bool:
        return self == Difference(0, 0, 0, 0, "", has_other_settings=False)


def difference(saved: SceneContent, unsaved: SceneContent) -> Difference:
    old_turns = {turn.id: turn for turn in saved.scene.dialog.turns}
    new_turns = {turn.id: turn for turn in unsaved.scene.dialog.turns}
    old_pictures, new_pictures = ({record.sha256 for record in content.renders} for content in (saved, unsaved))
    return Difference(
        sum(new_turns.get(turn_id) != turn for turn_id, turn in old_turns.items()),
        sum(old_turns.get(turn_id) != turn for turn_id, turn in new_turns.items()),
        len(old_pictures - new_pictures),
        len(new_pictures - old_pictures),
        describe_changes(saved.scene.layout, unsaved.scene.layout),
        saved.settings != unsaved.settings,
    )
