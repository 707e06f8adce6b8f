"""Fetches files of one repository from the Hugging Face Hub: pinned by its hashes, resumed where it stopped.

Runs in the process of a download only. Every host is announced before it is spoken to, and nothing is sent but the
names of the files.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from lmd_desktop.catalog.file_kinds import PICKLE_SUFFIXES, is_plain_path
from lmd_desktop.domain.downloads import DownloadPlan, DownloadRequest, WantedFile
from lmd_desktop.domain.errors import UserError

NOTE_FILE = "download.json"
PART_SUFFIX = ".part"
CHUNK_BYTES = 1 << 20
SPACE_RESERVE = 200_000_000
MAX_REDIRECTS = 5
MAX_FILES = 200
TIMEOUT_S = 30.0
LOCAL_HOSTS = ("127.0.0.1", "localhost")
TRY_LATER = "Try again later; what is there already is kept."

Contact = Callable[[str], None]
Progress = Callable[[str, int, int], None]


def host_of(address: str) -> str:
    """The host of an address that may be fetched from; raises UserError for one that is not encrypted."""
    parts = urlsplit(address)
    if not parts.hostname or (parts.scheme != "https" and parts.hostname not in LOCAL_HOSTS):
        raise UserError(f"“{address[:100]}” is no https address.", "Check the variable HF_ENDPOINT.")
    return parts.hostname


def plan_download(request: DownloadRequest, contact: Contact) -> DownloadPlan:
    """What the Hub says about the wanted files now: commit, sizes, hashes. Nothing is fetched yet."""
    from huggingface_hub import HfApi

    contact(host_of(request.endpoint))
    api = HfApi(endpoint=request.endpoint, token=False, library_name="lmd-desktop")
    try:
        info = api.model_info(request.repository, files_metadata=True, timeout=TIMEOUT_S)
    except Exception as error:  # the Hub's client has a class for each of its answers
        raise UserError(f"“{request.repository}” could not be looked up: {_line(error)}.", TRY_LATER) from error
    files: dict[str, WantedFile] = {}
    for pattern in request.files:
        found = [file for file in info.siblings or () if fnmatchcase(file.rfilename, pattern)]
        if not found:
            raise UserError(f"“{request.repository}” has no {pattern} any more.", "Choose another model.")
        files |= {file.rfilename: _wanted(file) for file in found}
    if len(files) > MAX_FILES or not info.sha:
        raise UserError(f"“{request.repository}” is not what the catalogue says.", "Choose another model.")
    return DownloadPlan(request.repository, info.sha, tuple(files.values()))


def fetch(request: DownloadRequest, plan: DownloadPlan, contact: Contact, progress: Progress) -> None:
    """All files of the plan into the folder, each verified before it gets its name; UserError says what failed."""
    from huggingface_hub import hf_hub_url

    folder = Path(request.folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    done = 0
    _check_space(folder, plan)
    for file in plan.files:
        target = folder / file.name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (target.is_file() and target.stat().st_size == file.size and _is_right(target, file)):
            address = hf_hub_url(plan.repository, file.name, revision=plan.commit, endpoint=request.endpoint)

            def told(count: int, name: str = file.name, before: int = done) -> None:
                progress(name, before + count, plan.size)

            _fetch_file(address, file, target, contact, told)
        done += file.size
    note = {"repository": plan.repository, "commit": plan.commit, "files": {f.name: f.sha256 for f in plan.files}}
    (folder / NOTE_FILE).write_text(json.dumps(note, indent=2), encoding="utf-8")


def _wanted(file: Any) -> WantedFile:
    name, sha256 = file.rfilename, file.lfs.sha256 if file.lfs is not None else ""
    size = file.lfs.size if file.lfs is not None else file.size
    if not is_plain_path(name) or name == NOTE_FILE or Path(name).suffix.lower() in PICKLE_SUFFIXES:
        raise UserError(f"The Hub names a file “{name[:80]}” that is not fetched for safety.", "Choose another model.")
    if not isinstance(size, int) or size < 0 or not (sha256 or file.blob_id):
        raise UserError(f"The Hub does not say how “{name[:80]}” can be verified.", "Choose another model.")
    return WantedFile(name, size, sha256, "" if sha256 else str(file.blob_id))


def _check_space(folder: Path, plan: DownloadPlan) -> None:
    there = sum(_size(folder / file.name) or _size(_part_of(folder / file.name)) for file in plan.files)
    needed, free = plan.size - there + SPACE_RESERVE, shutil.disk_usage(folder).free
    if needed > free:
        mega = 1_000_000
        raise UserError(
            f"The disk has too little room: {needed // mega:,} MB are needed, {free // mega:,} MB are free.",
            f"Free some space on the disk of “{folder}”.",
        )


def _fetch_file(address: str, file: WantedFile, target: Path, contact: Contact, told: Callable[[int], None]) -> None:
    part = _part_of(target)
    if _size(part) >= file.size:
        part.unlink(missing_ok=True)
    try:
        _append(address, file, part, contact, told)
    except UserError:
        raise
    except Exception as error:  # of the network, and of the disk
        raise UserError(f"The download of {file.name} broke off: {_line(error)}.", TRY_LATER) from error
    if _size(part) != file.size:
        raise UserError(f"The download of {file.name} broke off.", TRY_LATER)
    if not _is_right(part, file):
        part.unlink()
        raise UserError(
            f"{file.name} is not the file that the Hub describes (its hash differs); it was deleted.", "Try again."
        )
    part.replace(target)


def _append(address: str, file: WantedFile, part: Path, contact: Contact, told: Callable[[int], None]) -> None:
    from huggingface_hub.utils import get_session

    session = get_session()
    for _ in range(MAX_REDIRECTS):
        contact(host_of(address))
        start = _size(part)
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
        with session.stream("GET", address, headers=headers, follow_redirects=False, timeout=TIMEOUT_S) as answer:
            if answer.status_code in (301, 302, 303, 307, 308):
                address = urljoin(address, answer.headers["location"])
                continue
            if answer.status_code not in (200, 206):
                raise UserError(f"{host_of(address)} refused {file.name} (status {answer.status_code}).", TRY_LATER)
            place = answer.headers.get("content-range", "")
            goes_on = answer.status_code == 206 and place.startswith(f"bytes {start}-")
            with part.open("ab" if goes_on else "wb") as handle:
                count = start if goes_on else 0
                for chunk in answer.iter_raw():
                    count += len(chunk)
                    if count > file.size:
                        raise UserError(f"{host_of(address)} sends more than {file.name} has.", TRY_LATER)
                    handle.write(chunk)
                    told(count)
            return
    raise UserError(f"{host_of(address)} sends {file.name} from place to place.", TRY_LATER)


def _is_right(path: Path, file: WantedFile) -> bool:
    with path.open("rb") as handle:
        if file.sha256:
            return hashlib.file_digest(handle, "sha256").hexdigest() == file.sha256
        digest = hashlib.sha1(f"blob {file.size}\0".encode(), usedforsecurity=False)
        while chunk := handle.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest() == file.git_hash


def _part_of(target: Path) -> Path:
    return target.with_name(target.name + PART_SUFFIX)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:150].rstrip(".")
