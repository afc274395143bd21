"""Mistakes that raise nothing are told where the run shows them, and only there."""

from __future__ import annotations

from .driving import Door

SILENT = """\
import torch
from torch import nn
x = torch.randn(64, 3)
y = x.sum(1)
model = nn.Linear(3, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(3):
    loss = nn.functional.mse_loss(model(x).squeeze(1), y)
    {}loss.backward()
    opt.step()
"""


async def test_a_loop_that_never_clears_its_gradients_is_told_of(door: Door) -> None:
    path = door.home / "own.py"
    path.write_text(SILENT.format(""), encoding="utf-8")
    async with door.opened(files=(str(path),), size=(120, 60)) as reader:
        await reader.ran()
        await reader.sees("! 1 mistake that raised nothing")
        await reader.press("G")
        await reader.sees("! at line 9  loss.backward()", "opt.zero_grad()")
        await reader.press("v")
        await reader.until(lambda: reader.screen.count("! at line 9  loss.backward()") == 2)


async def test_a_loop_that_clears_them_is_not(door: Door) -> None:
    path = door.home / "own.py"
    path.write_text(SILENT.format("opt.zero_grad(); "), encoding="utf-8")
    async with door.opened(files=(str(path),), size=(120, 60)) as reader:
        await reader.ran()

        assert "raised nothing" not in reader.foot
        assert reader.foot.startswith(" ✓ finished")
