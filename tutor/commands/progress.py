"""What `torch-tutor run` says of a run that is still under way."""

from __future__ import annotations

import argparse

from tutor.commands.surroundings import language
from tutor.render.clean import clean
from tutor.render.words import word
from tutor.trace import Trace, walk
from tutor.worker.wire import JobEvent, Ready, StepEnded


def top_step_ended(event: JobEvent, trace: Trace) -> bool:
    """Whether there is a new row to print."""
    return isinstance(event, StepEnded) and bool(trace.steps) and trace.steps[-1].id == event.step


def doing(trace: Trace, seconds: float, lang: str) -> str:
    """`line 12  3.2 s  120/500  loss 3.2`."""
    running = [s for s in walk(trace.steps) if s.state == "running"]
    parts = [word("at line", "zh" if lang == "zh" else "en", running[-1].line)] if running else []
    parts.append(f"{seconds:.1f} s")
    loop = next((s for s in running if s.done), None)
    if loop is not None:
        parts.append(f"{loop.done}/{loop.total}" if loop.total >= 0 else str(loop.done))
        parts += [f"{s.name} {s.points[-1][1]:.4g}" for s in loop.series if isinstance(s.points[-1][1], float)]
    return "  ".join(parts)


def aside(ready: Ready, args: argparse.Namespace) -> str:
    """`cpu  torch 2.13.0  seed 0`."""
    return clean(f"{args.device}  torch {ready.torch.split('+')[0]}  {word('seed', language(args), args.seed)}")
