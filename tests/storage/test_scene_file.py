"""A scene survives the way to disk and back, whoever else wrote into the file, and whatever fails on the way."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from storage_samples import sample_content, sample_pictures, sample_scene

from lmd_desktop.domain.edits import move_box
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.groups import group_boxes
from lmd_desktop.domain.layout import Layout, Size
from lmd_desktop.domain.scene import CanvasEdit, Dialog, Scene, edit_layout
from lmd_desktop.storage import atomic
from lmd_desktop.storage.scene_file import SceneContent, load_scene
from lmd_desktop.storage.scene_saving import save_scene

GOLDEN = Path(__file__).parent / "golden"
Change = Callable[[dict], object]


def save(path: Path, content: SceneContent | None = None, *, thumbnail: bytes | None = None) -> Path:
    save_scene(path, content or sample_content(), sample_pictures().__getitem__, thumbnail=thumbnail)
    return path


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return save(tmp_path / "harbour.lmdscene", thumbnail=next(iter(sample_pictures().values())))


def entries(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path: Path, content: dict[str, bytes], *, keeps_hashes: bool = False) -> None:
    """Write entries as another program would; hashes are made right unless the test wants them wrong."""
    if not keeps_hashes and "manifest.json" in content:
        manifest = json.loads(content["manifest.json"])
        hashes = {name: hashlib.sha256(data).hexdigest() for name, data in content.items()}
        manifest["entries"] = {name: value for name, value in hashes.items() if name != "manifest.json"}
        content = content | {"manifest.json": json.dumps(manifest).encode()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def change_json(path: Path, name: str, change: Change) -> None:
    content = entries(path)
    document = json.loads(content[name])
    change(document)
    rewrite(path, content | {name: json.dumps(document).encode()})


def test_a_saved_scene_opens_as_it_was(saved: Path) -> None:
    loaded = load_scene(saved)
    assert loaded.content == replace(sample_content(), extra=loaded.content.extra)
    assert {sha256: loaded.picture(sha256) for sha256 in sample_pictures()} == sample_pictures()
    assert (loaded.is_read_only, loaded.reason, loaded.notes) == (False, "", ())


@pytest.mark.parametrize("name", ["format-1.lmdscene", "format-1.1.lmdscene", "format-1.2.lmdscene"])
def test_the_golden_file_of_each_old_format_opens_as_it_was(name: str) -> None:
    loaded = load_scene(GOLDEN / name)
    records = tuple(replace(record, sha256="") for record in loaded.content.renders)
    expected = sample_content()
    assert loaded.content.scene == expected.scene
    assert loaded.content.settings == expected.settings
    assert records == tuple(replace(record, sha256="") for record in expected.renders)
    assert all(loaded.picture(record.sha256).startswith(b"\x89PNG") for record in loaded.content.renders)


def test_groups_survive_saving(tmp_path: Path) -> None:
    scene = edit_layout(sample_scene(), group_boxes(sample_scene().layout, ("1", "2")))
    path = save(tmp_path / "grouped.lmdscene", SceneContent(scene))
    assert [box.group for box in load_scene(path).content.scene.layout.boxes] == ["1", "1"]


def test_an_empty_scene_can_be_saved(tmp_path: Path) -> None:
    path = save(tmp_path / "empty.lmdscene", SceneContent())
    assert load_scene(path).content.scene == Scene()


def test_the_mimetype_stands_first_and_stored_and_pictures_are_stored(saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        infos = archive.infolist()
    assert infos[0].filename == "mimetype"
    stored = [info.filename for info in infos if info.compress_type == zipfile.ZIP_STORED]
    assert [name for name in stored if not name.endswith(".png")] == ["mimetype"]
    assert len(stored) == 4
    assert saved.read_bytes()[30:64] == b"mimetypeapplication/x-lmdscene+zip"


def test_the_manifest_has_the_hash_of_every_entry(saved: Path) -> None:
    content = entries(saved)
    manifest = json.loads(content["manifest.json"])
    assert set(manifest["entries"]) == set(content) - {"manifest.json"}
    assert (manifest["format"], manifest["created"]) == (1, "2026-11-21T08:00:00+00:00")


def test_a_second_save_keeps_three_older_copies(tmp_path: Path) -> None:
    path = tmp_path / "a.lmdscene"
    for width in (100, 200, 300, 400, 500):
        save(path, SceneContent(Scene(start=Layout(Size(width, 100)))))
    widths = [
        load_scene(tmp_path / f"a.lmdscene{end}").content.scene.start.canvas.width for end in ("", "~1", "~2", "~3")
    ]
    assert widths == [500, 400, 300, 200]
    assert len(list(tmp_path.iterdir())) == 4


def test_unknown_entries_and_keys_come_back(saved: Path) -> None:
    change_json(saved, "scene.json", lambda d: d.update(weather={"rain": [1, 2]}))
    change_json(saved, "scene.json", lambda d: d["render_settings"].update(upscale=2))
    change_json(saved, "dialog.json", lambda d: d["turns"][1].update(rating=5))
    change_json(saved, "dialog.json", lambda d: d["turns"][1]["layout"]["boxes"][1].update(lora="x"))
    change_json(saved, "renders.json", lambda d: d["renders"][0].update(judge=[0.5]))
    change_json(saved, "manifest.json", lambda d: d.update(machine="m"))
    rewrite(saved, entries(saved) | {"extra/notes.txt": "grüße".encode()})

    loaded = load_scene(saved)
    head = edit_layout(loaded.content.scene, move_box(loaded.content.scene.layout, "1", 0, 0), coalesce=False)
    again = saved.with_name("again.lmdscene")
    save_scene(again, replace(loaded.content, scene=head), loaded.picture, thumbnail=None)

    content = entries(again)
    assert content["extra/notes.txt"] == "grüße".encode()
    assert json.loads(content["scene.json"])["weather"] == {"rain": [1, 2]}
    assert json.loads(content["scene.json"])["render_settings"]["upscale"] == 2
    turn = json.loads(content["dialog.json"])["turns"][1]
    assert (turn["rating"], turn["layout"]["boxes"][1]["lora"]) == (5, "x")
    assert json.loads(content["renders.json"])["renders"][0]["judge"] == [0.5]
    manifest = json.loads(content["manifest.json"])
    assert manifest["machine"] == "m"
    assert set(manifest["entries"]) == set(content) - {"manifest.json"}


def test_a_newer_minor_version_opens_and_can_be_saved(saved: Path) -> None:
    change_json(saved, "manifest.json", lambda d: d.update(minor=9))
    loaded = load_scene(saved)
    assert not loaded.is_read_only
    save_scene(saved, loaded.content, loaded.picture, thumbnail=None)


def test_a_newer_major_version_opens_read_only_and_is_never_overwritten(saved: Path) -> None:
    change_json(saved, "manifest.json", lambda d: d.update(format=2, app="LMD Desktop 9.0"))
    before = saved.read_bytes()
    loaded = load_scene(saved)
    assert loaded.is_read_only
    assert "newer version" in loaded.reason
    assert "LMD Desktop 9.0" in loaded.reason
    with pytest.raises(UserError, match="Save under another name"):
        save_scene(saved, loaded.content, loaded.picture, thumbnail=None)
    assert saved.read_bytes() == before
    save(saved.with_name("mine.lmdscene"), loaded.content)


def test_a_missing_picture_stops_the_save_with_its_name(tmp_path: Path) -> None:
    saved = save(tmp_path / "harbour.lmdscene", SceneContent())
    before = saved.read_bytes()
    lost = next(iter(sample_pictures()))
    pictures = {sha256: data for sha256, data in sample_pictures().items() if sha256 != lost}
    with pytest.raises(UserError, match=rf"renders/{lost}\.png\) is missing"):
        save_scene(saved, sample_content(), pictures.__getitem__, thumbnail=None)
    with pytest.raises(UserError, match="is damaged"):
        save_scene(saved, sample_content(), lambda _: b"other bytes", thumbnail=None)
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_a_damaged_picture_is_told_and_the_scene_still_opens(saved: Path) -> None:
    content = entries(saved)
    name = next(name for name in content if name.startswith("renders/"))
    rewrite(saved, content | {name: content[name][:-1] + b"x"}, keeps_hashes=True)
    loaded = load_scene(saved)
    assert len(loaded.content.renders) == 1
    assert any("damaged or missing" in note for note in loaded.notes)


def test_boxes_outside_the_canvas_and_without_size_are_repaired_and_told(saved: Path) -> None:
    def spoil(document: dict) -> None:
        boxes = document["turns"][3]["layout"]["boxes"]
        boxes[0].update(x=5000, y=-20)
        boxes[1].update(width=0, height=-3)

    change_json(saved, "dialog.json", spoil)
    loaded = load_scene(saved)
    layout = loaded.content.scene.layout
    assert [box.id for box in layout.boxes] == ["1", "2"]
    assert all(box.rect.right <= 512 and box.rect.width >= 8 and box.rect.y >= 0 for box in layout.boxes)
    assert any("red car" in note for note in loaded.notes)
    assert any("had no size" in note for note in loaded.notes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d["turns"][1]["layout"]["boxes"][0].update(x="far"), 'turn "t2", “layout”, box "1": “x” must be'),
        (lambda d: d["turns"][1].update(kind="dream"), "“dream” is no kind of turn"),
        (lambda d: d["turns"][1].update(parent="t9"), "its parent “t9” does not stand before it"),
        (lambda d: d["turns"][0].update(parent="t4"), "does not stand before it"),
        (lambda d: d["turns"].pop(), "the head turn “t4” is not in dialog.json"),
        (lambda d: d["turns"].append(d["turns"][0]), "two turns have this id"),
        (lambda d: d["turns"][1]["layout"].update(canvas=[0, 9]), "must be from 1"),
        (lambda d: d["turns"][1]["layout"].update(canvas=[9999, 9]), "9999×9 pixels is not possible"),
        (lambda d: d.update(turns={}), "“turns” must be a list"),
        (lambda d: d.pop("turns"), "“turns” is missing"),
        (lambda d: d["turns"][1].update(seed=True), "“seed” must be a whole number, but it is true"),
    ],
)
def test_wrong_content_is_told_with_its_place(saved: Path, change: Change, words: str) -> None:
    change_json(saved, "dialog.json", change)
    with pytest.raises(UserError) as caught:
        load_scene(saved)
    assert words in str(caught.value)
    assert saved.name in str(caught.value)


def test_an_older_copy_is_offered_if_the_file_is_damaged(saved: Path) -> None:
    save(saved)
    saved.write_bytes(saved.read_bytes()[:500])
    with pytest.raises(UserError, match=r"Open an older copy beside it instead: harbour\.lmdscene~1"):
        load_scene(saved)


def test_a_temporary_file_of_a_dead_process_is_removed(saved: Path) -> None:
    abandoned = saved.with_name(".lmd-999999999-abc.saving")
    abandoned.write_bytes(b"half a scene")
    save(saved)
    assert not abandoned.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a file size limit")
def test_a_full_disk_leaves_the_old_file_and_tells_what_is_needed(saved: Path) -> None:
    import resource

    before = saved.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limits[1]))
    try:
        with pytest.raises(
            UserError, match=r"the disk is full.*unchanged.*Saving needs \d+\.\d MB, \d+\.\d MB are free"
        ):
            save(saved)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_every_kind_of_full_disk_is_told_alike(tmp_path: Path, number: int) -> None:
    error = atomic.explain_write_error(OSError(number, "x"), tmp_path / "a.lmdscene", 1_234_567)
    assert "Saving needs 1.3 MB" in error.next_step


def test_a_process_killed_while_saving_leaves_a_whole_file(saved: Path) -> None:
    program = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[2]); from test_scene_file import save\n"
        "print('saving', flush=True)\n"
        "while True: save(Path(sys.argv[1]))"
    )
    for delay_ms in (0, 7, 13, 29, 61):
        command = [sys.executable, "-c", program, str(saved), str(Path(__file__).parent)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
        assert child.stdout is not None
        child.stdout.readline()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(delay_ms / 1000)
        child.kill()
        child.wait()
        child.stdout.close()
        assert load_scene(saved).content.scene == sample_content().scene
    save(saved)
    assert not list(saved.parent.glob(".lmd-*"))


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not there"):
        save(tmp_path / "nowhere" / "a.lmdscene")


@pytest.mark.skipif(
    os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_a_read_only_folder_is_told(saved: Path) -> None:
    saved.parent.chmod(0o500)
    try:
        with pytest.raises(UserError, match="not allowed"):
            save(saved)
    finally:
        saved.parent.chmod(0o700)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_permissions_and_links_of_the_old_file_stay(saved: Path) -> None:
    saved.chmod(0o640)
    link = saved.with_name("link.lmdscene")
    link.symlink_to(saved)
    save(link, SceneContent())
    assert link.is_symlink()
    assert stat.S_IMODE(saved.stat().st_mode) == 0o640
    assert load_scene(saved).content.scene == Scene()


def test_unicode_and_long_names_work(tmp_path: Path) -> None:
    length = 60 if sys.platform == "win32" else 200
    path = save(tmp_path / ("港の夕暮れ ⛵ " + "x" * (length - 50) + ".lmdscene"))
    assert load_scene(save(path)).content.scene == sample_content().scene


def test_a_dialog_of_ten_thousand_turns_is_saved_and_opened(tmp_path: Path) -> None:
    layout = sample_content().scene.layout
    turns = tuple(CanvasEdit(f"t{n}", f"t{n - 1}" if n > 1 else None, layout, "moved") for n in range(1, 10_001))
    scene = Scene(Dialog(turns, "t10000"))
    path = save(tmp_path / "long.lmdscene", SceneContent(scene))
    assert load_scene(path).content.scene == scene
