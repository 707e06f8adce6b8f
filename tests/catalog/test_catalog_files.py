"""The bundled files are found, hashes are remembered, and the catalogue can be read."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import lmd_desktop
from lmd_desktop.catalog import (
    file_sha256,
    folder_sha256,
    inspect_gguf,
    inspect_painter,
    known_models,
    models_folder,
    starter_painter,
    starter_planner,
)
from lmd_desktop.catalog.digests import CACHE_FILE


def test_a_checkout_finds_its_models_beside_the_package() -> None:
    assert models_folder() == Path(lmd_desktop.__file__).parents[1] / "models"
    assert starter_planner().suffix == ".gguf"
    assert starter_painter().is_relative_to(models_folder())


def test_every_known_model_says_what_it_is() -> None:
    models = known_models()
    assert len({model.id for model in models}) == len(models)
    assert {model.kind for model in models if model.is_bundled} == {"planner", "painter"}
    for model in models:
        assert model.licence
        assert model.files
        assert model.size_mb > 0


def test_every_size_of_planner_is_known_and_one_is_the_default() -> None:
    planners = {model.id: model.planner for model in known_models() if model.planner is not None}
    assert planners.keys() == {model.id for model in known_models() if model.kind == "planner"}
    assert {facts.tier for facts in planners.values()} == {"starter", "small", "medium", "large", "paper"}
    assert [facts.tier for facts in planners.values() if facts.is_default] == ["medium"]
    for model in known_models():
        facts = model.planner
        if facts is not None and not model.is_bundled:
            assert model.size_mb < facts.memory_4k_mb
            assert facts.memory_8k_mb == 0 or facts.memory_8k_mb > facts.memory_4k_mb
            assert model.files[0].endswith(".gguf")


def test_the_catalogue_names_the_starter_models_where_the_app_looks_for_them() -> None:
    places = {model.id: models_folder() / model.where for model in known_models() if model.is_bundled}
    assert places["starter-planner"] == starter_planner().parent
    assert places["starter-painter"] == starter_painter()


def test_the_bundled_models_are_whole_and_as_large_as_the_catalogue_says() -> None:
    assert [model.id for model in known_models() if model.is_bundled and not model.is_here] == []
    planner, painter = inspect_gguf(starter_planner()), inspect_painter(starter_painter())
    stated = {model.id: model.size_mb * 1_000_000 for model in known_models()}
    assert 0.5 < planner.size_bytes / stated["starter-planner"] < 2
    assert 0.5 < painter.size_bytes / stated["starter-painter"] < 2
    assert painter.is_gated


def test_a_hash_is_remembered_until_the_file_changes(tmp_path: Path) -> None:
    path, cache = tmp_path / "model", tmp_path / "cache"
    path.write_bytes(b"one")
    assert file_sha256(path, cache) == hashlib.sha256(b"one").hexdigest()
    remembered = json.loads((cache / CACHE_FILE).read_text(encoding="utf-8"))
    (cache / CACHE_FILE).write_text(json.dumps(dict.fromkeys(remembered, "kept")), encoding="utf-8")
    assert file_sha256(path, cache) == "kept"
    path.write_bytes(b"two")
    os.utime(path, ns=(1, 1))
    assert file_sha256(path, cache) == hashlib.sha256(b"two").hexdigest()


def test_a_broken_cache_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"one")
    (tmp_path / CACHE_FILE).write_text("{", encoding="utf-8")
    assert file_sha256(path, tmp_path) == file_sha256(path)


def test_the_hash_of_a_folder_follows_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    first = folder_sha256(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    second = folder_sha256(tmp_path)
    (tmp_path / "b").write_bytes(b"2")
    assert len({first, second, folder_sha256(tmp_path)}) == 3
