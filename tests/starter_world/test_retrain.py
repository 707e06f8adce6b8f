"""One command per model: its steps in order, a failure with its cause, and going on where it stopped."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from models.starter_world import retrain, train_text_encoder
from models.starter_world.training import STARTER_FOLDER

MODELS = ("painter", "judge", "verifier", "planner")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Instead of ``.training``."""
    monkeypatch.setattr(retrain, "TRAINING_FOLDER", tmp_path)
    return tmp_path


QUICK = retrain.Step("quick", "vocabulary", has_device=False)
BROKEN = retrain.Step("broken", "no_such_recipe", minutes=4)


def modules(printed: str) -> list[str]:
    words = [line.split() for line in printed.splitlines() if not line.startswith("#")]
    return [line[2].removeprefix("models.starter_world.") for line in words]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("options", [[], ["--from-scratch"]])
def test_a_dry_run_prints_steps_that_exist_and_touches_nothing(
    model: str, options: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert retrain.main([model, "--dry-run", *options]) == 0
    for module in modules(capsys.readouterr().out):
        assert (Path(retrain.__file__).parent / f"{module.replace('.', '/')}.py").is_file()
    assert list(folder.iterdir()) == []


def test_the_painter_is_trained_in_the_order_in_which_its_parts_need_each_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    retrain.main(["painter", "--dry-run", "--from-scratch"])
    wanted = ["train_text_encoder", "pictures", "train_autoencoder", "train_autoencoder", "latents"]
    assert modules(capsys.readouterr().out) == [*wanted, "train_painter", "train_preview", "export"]


def test_minutes_are_a_share_of_the_budget(capsys: pytest.CaptureFixture[str]) -> None:
    retrain.main(["judge", "--dry-run", "--share-of-budget", "0.5", "--device", "cuda"])
    printed = capsys.readouterr().out
    assert "# step 2 of 2, judge: 16.5 minutes" in printed
    assert "train_judge --minutes 16.5 --device cuda" in printed


def test_no_time_at_all_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        retrain.main(["judge", "--share-of-budget", "0"])
    assert "give more than 0" in capsys.readouterr().err


def test_a_step_that_fails_ends_the_run_with_its_cause_and_the_next_run_goes_on_behind_what_is_done(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    (folder / "judge.pt").write_text("an earlier run")
    sheet = folder / "sheet.png"
    last = retrain.Step("sheet", "contact_sheet", options=("--output", str(sheet)), has_device=False)
    monkeypatch.setitem(retrain.FROM_SCRATCH, "judge", (QUICK, BROKEN, last))
    assert retrain.main(["judge", "--from-scratch"]) != 0
    assert "Step 2 of 3 (broken) failed" in caplog.text
    assert "No module named models.starter_world.no_such_recipe" in caplog.text
    assert not sheet.exists()
    assert (folder / "before-1" / "judge.pt").read_text() == "an earlier run"

    (folder / "judge.pt").write_text("half way")
    monkeypatch.setitem(retrain.FROM_SCRATCH, "judge", (QUICK, last))
    assert retrain.main(["judge"]) == 0
    assert "quick: done before" in caplog.text
    assert sheet.is_file()
    assert (folder / "judge.pt").read_text() == "half way"
    assert not (folder / "judge.steps-done").exists()


def test_what_earlier_runs_left_is_never_lost(folder: Path) -> None:
    for round_number in (1, 2):
        (folder / "painter.pt").write_text(str(round_number))
        retrain.set_aside(folder, ("painter.pt", "latents"))
    assert [(folder / f"before-{number}" / "painter.pt").read_text() for number in (1, 2)] == ["1", "2"]
    assert not (folder / "painter.pt").exists()


def test_the_committed_text_encoder_goes_on_with_its_own_tokenizer(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train_text_encoder, "CHECKPOINT", folder / "text_encoder.pt")
    monkeypatch.setattr(train_text_encoder, "TOKENIZER", folder / "tokenizer")
    committed = train_text_encoder.CLIPTokenizer.from_pretrained(STARTER_FOLDER / "painter" / "tokenizer")
    assert train_text_encoder.tokenizer_of_weights(from_scratch=False).get_vocab() == committed.get_vocab()
