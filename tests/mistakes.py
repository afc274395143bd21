"""Pitfalls of each kind, and the jobs of their two codes, for recordings and for the real worker."""

from __future__ import annotations

from dataclasses import replace

from tutor.catalogue.model import Entry, Pitfall, Text
from tutor.jobs import Manner, right_job, wrong_job

WORDS = Text("Words.", "话。")
PITFALLS = {
    pitfall.id: pitfall
    for pitfall in (
        Pitfall(
            "columns",
            Text("(n, 1) minus (n,)", "(n, 1)减(n,)"),
            "silent",
            "p = torch.tensor([[1.], [2.], [3.]])\nt = torch.tensor([1., 2., 3.])\nd = p - t",
            "p = torch.tensor([[1.], [2.], [3.]])\nt = torch.tensor([1., 2., 3.])\nd = p.squeeze(1) - t",
            Text("`p` broadcasts to every element of `t`: 9 differences.", "`p`会与`t`的每个元素相减，共9个差。"),
            Text("Give both the same shape.", "让两者形状相同。"),
            measure="d",
            symptom="d.numel() == 9",
        ),
        Pitfall(
            "inner-sizes",
            Text("Sizes that do not agree", "维度不一致"),
            "raises",
            "x = torch.ones(2, 3)\ntorch.manual_seed(1)\nx @ x",
            "x = torch.ones(2, 3)\ntorch.manual_seed(1)\n(x @ x.t()).shape",
            Text("The rows of one meet the columns of the other.", "行与列逐一相乘。"),
            Text("Transpose one of them.", "转置其中一个。"),
            match="shapes cannot be multiplied",
        ),
        Pitfall(
            "not-a-leaf",
            Text("The gradient of an intermediate", "中间结果的梯度"),
            "warns",
            "w = torch.ones(2, requires_grad=True)\n"
            "for _ in range(3):\n    y = w * 2\n    y.sum().backward()\ng = y.grad",
            "w = torch.ones(2, requires_grad=True)\ny = w * 2\ny.retain_grad()\ny.sum().backward()\ng = y.grad",
            Text("Autograd keeps gradients of leaves only.", "autograd只保留叶子的梯度。"),
            Text("`retain_grad()` before `backward()`.", "先`retain_grad()`，再`backward()`。"),
            match="The .grad attribute of a Tensor that is not a leaf",
            measure="g is None",
            symptom="g is None",
        ),
    )
}
ENTRY = Entry(
    "s/e",
    "",
    WORDS,
    WORDS,
    "y = 1",
    (),
    setup="import torch",
    pitfalls=tuple(PITFALLS.values()),
    timeout=20.0,
)
JOBS = {
    f"{pitfall.id}-{side}": replace(job(ENTRY, pitfall, Manner(threads=1)), id=f"{pitfall.id}-{side}")
    for pitfall in ENTRY.pitfalls
    for side, job in (("wrong", wrong_job), ("right", right_job))
}
