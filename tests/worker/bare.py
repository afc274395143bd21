"""What snippets print in a Python that knows nothing of torch-tutor: one interpreter, one fork of it per snippet."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = r"""
import builtins, json, linecache, os, random, sys, tempfile, traceback, types, warnings
import numpy, torch, torch.nn, torch.optim
import torch._dynamo, torch.fx.experimental.proxy_tensor, torch.utils.checkpoint

def bare(source):
    os.chdir(tempfile.mkdtemp())
    linecache.cache["<snippet>"] = (len(source), None, source.splitlines(True), "<snippet>")
    module = sys.modules["__main__"] = types.ModuleType("__main__")
    module.__file__, module.__builtins__ = "<snippet>", builtins
    sys.argv = ["<snippet>"]
    random.seed(0)
    numpy.random.seed(0)
    torch.manual_seed(0)
    torch.set_warn_always(True)
    warnings.resetwarnings()
    warnings.simplefilter("default")
    exec(compile(source, "<snippet>", "exec", dont_inherit=True), vars(module))

def printed(source):
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(w, 1)
        sys.stdout = open(1, "w", closefd=False)
        try:
            bare(source)
        except BaseException:
            print(traceback.format_exc())
        sys.stdout.flush()
        os._exit(0)
    os.close(w)
    with open(r, encoding="utf-8") as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    return text

print(json.dumps({name: printed(source) for name, source in json.load(sys.stdin).items()}))
"""


def bare_outputs(snippets: dict[str, str]) -> dict[str, str]:
    """The standard output of every snippet."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(snippets),
        capture_output=True,
        text=True,
        check=True,
    )
    outputs: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return outputs
