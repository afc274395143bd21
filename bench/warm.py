"""The warm interpreter that torch-tutor is compared with: it runs source as it stands, in itself or in a fork.

A program of its own, started by `measure.Warm`: a line of JSON in, a line `[milliseconds, error]` out.
"""

from __future__ import annotations

import builtins
import json
import linecache
import os
import random
import sys
import tempfile
import time
import types

import numpy
import torch
import torch._dynamo
import torch.nn
import torch.optim


def run(source: str) -> tuple[float, str]:
    """Run a source as the main module."""
    linecache.cache["<snippet>"] = (len(source), None, source.splitlines(True), "<snippet>")
    module = sys.modules["__main__"] = types.ModuleType("__main__")
    module.__dict__.update(__file__="<snippet>", __builtins__=builtins)
    random.seed(0)
    numpy.random.seed(0)
    torch.manual_seed(0)
    error = ""
    begun = time.perf_counter()
    try:
        exec(compile(source, "<snippet>", "exec", dont_inherit=True), vars(module))
    except BaseException as e:
        error = f"{type(e).__name__}: {e}"
    return (time.perf_counter() - begun) * 1000, error


def forked(source: str) -> tuple[float, str]:
    """Run it in a fork, by whose clock it is timed."""
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(w, json.dumps(run(source)).encode())
        os._exit(0)
    os.close(w)
    with open(r, encoding="utf-8") as pipe:
        ms, error = json.load(pipe)
    os.waitpid(pid, 0)
    return ms, error


def main() -> None:
    """Until the input ends."""
    answers = os.fdopen(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    with tempfile.TemporaryDirectory() as folder:  # snippets write files
        os.chdir(folder)
        for line in sys.stdin:
            asked = json.loads(line)
            print(json.dumps((forked if asked["fork"] else run)(asked["source"])), file=answers, flush=True)
        os.chdir(os.sep)


if __name__ == "__main__":
    main()
