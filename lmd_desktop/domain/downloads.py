"""What a download of a model is: where it comes from, which files with which hashes, how far it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DownloadRequest:
    """``files`` are names, or patterns with ``*``, in the repository; they are put into ``folder`` (a path)."""

    repository: str
    files: tuple[str, ...]
    folder: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class WantedFile:
    """``sha256`` is that of a large file; of a small one the Hub has git's hash (SHA-1 of "blob", size and content)."""

    name: str
    size: int
    sha256: str = ""
    git_hash: str = ""


@dataclass(frozen=True, slots=True)
class DownloadPlan:
    """One revision of a repository, pinned by its commit: what is fetched is this or nothing."""

    repository: str
    commit: str
    files: tuple[WantedFile, ...]

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class HostContacted:
    """Told before anything is sent to a host for the first time."""

    host: str


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """Bytes of all files together."""

    file: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class DownloadFinished:
    folder: str


@dataclass(frozen=True, slots=True)
class DownloadFailed:
    cause: str
    next_step: str
    details: str = ""


DownloadEvent = DownloadPlan | HostContacted | DownloadProgress | DownloadFinished | DownloadFailed
