"""Mistakes that raise nothing, where a run shows them: said only when certain.

A function of a trace and its source. It runs nothing and shows nothing.
"""

from __future__ import annotations

from tutor.notices import forgotten, losses, models, numbers, slips, training
from tutor.notices.detectors import Detector, Notice
from tutor.notices.run import Run
from tutor.trace import Trace

DETECTORS: tuple[Detector, ...] = (
    *losses.DETECTORS,
    *training.DETECTORS,
    *forgotten.DETECTORS,
    *models.DETECTORS,
    *numbers.DETECTORS,
    *slips.DETECTORS,
)


def notices(trace: Trace, source: str) -> tuple[Notice, ...]:
    """What a run of `source` shows to be a mistake, in the order of its lines."""
    run = Run(trace.code or source, trace)  # an older worker does not tell what it ran
    found = [notice for detector in DETECTORS for notice in detector.notices(run)]
    return tuple(sorted(found, key=lambda n: (n.line, n.rule)))


__all__ = ["DETECTORS", "Detector", "Notice", "notices"]
