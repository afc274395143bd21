"""What this interpreter is: the first thing a worker says."""

from __future__ import annotations

import os
import platform
import sys
from typing import List

from .wire import PROTOCOL, Device, Error, Ready, Unready


def ready(mode: str) -> Ready:
    """Versions and devices. torch is imported here at the latest; nothing is computed and no device initialised."""
    import torch

    numpy = sys.modules.get("numpy")
    return Ready(
        python=platform.python_version(),
        executable=sys.executable,
        torch=str(torch.__version__),
        numpy=str(getattr(numpy, "__version__", "")),
        mode=mode,
        devices=tuple(devices()),
        pid=os.getpid(),
        platform=platform.platform(terse=True),
        cores=os.cpu_count() or 1,
        protocol=PROTOCOL,
    )


def devices() -> List[Device]:
    """The devices torch can be asked to compute on here."""
    import torch

    found = [Device("cpu", platform.machine())]
    try:
        count = torch.cuda.device_count() if torch.version.cuda or getattr(torch.version, "hip", None) else 0
    except Exception:
        count = 0
    found += [Device("cuda:{}".format(i), "CUDA {}".format(torch.version.cuda)) for i in range(count)]
    mps = getattr(getattr(torch, "backends", None), "mps", None)
    if mps is not None and mps.is_available():
        found.append(Device("mps"))
    if hasattr(torch, "set_default_device"):
        found.append(Device("meta", "shapes only"))
    return found


def unready(e: BaseException) -> Unready:
    """Why this interpreter cannot run anything."""
    return Unready(Error(type(e).__name__, str(e)), platform.python_version(), sys.executable)
