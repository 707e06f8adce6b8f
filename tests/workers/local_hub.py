"""A real HTTP server on this machine with the paths of the Hugging Face Hub: models, resolve, ranges, redirects."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "c0ffee" * 6 + "beef"
REPOSITORY = "someone/tiny-model"
LARGE_FROM = 1000  # bytes; the Hub keeps larger files apart and knows their sha256


@dataclass
class Hub:
    """``requests`` are (method, path, headers) of all that was asked; the other fields say how it misbehaves."""

    files: dict[str, bytes]
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    breaks_after: int | None = None
    changes: dict[str, bytes] = field(default_factory=dict)
    ignores_ranges: bool = False
    redirects_to: str = ""
    claims: dict[str, int] = field(default_factory=dict)
    served: threading.Event = field(default_factory=threading.Event)
    goes_on: threading.Event = field(default_factory=threading.Event)
    address: str = ""

    def __post_init__(self) -> None:
        self.goes_on.set()
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                hub.requests.append(("GET", self.path, dict(self.headers)))
                hub.answer(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path.partition("?")[0]
        if path == f"/api/models/{REPOSITORY}":
            return self._send(request, 200, json.dumps(self._description()).encode(), "application/json")
        start = f"/{REPOSITORY}/resolve/{COMMIT}/"
        name = path.removeprefix(start) if path.startswith(start) else path.removeprefix("/storage/")
        if name not in self.files:
            return self._send(request, 404, b"{}", "application/json")
        if path.startswith(start) and len(self.files[name]) >= LARGE_FROM:
            request.send_response(302)
            request.send_header("Location", f"{self.redirects_to}/storage/{name}")
            request.send_header("Content-Length", "0")
            request.end_headers()
            return None
        return self._send_file(request, self.changes.get(name, self.files[name]))

    def _description(self) -> dict[str, object]:
        siblings: list[dict[str, object]] = []
        for name, data in self.files.items():
            size = self.claims.get(name, len(data))
            blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
            one: dict[str, object] = {"rfilename": name, "size": size, "blobId": blob}
            if len(data) >= LARGE_FROM:
                one["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": size, "pointerSize": 134}
            siblings.append(one)
        return {
            "id": REPOSITORY,
            "modelId": REPOSITORY,
            "sha": COMMIT,
            "siblings": siblings,
            "tags": [],
            "downloads": 1,
        }

    def _send_file(self, request: BaseHTTPRequestHandler, data: bytes) -> None:
        asked = request.headers.get("Range")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and not self.ignores_ranges else 0
        body = data[start:]
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if self.breaks_after is not None and len(body) > self.breaks_after:
            request.wfile.write(body[: self.breaks_after])
            request.wfile.flush()
            self.served.set()
            self.goes_on.wait(60)
            request.close_connection = True
            return
        request.wfile.write(body)

    def _send(self, request: BaseHTTPRequestHandler, status: int, body: bytes, kind: str) -> None:
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
