"""Files that are damaged, lie, or were made to do harm are refused in words, and nothing else happens."""

from __future__ import annotations

import json
import os
import random
import struct
import zipfile
from pathlib import Path

import pytest
from storage_samples import sample_content, sample_pictures

from lmd_desktop.domain.errors import UserError
from lmd_desktop.storage import archive
from lmd_desktop.storage.codec import decode_dialog
from lmd_desktop.storage.reading import Fields, FormatError
from lmd_desktop.storage.scene_file import load_scene
from lmd_desktop.storage.scene_saving import save_scene

MIMETYPE = b"application/x-lmdscene+zip"
FUZZED_FILES = 300


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "scene.lmdscene"
    save_scene(path, sample_content(), sample_pictures().__getitem__, thumbnail=None)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        load_scene(path)
    assert caught.value.next_step
    return str(caught.value)


def write_zip(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in entries.items():
            made.writestr(name, data)
    return path


def entries(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as made:
        return {name: made.read(name) for name in made.namelist()}


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert "There is no file" in refusal(tmp_path / "none.lmdscene")


def test_a_folder_is_told(tmp_path: Path) -> None:
    assert "it is a folder" in refusal(tmp_path)


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "empty.lmdscene"
    path.touch()
    assert "the file is empty" in refusal(path)


@pytest.mark.parametrize("content", [b"<html>not found</html>", b"\x89PNG\r\n\x1a\n", b"GGUF" * 100, b"\0" * 5000])
def test_a_file_that_is_no_zip_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.lmdscene"
    path.write_bytes(content)
    assert "it is not a scene file" in refusal(path)


def test_another_zip_is_told(tmp_path: Path) -> None:
    assert "not a scene" in refusal(write_zip(tmp_path / "a.lmdscene", {"word/document.xml": b"x"}))


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95, 0.999])
def test_a_truncated_file_is_told(saved: Path, share: float) -> None:
    data = saved.read_bytes()
    saved.write_bytes(data[: int(len(data) * share)])
    assert "cut off or damaged" in refusal(saved)


def test_a_lying_hash_is_told(saved: Path) -> None:
    content = entries(saved)
    dialog = content["dialog.json"].replace(b"a red car", b"a red cat")
    assert "dialog.json is damaged" in refusal(write_zip(saved, content | {"dialog.json": dialog}))


def test_a_document_without_a_hash_is_told(saved: Path) -> None:
    content = entries(saved)
    manifest = json.loads(content["manifest.json"])
    del manifest["entries"]["scene.json"]
    path = write_zip(saved, content | {"manifest.json": json.dumps(manifest).encode()})
    assert "“scene.json” is missing" in refusal(path)


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a/../../b", "C:\\evil", "a\\..\\b", "a//b", "./a", "a\nb"])
def test_names_that_leave_the_archive_are_refused(saved: Path, name: str) -> None:
    assert "unsafe name" in refusal(write_zip(saved, entries(saved) | {name: b"x"}))


def test_two_entries_of_one_name_are_refused(saved: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(saved, "a") as made:
        made.writestr("scene.json", b"{}")
    assert "two entries of the same name" in refusal(saved)


@pytest.mark.parametrize("name", ["Scene.json", "\uff53cene.json", "cafe\u0301", "extra\u202egnp.a", "a" * 201])
def test_names_that_look_like_others_are_refused(saved: Path, name: str) -> None:
    assert refusal(write_zip(saved, entries(saved) | {name: b"x"}))


def test_a_link_is_refused(saved: Path) -> None:
    with zipfile.ZipFile(saved, "a") as made:
        link = zipfile.ZipInfo("renders/link.png")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
    assert "is a link" in refusal(saved)


@pytest.mark.parametrize("way", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_another_compression_is_refused(saved: Path, way: int) -> None:
    with zipfile.ZipFile(saved, "a") as made:
        made.writestr("more", b"x" * 99, compress_type=way)
    assert "compressed in a way" in refusal(saved)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes (POSIX)")
def test_a_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.lmdscene")
    assert refusal(tmp_path / "a.lmdscene")


def test_a_table_of_contents_without_end_is_not_read(saved: Path) -> None:
    data = bytearray(saved.read_bytes())
    struct.pack_into("<I", data, data.rindex(b"PK\x05\x06") + 12, 2**31)
    saved.write_bytes(data)
    assert "more entries than any scene" in refusal(saved)


def test_an_encrypted_entry_is_refused(saved: Path) -> None:
    data = bytearray(saved.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1
    saved.write_bytes(data)
    assert "protected by a password" in refusal(saved)


def test_a_file_that_unpacks_to_far_more_than_itself_is_refused(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "FREE_GROWTH_BYTES", 2**20)
    assert "unpack to far more" in refusal(write_zip(saved, entries(saved) | {"extra/zeros": bytes(4 * 2**20)}))


def test_a_file_of_too_many_entries_is_refused(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_ENTRIES", 5)
    assert "entries, more than any scene" in refusal(saved)


@pytest.mark.parametrize(
    "text", [b"[" * 200_000, b'{"a":' * 200_000, b"\xff\xfe", b"{", b'{"turns": NaN}', b"1" * 9999]
)
def test_json_that_is_no_json_is_refused(saved: Path, text: bytes) -> None:
    assert "manifest.json" in refusal(write_zip(saved, entries(saved) | {"manifest.json": text}))


def test_unknown_keys_nested_too_deep_are_refused(saved: Path) -> None:
    content = entries(saved)
    manifest = json.loads(content["manifest.json"])
    manifest["new"] = json.loads("[" * 200 + "]" * 200)
    path = write_zip(saved, content | {"manifest.json": json.dumps(manifest).encode()})
    assert "nested too deeply" in refusal(path)


def test_a_picture_of_absurd_size_is_not_handed_out(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load_scene(saved)
    monkeypatch.setattr("lmd_desktop.storage.scene_file.MAX_PICTURE_PIXELS", 10)
    with pytest.raises(UserError, match="is damaged"):
        loaded.picture(loaded.content.renders[0].sha256)


def test_a_picture_that_vanished_with_its_file_is_told(saved: Path) -> None:
    loaded = load_scene(saved)
    saved.unlink()
    with pytest.raises(UserError, match=r"not in “scene\.lmdscene” any more"):
        loaded.picture(loaded.content.renders[0].sha256)


def test_fuzzed_files_open_or_are_refused_but_never_crash(saved: Path) -> None:
    whole = saved.read_bytes()
    dice = random.Random(7)
    outcomes = {"opened": 0, "refused": 0}
    for _ in range(FUZZED_FILES):
        data = bytearray(whole)
        for _ in range(dice.choice((1, 3, 20))):
            place = dice.randrange(len(data) - 4)
            if dice.random() < 0.5:
                data[place] = dice.randrange(256)
            else:
                struct.pack_into("<I", data, place, dice.choice((0, 1, 2**31, 2**32 - 1)))
        saved.write_bytes(data)
        try:
            load_scene(saved)
            outcomes["opened"] += 1
        except UserError:
            outcomes["refused"] += 1
    assert outcomes["refused"] > 0
    assert sum(outcomes.values()) == FUZZED_FILES


def test_a_sentence_quotes_no_more_than_a_few_words_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        decode_dialog(Fields({"turns": []}, "dialog.json", []), "x\x00" * 3000)
    assert len(str(caught.value)) < 100
    assert str(caught.value).isprintable()
