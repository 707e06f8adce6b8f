"""What becomes of scenes and journals when things go wrong: each with its outcome in words, nothing mocked.

Run by ``python -m tests.benchmarks.storage --hard``. A full disk is a small tmpfs, which only root may mount; a
read-only folder refuses only those who are not root: such a case says that it was left out.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lmd_desktop.app.workspace import Workspace
from lmd_desktop.domain.errors import UserError
from lmd_desktop.domain.scene import Scene
from lmd_desktop.storage.checking import check_scene
from lmd_desktop.storage.journal import JournalWriter
from lmd_desktop.storage.recovery import find_leftovers
from lmd_desktop.storage.scene_file import SceneContent, load_scene
from lmd_desktop.storage.scene_saving import save_scene
from tests.benchmarks.storage import close, content_of, edit, long_scene, made_pictures, make_workspace

DISK_MB = 6
NOBODY = 65534
LARGE_PICTURE_MB = 8


@dataclass(frozen=True, slots=True)
class Outcome:
    is_good: bool
    outcome: str
    seconds: float = 0.0


def outcomes(folder: Path, *, gigabytes: float) -> dict[str, Any]:
    """Every case by its name."""
    from PySide6.QtWidgets import QApplication

    application = QApplication.instance() or QApplication([])
    cases: dict[str, Callable[[Path], Outcome]] = {
        "disk_full_on_save": disk_full_on_save,
        "disk_full_for_the_journal": disk_full_for_the_journal,
        "read_only_folder": read_only_folder,
        "folder_removed_under_the_app": folder_removed,
        "clock_going_backwards": clock_backwards,
        "dialog_of_10000_turns": long_dialog,
        "large_scene": lambda place: large_scene(place, gigabytes),
    }
    report: dict[str, Any] = {}
    for name, case in cases.items():
        place = folder / name
        place.mkdir()
        begun = time.perf_counter()
        found = case(place)
        shutil.rmtree(place, ignore_errors=True)
        report[name] = {
            "is_good": found.is_good,
            "outcome": found.outcome,
            "seconds": round(found.seconds or time.perf_counter() - begun, 2),
        }
        print(f"{name}: {report[name]}", file=sys.stderr, flush=True)
    del application
    return report


def disk_full_on_save(folder: Path) -> Outcome:
    with _small_disk(folder) as is_mounted, _workspace(folder.parent / "home-full") as workspace:
        if not is_mounted:
            return Outcome(True, "left out: no tmpfs can be mounted here")
        path = folder / "a.lmdscene"
        edit(workspace, 1)
        workspace.document.save(path)
        before = path.read_bytes()
        filler = folder / "filler"
        _fill(filler)
        edit(workspace, 2)
        told = _told(workspace.document.save)
        is_kept = path.read_bytes() == before and workspace.document.is_dirty and not list(folder.glob(".lmd-*"))
        filler.unlink()
        workspace.document.save()
        is_good = is_kept and "the disk is full" in told and check_scene(path).is_whole
        return Outcome(is_good and not workspace.document.is_dirty, f"old file whole, still unsaved, told: {told}")


def disk_full_for_the_journal(folder: Path) -> Outcome:
    with _small_disk(folder) as is_mounted:
        if not is_mounted:
            return Outcome(True, "left out: no tmpfs can be mounted here")
        with _workspace(folder / "home") as workspace:
            told: list[str] = []
            workspace.problem_occurred.connect(lambda error: told.append(str(error)))
            edit(workspace, 1)
            assert workspace.journal.flush()
            filler = folder / "filler"
            _fill(filler)
            number = 1
            while workspace.journal.flush() and number < 2000:
                # The last page that the journal has already takes some more changes.
                number += 1
                edit(workspace, number)
            failed_at = number
            _events()
            filler.unlink()
            edit(workspace, number + 1)
            is_written = workspace.journal.flush()
            latest = workspace.session.scene
            journal = next(workspace.folders.recovery.glob("*.lmdjournal"))
            copy = folder / "copy" / journal.name
            copy.parent.mkdir()
            shutil.copy(journal, copy)
            found = find_leftovers(copy.parent, folder / "none")[0].load(workspace.pictures.store())
        is_good = is_written and found.content.scene == latest and len(told) == 1
        return Outcome(is_good, f"change {failed_at} was told once ({told[:1]}), nothing lost once there was room")


def read_only_folder(folder: Path) -> Outcome:
    """In a child that is not root, for whom permissions count."""
    path = folder / "a.lmdscene"
    save_scene(path, SceneContent(long_scene(3)), lambda _: b"", thumbnail=None)
    before = path.read_bytes()
    path.chmod(0o666)
    folder.chmod(0o555)
    for parent in folder.parents[:1]:
        parent.chmod(0o755)
    program = (
        "import encodings.cp437, os, platform, psutil, sys; from pathlib import Path\n"
        "from lmd_desktop.domain.errors import UserError\n"
        "from lmd_desktop.storage.scene_file import SceneContent\n"
        "from lmd_desktop.storage.scene_saving import save_scene\n"
        f"os.getuid() or os.setuid({NOBODY})\n"
        "try: save_scene(Path(sys.argv[1]), SceneContent(), lambda _: b'', thumbnail=None); print('saved')\n"
        "except UserError as error: print(type(error).__name__, error)"
    )
    ran = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False)
    folder.chmod(0o755)
    told = (ran.stdout or ran.stderr[-300:]).strip()
    return Outcome("WriteError" in told and "not allowed" in told and path.read_bytes() == before, told)


def folder_removed(folder: Path) -> Outcome:
    with _workspace(folder / "home") as workspace:
        place = folder / "place"
        place.mkdir()
        edit(workspace, 1)
        workspace.document.save(place / "a.lmdscene")
        edit(workspace, 2)
        assert workspace.journal.flush()
        shutil.rmtree(place)
        shutil.rmtree(workspace.folders.recovery)
        edit(workspace, 3)
        is_kept = workspace.journal.flush() and len(list(workspace.folders.recovery.glob("*.lmdjournal"))) == 1
        told = _told(workspace.document.save)
        is_dirty = workspace.document.is_dirty
        workspace.document.save(folder / "b.lmdscene")
        is_good = is_kept and is_dirty and "is not there" in told and check_scene(folder / "b.lmdscene").is_whole
        return Outcome(is_good, f"the journal was made again; told: {told}; Save As worked")


def clock_backwards(folder: Path) -> Outcome:
    """Every date of the app's and the person's files lies in the future, as after a clock that was set back a year."""
    with _workspace(folder / "home") as workspace:
        path = folder / "a.lmdscene"
        edit(workspace, 1)
        workspace.document.save(path)
        edit(workspace, 2)
        assert workspace.journal.flush()
        future = time.time() + 365 * 86_400
        for file in (path, *workspace.folders.recovery.iterdir()):
            os.utime(file, (future, future))
        is_alive = workspace.leftovers() == ()
        edit(workspace, 3)
        assert workspace.journal.flush()
        JournalWriter(workspace.folders.recovery, SceneContent(long_scene(2)), None).close(remove=False)
        is_found = len(workspace.leftovers()) == 1
        workspace.document.save()
        is_saved = load_scene(path).content.scene == workspace.session.scene
        return Outcome(is_alive and is_found and is_saved, "nothing asks the clock: saved, journaled and found as ever")


def long_dialog(folder: Path) -> Outcome:
    with _workspace(folder / "home") as workspace:
        workspace.document.new(long_scene(10_000))
        edit(workspace, 1)
        begun = time.perf_counter()
        is_written = workspace.journal.flush() or workspace.journal.flush()
        journal_s = time.perf_counter() - begun
        begun = time.perf_counter()
        workspace.document.save(folder / "a.lmdscene")
        save_s = time.perf_counter() - begun
        begun = time.perf_counter()
        found = load_scene(folder / "a.lmdscene").content.scene
        open_s = time.perf_counter() - begun
        is_good = is_written and found == workspace.session.scene
        words = f"journal begun in {journal_s:.2f} s, saved in {save_s:.2f} s, opened in {open_s:.2f} s"
        return Outcome(is_good, words)


def large_scene(folder: Path, gigabytes: float) -> Outcome:
    """Peak memory is that of a child, because this process has held other things."""
    if shutil.disk_usage(folder).free < 4 * gigabytes * 1e9:
        return Outcome(True, "left out: too little free disk")
    path = folder / "large.lmdscene"
    count = round(gigabytes * 1000 / LARGE_PICTURE_MB)
    start = next(iter(made_pictures(1, 1000).values()))

    def picture(number: int) -> bytes:
        return start + number.to_bytes(8) + bytes(LARGE_PICTURE_MB * 1_000_000)

    hashes = {hashlib.sha256(picture(number)).hexdigest(): number for number in range(count)}
    begun = time.perf_counter()
    save_scene(path, content_of(list(hashes)), lambda sha256: picture(hashes[sha256]), thumbnail=None)
    first_s = time.perf_counter() - begun
    begun = time.perf_counter()
    loaded = load_scene(path)
    open_s = time.perf_counter() - begun
    begun = time.perf_counter()
    save_scene(path, replace(loaded.content, scene=Scene()), loaded.picture, thumbnail=None)
    save_s = time.perf_counter() - begun
    size = path.stat().st_size / 1e9
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    is_good = check_scene(path).is_whole and len(loaded.content.renders) == count
    words = f"{size:.2f} GB: first save {first_s:.1f} s, open {open_s:.1f} s, save after an edit {save_s:.1f} s"
    return Outcome(is_good, f"{words}, peak memory {peak:.0f} MB (a window shows progress and can cancel)")


@contextmanager
def _small_disk(folder: Path) -> Iterator[bool]:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    try:
        yield mounted.returncode == 0
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "-l", str(folder)], check=False)


@contextmanager
def _workspace(home: Path) -> Iterator[Workspace]:
    workspace = make_workspace(home)
    workspace.document.new(long_scene(20))
    try:
        yield workspace
    finally:
        workspace.journal.discard()
        close(workspace)


def _fill(path: Path) -> None:
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as handle:
        while True:
            handle.write(bytes(4096))


def _told(action: Callable[[], object]) -> str:
    try:
        action()
    except UserError as error:
        return str(error)
    return "nothing"


def _events() -> None:
    from PySide6.QtCore import QCoreApplication

    for _ in range(5):
        QCoreApplication.processEvents()
