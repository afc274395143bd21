"""A second run of a job that looks closer than the ordinary run may: at every node of a backward pass, at every layer
of a model, at where gradients stop, at the functions and optimizers that it uses.

It happens in a process that ends with it and whose output nobody reads. So it may put hooks where the snippet could
notice them; the ordinary run pays nothing for it. What is found is told at once: a study that is stopped is as good as
far as it came. Of each line the first time counts.
"""

from __future__ import annotations

import os
from typing import Any, Callable

from . import backward, calls, layers, optimizers
from .execute import last_value, prepare
from .sight import Notebook
from .wire import Finished, Job


def study(job: Job, emit: Callable[[Any], None]) -> Finished:
    """Run a job once more, with everything in place that looks."""
    silence()
    notes = Notebook(job, emit)
    names = prepare(job)
    recorder = calls.recorder(notes)
    backward.install(notes, recorder.cuts)
    layers.install(notes)
    optimizers.install(notes)
    try:
        with recorder:
            last_value(job.setup, names)
            exec(compile(job.code, job.file, "exec", dont_inherit=True), names)
    except BaseException:  # the ordinary run has told of it
        pass
    return Finished(job.id, "finished")


def silence() -> None:
    """What the snippet prints, it has printed before."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for fd in (1, 2):
        os.dup2(nothing, fd)
    os.close(nothing)
