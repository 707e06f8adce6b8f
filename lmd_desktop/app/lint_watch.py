"""Keeps what is found about the session's layout up to date while boxes are drawn and settings change."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from lmd_desktop.app.clip_counter import ClipCounter
from lmd_desktop.app.rendering_job import RenderingJobs
from lmd_desktop.app.session import Session
from lmd_desktop.domain.layout import Box, Layout
from lmd_desktop.domain.lint import Circumstances, Finding, lint, lint_box


class LintWatch(QObject):
    """``changed`` follows every change of ``findings``.

    Without ``rendering``, or before the renderer has announced its methods, no box is called too small.
    """

    changed = Signal()

    def __init__(self, session: Session, rendering: RenderingJobs | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._rendering = rendering
        self._count_tokens = ClipCounter()
        self._findings: tuple[Finding, ...] = ()
        self._by_box: dict[str, list[Finding]] = {}
        self._told: object = None
        session.scene_changed.connect(self._update)
        session.render_settings_changed.connect(self._update)
        if rendering is not None:
            rendering.methods_changed.connect(self._update)
        self._update()

    @property
    def layout(self) -> Layout:
        """What the findings are about."""
        return self._session.layout

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self._findings

    @property
    def marked(self) -> frozenset[str]:
        """Ids of the boxes that a finding speaks of."""
        return frozenset(self._by_box)

    def of(self, box_ids: Iterable[str]) -> tuple[Finding, ...]:
        """The findings that speak of any of these boxes."""
        # A finding about two of them is told once.
        return tuple(dict.fromkeys(finding for box_id in box_ids for finding in self._by_box.get(box_id, ())))

    def is_bad(self, layout: Layout, box: Box) -> bool:
        """Whether a box that is being dragged would get a finding of its own where it is now."""
        return box.is_enabled and any(True for _ in lint_box(layout, box, self._circumstances()))

    def method_title(self) -> str:
        """The chosen method by the name that people read."""
        name = self._session.render_settings.method
        methods = self._rendering.methods if self._rendering is not None else ()
        return next((spec.title for spec in methods if spec.name == name), name)

    def _update(self) -> None:
        findings = lint(self._session.layout, self._circumstances())
        # Sentences name the method: another one changes them too.
        told = (findings, self.method_title())
        if told != self._told:
            self._told, self._findings = told, findings
            self._by_box = {}
            for finding in findings:
                for box_id in finding.boxes:
                    self._by_box.setdefault(box_id, []).append(finding)
            self.changed.emit()

    def _circumstances(self) -> Circumstances:
        settings = self._session.render_settings
        methods = self._rendering.methods if self._rendering is not None else ()
        smallest = next((spec.smallest_box for spec in methods if spec.name == settings.method), 0.0)
        return Circumstances(smallest, settings.prompt, self._count_tokens)
