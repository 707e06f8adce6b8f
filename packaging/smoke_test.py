"""Checks an installed app from outside, as a person would: plan, edit, render and a scene file that holds it all."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PROMPT = "a red car on the left of a blue cup"
TIMEOUT_S = 600


def main(program: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        scene, picture = Path(folder, "scene.lmdscene"), Path(folder, "picture.png")
        doctor = call(program, "doctor")
        print(f"doctor: {', '.join(doctor)}")
        boxes = call(program, "plan", PROMPT, "--scene", str(scene), "--seed", "1")["boxes"]
        print(f"plan: {[box['phrase'] for box in boxes]}")
        call(program, "edit", str(scene), "--move", boxes[0]["id"], "8", "8")
        render = call(program, "render", str(scene), "--steps", "4", "--seed", "1", "-o", str(picture))
        print(f"render: {render['method']}, {render['size']}, {render['peak_mb']:.0f} MB")
        check(picture.read_bytes().startswith(b"\x89PNG"), "the picture is no PNG file")
        with zipfile.ZipFile(scene) as archive:
            renders = [name for name in archive.namelist() if name.startswith("renders/")]
        check(len(renders) == 1, f"the scene file holds {len(renders)} pictures instead of one")
    print("The app works.")
    return 0


def call(program: list[str], *arguments: str) -> dict:
    result = subprocess.run(
        [*program, *arguments, "--json"], capture_output=True, encoding="utf-8", timeout=TIMEOUT_S, check=False
    )
    check(result.returncode == 0, f"{' '.join(arguments)} returned {result.returncode}: {result.stderr}")
    return json.loads(result.stdout)


def check(is_right: bool, problem: str) -> None:
    if not is_right:
        sys.exit(f"FAILED: {problem}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["lmd-desktop"]))
