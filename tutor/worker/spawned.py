"""A child that is a fresh interpreter: import torch, wake the device, say what is here, then be like every child."""

from __future__ import annotations

import os
from typing import Any, Dict

from . import child
from .system import WINDOWS


def main(sent: Dict[str, Any]) -> None:
    """Never returns."""
    parent = os.getppid()
    events = sent["events"]
    if WINDOWS:
        from .windows import opened

        events = opened(events)
    child.take_over(0, events)
    channel = child.Channel(sent["nonce"])
    place = child.Place(sent["directory"], sent["memory"], tuple(sent["allow"]), sent["device"])
    clear_refs = child.confine(place)  # while there is one thread: those of torch and of a device come later
    from .facts import ready, unready

    try:
        from . import execute  # imports torch

        assert execute
        wake(sent["device"])
    except BaseException as e:
        channel.emit(unready(e))
        os._exit(1)
    channel.emit(ready("spawn"))
    child.serve_one(0, child.EVENTS, sent["nonce"], place, parent, channel, clear_refs)


def wake(device: str) -> None:
    """Start the device before a job needs it: a CUDA context takes a second."""
    import torch

    if device not in ("", "cpu", "meta"):
        (torch.ones(8, 8, device=device) @ torch.ones(8, 8, device=device)).sum().item()
