"""The one start script: makes the environment, installs everything once, then opens the window, or runs the tests.

Standard library only, in the syntax of Python 3.7, so that an old Python can say that it is too old.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
STAMP = ENVIRONMENT / "lmd-installed.json"
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
SAMPLE = ROOT / "resources" / "examples" / "first-light.lmdscene"
OUT = ROOT / "out"
OLDEST_PYTHON = (3, 11)
HEARTBEAT_S = 20
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
# What Qt and llama.cpp expect of a Linux system, and the Debian/Ubuntu package that has it.
LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgomp.so.1": "libgomp1",
}
LIBRARIES_OF_A_SCREEN = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
HELP = """\
python start.py                  the window on a sample scene; without a display the whole job in the terminal
python start.py FILE.lmdscene    the window on your scene
python start.py test             install what the tests need and run everything: ruff, basedpyright, pytest
python start.py COMMAND …        any command of lmd-desktop: plan, edit, render, run, methods, doctor, demo

The first call installs into .venv; later calls start at once."""
COMPILER_HINTS = {
    "linux": "Debian/Ubuntu: sudo apt install build-essential · Fedora: sudo dnf install gcc-c++ make",
    "darwin": "xcode-select --install",
    "win32": "Visual Studio Build Tools with the workload “Desktop development with C++”, then a new terminal",
}


class StartError(Exception):
    """What went wrong and what to do, in one or two sentences."""


def main(arguments: list[str]) -> int:
    if sys.version_info < OLDEST_PYTHON:
        print(f"LMD Desktop needs Python 3.11 or newer; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 1
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    parser = argparse.ArgumentParser(
        prog="python start.py", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--torch-index", metavar="URL", help=f"where torch comes from; CPU only on Linux: {CPU_INDEX}")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="FILE | test | COMMAND …")
    options = parser.parse_args(arguments)
    is_test = options.arguments[:1] == ["test"]
    try:
        install(options.torch_index, with_tests=is_test)
        return run_tests(options.arguments[1:]) if is_test else run_app(options.arguments)
    except StartError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again to go on.", file=sys.stderr)
        return 130


def run_app(arguments: list[str]) -> int:
    """The window on the sample scene, or what the arguments ask for; without a display the whole job headless."""
    if not arguments and has_display():
        arguments = [str(own_copy_of_sample())]
    elif not arguments:
        print("There is no display, so the window cannot be opened. The whole job runs here instead.", flush=True)
        arguments = ["demo", "-o", str(OUT)]
    return call([environment_python(), "-m", "lmd_desktop", *arguments], cwd=Path.cwd())


def run_tests(arguments: list[str]) -> int:
    """Every check, also after one has failed; pytest comes last, so that its closing line is the last one."""
    python = environment_python()
    checks = [
        [python, "-m", "ruff", "check", "."],
        [python, "-m", "ruff", "format", "--check", "."],
        [python, "-m", "basedpyright", "--pythonpath", python],
    ]
    failed = []
    for command in checks:
        name = " ".join(part for part in command[2:] if part not in (".", "--pythonpath", python))
        say(name)
        if call(command):
            failed.append(name)
    say(f"FAILED: {', '.join(failed)} (see above)" if failed else "pytest")
    result = call([python, "-m", "pytest", *arguments])
    return result or int(bool(failed))


def install(torch_index: str | None, *, with_tests: bool) -> None:
    """Make the environment and install what is missing; does nothing if the stamp says that all is there."""
    wanted = fingerprint()
    done = read_stamp()
    torch_index = torch_index or str(done.get("torch_index") or "") or None
    is_current = done.get("fingerprint") == wanted and environment_runs()
    if is_current and (done.get("with_tests") or not with_tests):
        return
    check_libraries()
    with_tests = with_tests or bool(done.get("with_tests"))
    if not environment_runs():
        say("Making the environment .venv")
        make_environment()
    if not is_current:
        install_torch(torch_index)
        say("Installing llama.cpp. It is compiled for this machine: about 4 minutes on two cores, once")
        pip(pinned("llama-cpp-python"))
    say("Installing the app" + (" and what its tests need" if with_tests else ""))
    pip("--editable", ".[test]" if with_tests else ".")
    stamp = {"fingerprint": wanted, "with_tests": with_tests, "torch_index": torch_index}
    STAMP.write_text(json.dumps(stamp), encoding="utf-8")
    say("Everything is installed")


def install_torch(torch_index: str | None) -> None:
    say("Installing torch")
    has_nvidia = Path("/dev/nvidiactl").exists() or Path("/dev/dxg").exists()
    if sys.platform == "linux" and not has_nvidia and torch_index is None:
        print(
            "No NVIDIA device was found here, but torch for Linux comes with about 3 GB of CUDA. To leave that out, "
            f"stop with Ctrl+C and run:\n  python start.py --torch-index {CPU_INDEX}",
            flush=True,
        )
    pip(pinned("torch"), *(["--index-url", torch_index] if torch_index else []))


def pip(*arguments: str) -> None:
    """Run pip in the environment with pinned versions; a heartbeat shows that it lives, StartError says why it died."""
    command = [environment_python(), "-m", "pip", "install", "--disable-pip-version-check", "--no-compile", *arguments]
    variables = {
        **os.environ,
        # As an address, because pip takes spaces in a path for the end of it.
        "PIP_CONSTRAINT": CONSTRAINTS.as_uri(),
        "CMAKE_BUILD_PARALLEL_LEVEL": os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL", str(os.cpu_count() or 2)),
        "PYTHONUTF8": "1",
    }
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    finished = threading.Event()
    threading.Thread(target=beat_until, args=(finished,), daemon=True).start()
    lines = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if not line.startswith(("Requirement already satisfied", "Looking in ")):
                print(f"  {line}", end="", flush=True)
        code = process.wait()
    except KeyboardInterrupt:
        process.terminate()
        raise
    finally:
        finished.set()
    if code:
        raise StartError(why_pip_failed("".join(lines)))


def beat_until(finished: threading.Event) -> None:
    """Downloads and compilers are silent for minutes; a line now and then shows that nothing hangs."""
    started = time.monotonic()
    while not finished.wait(HEARTBEAT_S):
        print(f"  … still working ({time.monotonic() - started:.0f} s)", flush=True)


def why_pip_failed(output: str) -> str:
    """The cause in words, from what pip printed."""
    low = output.lower()
    if "cmake_c_compiler" in low or "cmake_cxx_compiler" in low or "microsoft visual c++" in low or "nmake" in low:
        hint = COMPILER_HINTS.get(sys.platform, "a C++ compiler")
        return f"llama.cpp could not be compiled: there is no C++ compiler. Install one and run this again.\n  {hint}"
    if "failed building wheel for llama-cpp-python" in low:
        return (
            "llama.cpp could not be compiled; the compiler's own words are above. Run this again once that is solved."
        )
    if "no space left" in low or "errno 28" in low:
        return "The disk is full. The app needs about 3 GB (with CUDA 8 GB); free some space and run this again."
    if "no matching distribution" in low:
        return (
            f"A package is not offered for Python {sys.version.split()[0]} on this system. Try 3.11 to 3.13, and "
            "delete the folder .venv before you do."
        )
    if any(word in low for word in ("connection", "timed out", "name resolution", "getaddrinfo", "proxy")):
        return (
            "The packages could not be downloaded: there is no network. Installing needs one, once; the app needs none."
        )
    return "Installing failed; the lines above say why. Run this again once that is solved."


def check_libraries() -> None:
    """Name the system libraries that are missing on Linux before anything is downloaded."""
    if sys.platform != "linux":
        return
    packages = missing_packages()
    if packages:
        raise StartError(
            "System libraries are missing that Qt needs. Install them and run this again:\n"
            f"  sudo apt-get install -y {' '.join(packages)}   (Debian, Ubuntu; other systems name them alike)"
        )


def missing_packages() -> list[str]:
    wanted = {**LIBRARIES, **LIBRARIES_OF_A_SCREEN} if has_display() else LIBRARIES
    return [package for library, package in wanted.items() if not can_load(library)]


def can_load(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_display() -> bool:
    if os.environ.get("QT_QPA_PLATFORM", "").split(":")[0] in ("offscreen", "minimal"):
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def own_copy_of_sample() -> Path:
    """The person's own copy: saving must not change a file of the repository."""
    copy = OUT / "sample.lmdscene"
    if not copy.exists():
        OUT.mkdir(exist_ok=True)
        shutil.copyfile(SAMPLE, copy)
    return copy


def make_environment() -> None:
    try:
        venv.EnvBuilder(with_pip=True, clear=ENVIRONMENT.exists(), symlinks=os.name != "nt").create(ENVIRONMENT)
    except (subprocess.CalledProcessError, OSError) as error:
        raise StartError(
            f"The environment .venv could not be made ({error}).\n"
            "  On Debian and Ubuntu: sudo apt-get install -y python3-venv"
        ) from error


def environment_python() -> str:
    return str(ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def environment_runs() -> bool:
    """Whether the environment is there and its Python was not taken away since."""
    return Path(environment_python()).exists()


def fingerprint() -> str:
    content = b"".join(path.read_bytes() for path in (CONSTRAINTS, ROOT / "pyproject.toml"))
    return hashlib.sha256(content + str(ROOT).encode("utf-8")).hexdigest()


def read_stamp() -> dict[str, object]:
    try:
        return json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def pinned(name: str) -> str:
    lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith(f"{name}=="))


def call(command: list[str], cwd: Path = ROOT) -> int:
    """Run a program to its end in this terminal; Ctrl+C is its own business.

    Compiled modules are kept inside of the environment, whatever the shell says of them: without them every process
    of the app compiles torch and all else anew, which takes longer than its work.
    """
    variables = {**os.environ, "PYTHONPYCACHEPREFIX": str(ENVIRONMENT / "compiled")}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    process = subprocess.Popen(command, cwd=cwd, env=variables)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def say(text: str) -> None:
    print(f"== {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
