"""Shapes in pictures against torch: each statement is run, and what the picture's arithmetic says is held against what
came out, or against the fact that torch raised.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from tutor.render.pictures import Canvas, Picture, axes, helpful, indices, layers, offered, rules, shapes
from tutor.render.pictures.choosing import Choice
from tutor.render.pictures.elements import flat
from tutor.render.pictures.infer import Evaluation, Fails, Many, Result, Shaped
from tutor.render.pictures.matrix import number
from tutor.render.pictures.picks import Assigned, Picked
from tutor.render.pictures.scattering import Scattered
from tutor.render.pictures.taking import Taken
from tutor.runner import Runner
from tutor.statements import scope, statement
from tutor.trace import Step, Trace
from tutor.worker.wire import Job, TensorValue, Value

SETUP = "import torch\nfrom torch import nn\nimport torch.nn.functional as F"
NAMES = """
x = torch.arange(6.).reshape(2, 3)
b = torch.tensor([10., 20., 30.])
c = torch.ones(3, 1)
v = torch.ones(3)
s = torch.tensor(2.)
w = torch.ones(3, 5)
q = torch.ones(2, 3, 4)
k = torch.ones(2, 4, 5)
im = torch.ones(2, 3, 9, 9)
seq = torch.ones(2, 3, 11)
vol = torch.ones(1, 2, 5, 6, 7)
xt = x.t()
ex = c.expand(3, 4)
idx = torch.tensor([[0, 1], [1, 0]])
ii = torch.tensor([1, 0, 1])
m = x > 2
n = 3
fc = nn.Linear(3, 4)
net = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
cnn = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 2))
conv = nn.Conv2d(3, 8, 3, stride=2, padding=1)
cg = nn.Conv2d(3, 6, (3, 1), groups=3, dilation=2, padding=(2, 0), bias=False)
c1 = nn.Conv1d(3, 4, 5)
c3 = nn.Conv3d(2, 4, 3, padding=1)
kern = torch.ones(4, 3, 3, 3)
up = nn.ConvTranspose2d(3, 8, 3, stride=2, padding=1, output_padding=1)
ug = nn.ConvTranspose2d(3, 6, (3, 1), (2, 1), (1, 0), (1, 0), 3, False, 2)
u1 = nn.ConvTranspose1d(3, 4, 5)
u3 = nn.ConvTranspose3d(2, 4, 2, stride=2)
"""
KNOWN = """
x + b ; x + c.t() ; c + b ; x * s ; x - 1 ; 1 / x ; -x ; x ** 2 ; x == b ; x > c.t() ; x.add(b) ; torch.add(x, b)
torch.maximum(x, b) ; torch.where(m, x, b) ; torch.where(m, x, 0.0) ; torch.zeros(2, 3) + b ; x.float() + b
torch.randn(4, 1) + torch.randn(3) ; x.detach() * b ; (x.unsqueeze(2) - xt.unsqueeze(0)).pow(2)
~m ; torch.ones(0, 3) + b
F.mse_loss(v, c) ; F.mse_loss(v, c, reduction='none') ; x - x.mean(0) ; x / x.sum(1, keepdim=True) ; (x + b).view(3, 2)
x @ w ; x @ v ; v @ w ; v @ v ; q @ k ; xt @ x ; x @ x.T ; q @ q.mT ; torch.mm(x, w) ; torch.matmul(q, k)
torch.bmm(q, k) ; torch.mv(x, v) ; torch.dot(v, v) ; F.linear(x, fc.weight, fc.bias) ; F.linear(x, fc.weight) ; fc(x)
fc(q.transpose(1, 2)) ; net(x) ; (x @ w).relu().sum(1, keepdim=True) ; x @ w + w[0] ; torch.ones(0, 3) @ w
torch.eye(3) @ xt ; torch.ones((2, 2)) @ x ; x.T @ x ; fc.weight.t() ; fc.weight.data
cnn(im) ; conv(im) ; cg(im) ; c1(seq) ; c3(vol) ; conv(im[0]) ; F.conv2d(im, kern)
F.conv2d(im, kern, stride=2, padding=1) ; F.conv2d(im, kern, None, 2, (1, 0))
F.conv2d(im, kern, padding='same')
up(im) ; ug(im) ; u1(seq) ; u3(vol) ; up(im[0]) ; F.conv_transpose2d(im, kern.transpose(0, 1))
F.conv_transpose1d(seq, torch.ones(3, 2, 4), None, 3, 1, 1, 1, 2) ; nn.ConvTranspose2d(3, 4, 2, 2)(im)
F.conv_transpose2d(im, torch.ones(3, 2, 3, 3), padding=1, groups=3) ; nn.Conv2d(3, 6, 3, 1, 1, 1, 3)(im)
nn.Conv2d(3, 8, 3, 2, padding=1)(im) ; nn.Conv2d(3, 6, n, groups=3)(im) ; nn.MaxPool2d(2)(im) ; nn.Linear(3, 4)(x)
nn.Linear(in_features=3, out_features=n, bias=False)(x) ; nn.Flatten()(im) ; nn.ReLU()(x) ; nn.Identity()(x)
nn.ReLU(inplace=True)(x) ; nn.Dropout(0.0)(x) ; nn.AvgPool2d(3, 2, 1)(im)
F.max_pool2d(im, 2) ; F.max_pool2d(im, 3, stride=2, padding=1, ceil_mode=True)
F.avg_pool2d(im, 2, 2, ceil_mode=True)
F.avg_pool1d(seq, 3) ; nn.functional.max_pool1d(seq, 2) ; nn.functional.conv1d(seq, torch.ones(2, 3, 4), dilation=2)
x.t() ; x.T ; x.view(3, 2) ; x.view(-1) ; x.view((3, 2)) ; xt.reshape(6) ; xt.reshape(-1, 2) ; x.reshape(3, -1)
x.transpose(0, 1) ; torch.transpose(q, 0, 2) ; q.permute(2, 0, 1) ; q.permute((2, 0, -2)) ; torch.permute(q, (1, 0, 2))
c.squeeze() ; c.squeeze(1) ; c.squeeze(0) ; x.unsqueeze(0) ; x.unsqueeze(-1) ; xt.unsqueeze(1)
torch.unsqueeze(x, dim=1)
c.expand(3, 4) ; c.expand(2, 3, 4) ; c.expand(-1, 4) ; b.expand(2, -1) ; b.expand_as(x) ; ex.contiguous()
xt.contiguous() ; x.contiguous() ; x.clone() ; xt.clone() ; x.repeat(2, 3) ; b.repeat(4, 1) ; q.flatten() ; q.flatten(1)
q.transpose(1, 2).flatten() ; torch.flatten(q, 1) ; q.view(2, -1) ; x.narrow(1, 1, 2) ; x.view(2, 3, 1).squeeze(-1).t()
x.view(n, -1) ; x.view(x.size(0), -1) ; x.view(x.shape[0], n) ; im.view(im.size(0), -1) ; x.view(6).view(3, 2).t()
x.T.contiguous().view(-1) ; x.view_as(xt) ; x.t().t() ; q.swapaxes(0, 1) ; x.reshape(2, 3, 1, 1).squeeze() ; x.data.t()
x[0] ; x[:, 1] ; x[1:, ::2] ; x[None] ; x[..., 0] ; x[:, None, :] ; x[-1, -1] ; x[0][1] ; x[[1, 0]] ; x[ii] ; x[idx]
x[m] ; q[0, :, 1:3] ; x[:, 1].view(2) ; x.gather(1, idx) ; torch.gather(x, 0, idx) ; x.index_select(1, ii)
torch.cat([x, x]) ; torch.cat((x, x + 1), dim=1) ; torch.cat([x, c.t()], dim=0) ; torch.stack([x, x])
torch.stack([x, x], dim=-1) ; torch.stack((v, v)).T ; x.split(2, dim=1) ; x.split([1, 2], dim=1) ; torch.split(q, 3, -1)
x.chunk(2) ; torch.chunk(q, 3, dim=2)
x.sum() ; x.sum(0) ; x.sum(dim=1, keepdim=True) ; x.mean(-1) ; x.max() ; x.argmax(1) ; q.sum((0, 1))
x.norm() ; x.var(0) ; x.max(1) ; xt.min(0, keepdim=True) ; x.topk(2) ; xt.sort(0) ; xt.argsort(0) ; x.argmax()
x.scatter(1, idx, 1.0) ; x.clone().scatter_add_(0, idx, x) ; x.clone().scatter_(1, idx, xt.t())
x.where(m, 0) ; torch.where(m, b, xt.t()) ; x.masked_fill(m, 0.0) ; x.masked_fill(c.t() > 0, float('-inf'))
F.relu(x) ; torch.relu(xt) ; x.relu().t() ; F.softmax(x, dim=1) ; torch.arange(6).view(2, 3) ; torch.arange(2, 10, 3)
c + torch.arange(4.) ; torch.arange(0., 1., 0.3) * c ; torch.arange(5, 0, -2) ; torch.arange(3, 3) ; torch.arange(2.5)
x + torch.linspace(0, 1, 3) ; torch.full((2, 1), 0.5) - x ; torch.randint(10, (2, 1)) + x ; torch.randint(3, 9, (2,))
im.mean(dim=(2, 3)) ; torch.square(x - b).mean() ; torch.clamp(x, 0, 1) ; x.abs().max() ; x.cumsum(1) ; x.bool() & m
"""
REFUSED = """
x + w ; x < w ; x.add(w) ; b.add_(x) ; torch.where(m, w, x) ; torch.maximum(x, w.t()) ; F.mse_loss(x, w) ; b += x
w @ x ; q @ w ; x @ x ; torch.mm(x, x) ; q @ x ; fc(xt) ; F.linear(xt, fc.weight) ; torch.bmm(q, q) ; net(w)
up(im[:, :2]) ; up(x) ; F.conv_transpose2d(im, torch.ones(3, 2, 1, 1), padding=5)
F.conv_transpose1d(seq, torch.ones(3, 2, 4), output_padding=1)
conv(im[:, :2]) ; F.conv2d(im, kern, groups=3) ; F.conv2d(im[:, :, :2], kern) ; conv(x) ; c1(x)
c1(seq[:, :, :3]) ; cnn(seq)
xt.view(6) ; x.view(4, 2) ; q.transpose(1, 2).view(2, 12) ; torch.cat([x, w], 1) ; torch.cat([x, w])
torch.stack([x, w])
"""


def listed(text: str) -> list[str]:
    return [part.strip() for line in text.strip().split("\n") for part in line.split(" ; ")]


@dataclass(frozen=True)
class Ran:
    """A statement that was run, and what was worked out for it."""

    step: Step
    trace: Trace
    out: Result
    refused: bool
    value: Value | None

    def pictures(self) -> tuple[Picture, ...]:
        return offered(self.step, self.trace)


async def run(runner: Runner, code: str) -> Trace:
    trace = Trace()
    async for event in runner.run(Job("job", code, setup=SETUP)):
        trace = trace.apply(event)
    return trace


def worked_out(step: Step, trace: Trace) -> Ran:
    node = statement(step, trace)
    assert node is not None
    run = Evaluation(scope(step, trace), shapes.RULES, rules.binary, layers.layer, indices.index)
    try:
        return Ran(step, trace, shapes._evaluate(node, run), False, shapes._came_out(node, step))
    except Fails:
        return Ran(step, trace, None, True, None)


async def last(runner: Runner, line: str, before: str = NAMES) -> Ran:
    trace = await run(runner, before + line)
    return worked_out(trace.steps[-1], trace)


# ------------------------------------------------------------------------------------------ against torch


async def test_what_is_worked_out_is_what_torch_computes(runner: Runner) -> None:
    lines = listed(KNOWN)
    trace = await run(runner, NAMES + "\n".join(lines))
    assert trace.error is None
    told = trace.steps[-len(lines) :]
    wrong = [
        f"{line}: {fault}"
        for line, step in zip(lines, told, strict=True)
        if (fault := differs(worked_out(step, trace)))
    ]
    assert wrong == []


def differs(ran: Ran) -> str:
    """Where what was worked out is not what came out."""
    out, value = ran.out, ran.value
    if ran.refused:
        return "taken for refused"
    if isinstance(out, Many):
        items = getattr(value, "items", ())
        got = [i.shape if isinstance(i, Shaped) else None for i in out.items]
        return "" if got == [i.value.shape for i in items] else f"{got}"
    if not isinstance(out, Shaped) or not isinstance(value, TensorValue):
        return f"not known: {out}"
    if out.shape != value.shape:
        return f"{out.shape} for {value.shape}"
    if out.strides is not None and not shapes._as_strided(out.strides, value):
        return f"strides {out.strides} for {value.strides}"
    if out.strides and out.memory and out.offset != value.offset:
        return f"starts at {out.offset}, not {value.offset}"
    return f"memory of {out.memory or 'its own'}" if out.own and bool(out.memory) != bool(value.shares) else ""


@pytest.mark.parametrize("line", listed(REFUSED))
async def test_what_torch_refuses_is_drawn_with_its_fault(runner: Runner, line: str) -> None:
    ran = await last(runner, line)
    assert ran.step.state == "raised"
    assert ran.refused
    (picture,) = helpful(ran.step, ran.trace)
    assert getattr(picture, "shape", None) is None or getattr(picture, "refused", False)
    marks = "".join(line.plain for line in picture.draw(Canvas(100)))
    assert any(mark in marks for mark in ("✗", "≠", "?", "!=")), marks


def test_broadcasting_is_that_of_torch() -> None:
    draw = random.Random(1)
    for _ in range(3000):
        given = [tuple(draw.choice((0, 1, 1, 2, 3)) for _ in range(draw.randint(0, 4))) for _ in range(3)]
        assert axes.broadcast(given) == of(torch.broadcast_shapes, *given), given


def test_products_are_those_of_torch() -> None:
    draw = random.Random(2)
    for _ in range(1500):
        a, b = (tuple(draw.choice((1, 2, 3)) for _ in range(draw.randint(0, 4))) for _ in range(2))
        assert axes.matmul(a, b) == of(lambda a, b: (torch.empty(a) @ torch.empty(b)).shape, a, b), (a, b)


def test_views_are_those_of_torch() -> None:
    draw = random.Random(3)
    for _ in range(3000):
        t = torch.empty([draw.choice((1, 2, 3, 4)) for _ in range(draw.randint(0, 4))])
        t = t.permute(draw.sample(range(t.dim()), t.dim()))
        t = t[::2] if t.dim() and draw.random() < 0.3 else t.expand(2, *t.shape) if draw.random() < 0.2 else t
        sizes, left = [], t.numel()
        while left > 1:
            sizes.append(draw.choice([n for n in range(1, left + 1) if left % n == 0]))
            left //= sizes[-1]
        draw.shuffle(sizes)
        wanted = of(lambda t, sizes: t.view(sizes).stride(), t, sizes)
        assert axes.viewed(tuple(t.shape), t.stride(), tuple(sizes)) == wanted, (t.shape, t.stride(), sizes)
        assert axes.is_contiguous(tuple(t.shape), t.stride()) == t.is_contiguous()


def test_windows_are_those_of_torch() -> None:
    draw = random.Random(4)
    for _ in range(600):
        size, kernel, stride = draw.randint(1, 12), draw.randint(1, 4), draw.randint(1, 3)
        padding, dilation, ceil = draw.randint(0, kernel // 2), draw.randint(1, 2), draw.random() < 0.5
        given = (size, kernel, stride, padding, dilation)
        x = torch.zeros(1, 1, size)
        pool = of(lambda x, k, s, p, d, c: F.max_pool1d(x, k, s, p, d, c).shape[-1:], x, *given[1:], ceil)
        conv = of(lambda *g: F.conv1d(*g).shape[-1:], x, torch.zeros(1, 1, kernel), None, *given[2:])
        assert axes.window(*given) == (conv[0] if conv else None), given
        if pool or not ceil:
            assert axes.window(*given, ceil=ceil) == (pool[0] if pool else None), (given, ceil)


def test_transposed_windows_are_those_of_torch() -> None:
    for size, kernel, stride, padding, dilation, extra in product(
        (1, 2, 5), (1, 2, 3), (1, 2, 3), (0, 1, 2), (1, 2), (0, 1, 2)
    ):
        given = (stride, padding, extra, 1, dilation)
        out = of(
            lambda *g: F.conv_transpose1d(*g).shape[-1:],
            torch.zeros(1, 1, size),
            torch.zeros(1, 1, kernel),
            None,
            *given,
        )
        told = axes.transposed(size, kernel, stride, padding, dilation, extra)
        assert told == (out[0] if out else None), (size, kernel, given)


def of(call: Callable[..., Iterable[int]], *given: Any, **named: Any) -> tuple[int, ...] | None:
    """What torch gives; None where it raises."""
    try:
        return tuple(call(*given, **named))
    except (RuntimeError, IndexError):
        return None


# ------------------------------------------------------------------------------------------------ drawing

CANVASES = [
    Canvas(80),
    Canvas(36, 8, lang="zh"),
    Canvas(120, colour=False),
    Canvas(60, ascii=True, colour=False),
    Canvas(80, truecolour=False, lang="zh"),
]


async def test_every_picture_fits_every_canvas(runner: Runner) -> None:
    trace = await run(runner, NAMES + "\n".join(listed(KNOWN)))
    kinds = set()
    for step in trace.steps:
        for picture in offered(step, trace):
            kinds.add(picture.kind)
            for canvas in CANVASES:
                assert picture.title(canvas.lang)
                assert picture.describe(canvas.lang)
                for page in range(picture.pages):
                    lines = picture.draw(canvas, page)
                    assert lines
                    assert max(line.cell_len for line in lines) <= canvas.width, picture
                    assert not canvas.ascii or all(line.plain.isascii() for line in lines), picture
    assert kinds >= {"broadcast", "conv", "heatmap", "index", "join", "layout", "matmul", "pool"}


def drawn(picture: Picture, canvas: Canvas = CANVASES[0]) -> list[str]:
    return [line.plain.rstrip() for line in picture.draw(canvas)]


async def test_a_broadcast_shows_what_is_added_and_what_is_stretched(runner: Runner) -> None:
    ran = await last(runner, "y = c * b")
    (picture,) = helpful(ran.step, ran.trace)
    assert drawn(picture) == [
        "         dim 0  dim 1",
        "  c          3    1→3",
        "  b      (1)→3      3",
        "  ───────────────────",
        "  c * b      3      3",
        "",
        "   1.0 1.0 1.0    10.0 20.0 30.0    10.0 20.0 30.0",
        "   1.0 1.0 1.0 *  10.0 20.0 30.0 =  10.0 20.0 30.0",
        "   1.0 1.0 1.0    10.0 20.0 30.0    10.0 20.0 30.0",
        "  c: dim 1 stretched",
        "  b: dim 0 added",
    ]
    assert picture.describe("zh") == ["广播 c * b: c 3x1, b 3 -> 3x3", "c：第1维拉伸", "b：第0维补上"]


async def test_a_view_shows_the_order_in_which_one_memory_is_read(runner: Runner) -> None:
    ran = await last(runner, "y = x.t()")
    (picture,) = helpful(ran.step, ran.trace)
    assert drawn(picture) == [
        "     shape  strides  starts at",
        "  x    2x3   (3, 1)          0  row by row",
        "  y    3x2   (1, 3)          0  not contiguous",
        "",
        "  x              y",
        "   0  1  2        0  3",
        "   3  4  5        1  4",
        "                  2  5",
        "  numbers are places in the memory",
        "  one memory, two names: what changes in y shows in x",
    ]


async def test_every_place_in_a_memory_has_its_whole_ground(runner: Runner) -> None:
    ran = await last(runner, "y = x.t()")
    (picture,) = helpful(ran.step, ran.trace)
    lines = picture.draw(Canvas(80))
    grounds = [
        line.plain[span.start : span.end] for line in lines for span in line.spans if span.style != str(span.style)
    ]
    assert sorted(grounds) == sorted(f" {n} " for n in 2 * [*range(6)])


async def test_a_copy_is_shown_as_a_copy(runner: Runner) -> None:
    ran = await last(runner, "y = xt.contiguous()")
    assert helpful(ran.step, ran.trace) == ()
    (picture,) = (p for p in ran.pictures() if p.kind == "layout")
    assert "own memory" in drawn(picture)[2]
    assert drawn(picture)[-1] == "  a copy: what changes in y does not show in xt"


async def test_a_convolution_has_its_formula_filled_in(runner: Runner) -> None:
    ran = await last(runner, "h = conv(im)")
    (picture,) = helpful(ran.step, ran.trace)
    assert drawn(picture)[:4] == [
        "  im 2x3x9x9 → 2x8x5x5",
        "  channels: 3 in, 8 out: 8 filters of 3x3x3",
        "  height, width: ⌊(9 + 2·1 - 1·(3 - 1) - 1) / 2⌋ + 1 = 5",
        "  that is ⌊(size + 2·padding - dilation·(kernel_size - 1) - 1) / stride⌋ + 1",
    ]
    assert drawn(picture)[5:9] == [
        "  □ ■ ■ ■ ■ ■ ■ ■ ■ ■ □",
        "  ▲ ▲ ▲  → 0",
        "      ▲ ▲ ▲  → 1",
        "          ▲ ▲ ▲  → 2",
    ]


async def test_a_transposed_convolution_has_its_formula_filled_in(runner: Runner) -> None:
    ran = await last(runner, "h = up(im)")
    (picture,) = helpful(ran.step, ran.trace)
    assert drawn(picture, Canvas(90)) == [
        "  im 2x3x9x9 → 2x8x18x18",
        "  channels: 3 in, 8 out: 3 filters of 8x3x3",
        "  height, width: (9 - 1)·2 - 2·1 + 1·(3 - 1) + 1 + 1 = 18",
        "  that is (size - 1)·stride - 2·padding + dilation·(kernel_size - 1) + output_padding + 1",
        "",
        "  ▼ ▼ ▼  ← 0",
        "      ▼ ▼ ▼  ← 1",
        "          ▼ ▼ ▼  ← 2",
        "              ▼ ▼ ▼  ← 3",
        "  □ ■ ■ ■ ■ ■ ■ ■ ■ ■ ■ ■ …",
        "  … 5 more   sums where they overlap   □ = padding, cut off",
    ]


@pytest.mark.parametrize("given", [(3, 1, 0, 0, 1), (3, 2, 1, 1, 1), (2, 2, 0, 0, 1), (2, 3, 0, 2, 1), (3, 2, 2, 1, 2)])
async def test_the_windows_of_a_transposed_convolution_are_where_torch_writes(
    runner: Runner, given: tuple[int, int, int, int, int]
) -> None:
    kernel, stride, padding, extra, dilation = given
    options = f"None, {stride}, {padding}, {extra}, 1, {dilation}"
    call = f"F.conv_transpose1d(torch.ones(1, 1, 3), torch.ones(1, 1, {kernel}), {options})"
    ran = await last(runner, call)
    (picture,) = helpful(ran.step, ran.trace)
    lines = drawn(picture, Canvas(100))
    windows, places = [x for x in lines if "▼" in x], next(x for x in lines if "■" in x)
    counts = [sum(w[at : at + 1] == "▼" for w in windows) for at, place in enumerate(places) if place == "■"]
    assert isinstance(ran.value, TensorValue)
    assert counts == flat(ran.value.values)
    assert any("sums where they overlap" in x for x in lines) == (len(windows) > 1 and max(counts) > 1)


async def test_a_window_tells_what_it_leaves_unread_at_the_end(runner: Runner) -> None:
    ran = await last(runner, "F.max_pool2d(torch.ones(1, 1, 5, 5), 2)")
    (picture,) = helpful(ran.step, ran.trace)
    assert drawn(picture)[-4:] == ["  ■ ■ ■ ■ ■", "  ▲ ▲  → 0", "      ▲ ▲  → 1", "  at the end 1 not read"]
    whole = await last(runner, "F.max_pool2d(torch.ones(1, 1, 4, 4), 2)")
    (picture,) = helpful(whole.step, whole.trace)
    assert drawn(picture)[-3:] == ["  ■ ■ ■ ■", "  ▲ ▲  → 0", "      ▲ ▲  → 1"]


async def test_a_product_marks_the_inner_sizes(runner: Runner) -> None:
    ran = await last(runner, "fc(x)")
    (picture,) = helpful(ran.step, ran.trace)
    lines = drawn(picture)
    assert "fc.weight.T 3x4" in lines[0]
    assert lines[-2:] == [
        "  fc.weight 4x3 is stored as (outputs, inputs) and enters turned",
        "  then + fc.bias 4, to every row",
    ]


async def test_pieces_are_letters_in_the_whole(runner: Runner) -> None:
    ran = await last(runner, "torch.cat([x, c.t()], dim=0)")
    (picture,) = helpful(ran.step, ran.trace)
    assert drawn(picture)[6:] == ["   a  a  a", "   a  a  a", "   b  b  b", "  dim 0: 2 + 1 = 3"]


async def test_pieces_have_the_letters_of_their_names_and_never_those_of_another(runner: Runner) -> None:
    ran = await last(runner, "p, q = torch.split(x, [1, 2], dim=1)")
    (picture,) = helpful(ran.step, ran.trace)
    lines = drawn(picture)
    assert [line.split() for line in lines[1:3]] == [["p", "2", "1"], ["q", "2", "2"]]
    assert lines[6:8] == ["   p  q  q", "   p  q  q"]
    ran = await last(runner, "b = x + 1\ntorch.cat([b, c.t()])")
    (picture,) = helpful(ran.step, ran.trace)
    assert drawn(picture)[1].split()[:2] == ["A", "b"]


async def test_a_product_of_one_matrix_with_many_says_that_it_has_no_batch(runner: Runner) -> None:
    ran = await last(runner, "torch.ones(5, 3, 4) @ torch.ones(4, 2)")
    (picture,) = helpful(ran.step, ran.trace)
    assert "  batch: 5 and none give 5, one product for each" in drawn(picture)


async def test_a_copy_is_not_said_to_lie_in_the_same_memory(runner: Runner) -> None:
    ran = await last(runner, "y = x.t().contiguous()")
    (picture,) = (p for p in ran.pictures() if p.kind == "layout" and p.title("en").startswith("memory y"))
    assert "  numbers are places, of each in its own memory" in drawn(picture)


async def test_a_row_of_memory_is_whole_where_there_is_room(runner: Runner) -> None:
    ran = await last(runner, "y = torch.arange(12.).view(3, 4)")
    (picture,) = (p for p in ran.pictures() if p.kind == "layout")
    wide, narrow = ("\n".join(line.plain for line in picture.draw(Canvas(width))) for width in (80, 60))
    assert " 0   1   2   3   4   5   6   7   8   9  10  11  " in wide
    assert " 7  …" in narrow


async def test_an_index_marks_what_it_takes(runner: Runner) -> None:
    ran = await last(runner, "x[1:, ::2]")
    (picture,) = (p for p in ran.pictures() if p.kind == "index")
    assert drawn(picture)[:3] == ["       0    1    2", "  0  0.0  1.0  2.0", "  1 [3.0] 4.0 [5.0]"]
    narrow = [line.plain.rstrip() for line in picture.draw(Canvas(18))]
    assert narrow[:2] == ["   0.0  1.0  2.0", "  [3.0] 4.0 [5.0]"]


PICKED = """
x[[0, 1], [2, 0]] ; x[[1, 0]] ; x[ii] ; x[idx] ; x[m] ; x[x > 2] ; x[(x > 1) & (x < 4)] ; x[~m] ; x[m | (x == 0)]
x[torch.tensor([True, False])] ; x[[True, False]] ; x[:, torch.tensor([True, False, True])] ; x[:, [2, 0]]
x[..., [2, 0]] ; x[torch.arange(2), torch.tensor([2, 1])] ; x[range(2), [2, 1]] ; x[[[0], [1]], [2, 0]]
x[None, [1, 0]] ; x[[1, 0], None] ; x[[1, 0], 1:] ; x[-1, [0, -1]] ; x[[0, 1], -1] ; q[:, [0, 2], 1]
q[0, :, [1, 3]] ; q[[0, 1], :, [1, 3]] ; q[:, [0, 2], [1, 3]] ; q[[0, 1], 1:, [1, 3]] ; q[..., [1, 3]] ; q[[1]]
q[q > 5] ; q[[0, 1], None, [1, 2]] ; q[idx, 0] ; x[torch.tensor(1)] ; b[[0, 0, 2]] ; b[b >= 20.] ; x[x > 0.1]
xt[[1, 0]] ; x.index_select(1, ii) ; x.index_select(0, torch.tensor([1, 1, 0])) ; x.masked_select(m)
torch.index_select(q, 2, torch.tensor([3, 0])) ; x[x > 100] ; b[torch.tensor([[0, 1], [2, 2]])]
"""


SETTING = """
x[x > 1] = 7 ; x[m] = 8 ; x[0] = 9 ; x[:, 1] = 9 ; x[[0, 1], [2, 0]] = 5 ; x[-1, ::2] += 3 ; x[..., 0] *= 2
v[1:] = torch.tensor([3., 4.]) ; x[x > 100] = 1 ; b[torch.tensor([2, 0])] = 6
"""


async def test_what_is_said_to_be_set_is_what_changes(runner: Runner) -> None:
    for line in listed(SETTING):
        ran = await last(runner, f"x, v, b = x + 0.25, v + 0.25, b + 0.25\n{line}")
        (picture,) = (p for p in ran.pictures() if isinstance(p, Assigned))
        before, after = (torch.tensor(flat(known)) for known in (picture.picked.source.values, picture.after))
        changed = (before != after).nonzero().flatten().tolist()
        assert sorted(picture.picked.places) == changed, line
        assert f"sets {len(changed)} of {len(before)} elements in place" in "\n".join(picture.describe("en"))
        assert "".join(drawn(picture)).count("[") - line.count("[") <= 2 * len(changed)
        assert not any(p.kind == "layout" for p in ran.pictures()), line


async def test_an_index_that_sets_shows_before_and_after(runner: Runner) -> None:
    ran = await last(runner, "x[x > 3] = 0")
    (picture,) = helpful(ran.step, ran.trace)
    assert drawn(picture) == [
        "  x  before              x  after",
        "       0    1    2            0    1    2",
        "  0  0.0  1.0  2.0       0  0.0  1.0  2.0",
        "  1  3.0 [4.0][5.0]      1  3.0 [0.0][0.0]",
        "  x > 3: where it is True",
        "  sets 2 of 6 elements in place",
    ]


async def test_setting_elements_of_what_is_large_or_no_tensor_has_no_picture(runner: Runner) -> None:
    for code in ("b = torch.zeros(50, 50)\nb[3, 4] = 1", "b = [1, 2]\nb[0] = 5", "b = {}\nb['x'] = 5"):
        ran = await last(runner, code)
        assert not any(p.kind == "index" for p in ran.pictures())


async def test_what_is_picked_is_what_torch_picks(runner: Runner) -> None:
    lines = listed(PICKED)
    trace = await run(runner, NAMES + "q = torch.arange(24.).view(2, 3, 4)\nx = x + 0.1\n" + "\n".join(lines))
    wrong = []
    for line, step in zip(lines, trace.steps[-len(lines) :], strict=True):
        assert isinstance(step.value, TensorValue), line
        found = [p for p in offered(step, trace) if isinstance(p, Picked)]
        if not found:
            wrong.append(f"{line}: no picture")
            continue
        (picture,) = found
        source, result = flat(picture.source.values), flat(step.value.values)
        if (
            picture.shape != step.value.shape
            or [source[place] for place in picture.places] != result[: step.value.numel]
        ):
            wrong.append(f"{line}: {picture.shape} {picture.places}")
    assert wrong == []


async def test_what_an_index_picks_has_a_letter_where_it_was_and_where_it_went(runner: Runner) -> None:
    ran = await last(runner, "x[[1, 0, 1], [2, 1, 2]]")
    (picture,) = helpful(ran.step, ran.trace)
    assert drawn(picture) == [
        "  x 2x3                        x[[1, 0, 1], [2, 1, 2]] 3",
        "       0      1      2",
        "  0  0.0   [1.0]b  2.0          5.0a  1.0b  5.0a",
        "  1  3.0    4.0   [5.0]a",
        "  [1, 0, 1]: picks in the order of the index",
        "  [2, 1, 2]: picks in the order of the index",
        "  [1, 2] [0, 1] [1, 2]: the lists go together, place by place",
        "  3 of 6 elements: 2x3 to 3",
    ]
    assert picture.describe("zh")[-3:] == [
        "[1, 2] [0, 1] [1, 2]：各列表逐位配对",
        "6个元素取3个：2x3变为3",
        "依次取自：[1, 2] [0, 1] [1, 2]",
    ]


@pytest.mark.parametrize(("code", "shape"), [("x[x > 2]", (3,)), ("x[:, torch.tensor([True, False, True])]", (2, 2))])
async def test_a_mask_is_said_to_keep_one_dimension_whatever_the_result_has_beside_it(
    runner: Runner, code: str, shape: tuple[int, ...]
) -> None:
    ran = await last(runner, code)
    (picture,) = (p for p in ran.pictures() if isinstance(p, Picked))
    assert picture.shape == shape
    assert any(line.endswith(": keeps what is True, in one dimension") for line in picture.describe("en"))


async def test_a_result_stands_below_where_there_is_no_room_beside(runner: Runner) -> None:
    ran = await last(runner, "x[[1, 0, 1], [2, 1, 2]]")
    (picture,) = helpful(ran.step, ran.trace)
    for width in (30, 40, 80):
        for ascii in (False, True):
            lines = drawn(picture, Canvas(width, ascii=ascii, colour=False))
            assert max(map(len, lines)) <= width
            assert all(line.isascii() for line in lines)
            assert any("5.0a  1.0b  5.0a" in line for line in lines)


TAKEN = {
    "v, i = p.topk(2)": "p.topk(2).values",
    "torch.topk(p, 2, dim=0, largest=False)": "p.topk(2, dim=0, largest=False).values",
    "p.topk(2)[1]": "p.topk(2).values",
    "i = p[0:2].clone().sum(0).topk(1).indices": "",
    "s, i = p.sort(dim=0, descending=True)": "p.sort(dim=0, descending=True).values",
    "r = torch.sort(p)": "p.sort().values",
    "p.argsort(0)": "p.sort(0).values",
    "pt.argsort(1)": "pt.sort(1).values",
    "u.sort().indices": "u.sort().values",
    "p.max(1)": "p.amax(1)",
    "_, i = torch.min(p, dim=0, keepdim=True)": "p.amin(0)",
    "m, i = p.median(-1)": "p.median(-1).values",
    "i = p.argmax(1)": "p.amax(1)",
    "torch.argmin(p, dim=0)": "p.amin(0)",
    "p.argmax()": "p.max()",
    "i = u.argmin()": "u.min()",
    "p.max()": "",
    "torch.max(p, p + 1)": "",
    "p.max(1).values": "",
    "s = p.sort()[0]": "",
    "k = p.argmax(1) == 2": "",
}


async def test_what_is_taken_is_what_torch_takes(runner: Runner) -> None:
    code = "torch.manual_seed(0)\np = torch.randperm(12).reshape(3, 4) + 0.5\npt = p.t()\nu = p[1] * 1\n"
    names: dict[str, Any] = {"torch": torch}
    exec(code, names)
    trace = await run(runner, code + "\n".join(TAKEN))
    for (line, expected), step in zip(TAKEN.items(), trace.steps[-len(TAKEN) :], strict=True):
        found = [p for p in offered(step, trace) if isinstance(p, Taken)]
        if not expected:
            assert found == [], line
            continue
        (picture,) = found
        source = flat(picture.source.values)
        wanted = eval(expected, names).flatten().tolist()
        assert [source[place] for place in picture.places] == wanted, line
        seen = "".join(drawn(picture))
        assert seen.count("[") == len(wanted), line
        assert all(seen.count(f"[{' ' * (x < 10)}{x}]") == 1 for x in wanted), line


async def test_what_sort_takes_has_a_letter_where_it_was_and_where_it_went(runner: Runner) -> None:
    ran = await last(runner, "y = torch.tensor([[3., 1., 4.], [5., 9., 2.]])\nv, i = y.topk(2)")
    (picture,) = helpful(ran.step, ran.trace)
    assert drawn(picture) == [
        "  y 2x3                        values 2x2",
        "       0      1      2",
        "  0 [3.0]b  1.0   [4.0]a        4.0a  3.0b",
        "  1 [5.0]b [9.0]a  2.0          9.0a  5.0b",
        "  letters: the order in the result along dim 1",
    ]
    assert picture.describe("zh") == [
        "取出 y.topk(2): y 2x3 -> 2x2",
        "沿第1维依次排列",
        "依次取自：[0, 2] [0, 0] [1, 1] [1, 0]",
    ]


async def test_what_is_largest_along_a_dimension_is_said_to_be_one_of_each_row_or_column(runner: Runner) -> None:
    for dim, each in enumerate(("column", "row")):
        ran = await last(runner, f"x.argmax({dim})")
        (picture,) = helpful(ran.step, ran.trace)
        assert drawn(picture)[-1] == f"  the largest along dim {dim}: one for each {each}"


@pytest.mark.parametrize("code", ["torch.ones(50, 3).max(1)", "u = torch.ones(9, 6)\nu.sort()", "v.argmax()"])
async def test_what_is_large_or_plain_to_see_has_no_picture_of_what_is_taken(runner: Runner, code: str) -> None:
    ran = await last(runner, code)
    assert not any(isinstance(p, Taken) for p in helpful(ran.step, ran.trace))


CHOSEN = {
    "y = torch.where(p > 6, p, -1.0)": ("p > 6", "p", "torch.tensor(-1.0)"),
    "torch.where(p > 6, p, u)": ("p > 6", "p", "u"),
    "torch.where(c, u, p)": ("c", "u", "p"),
    "p.where(c, 0)": ("c", "p", "torch.tensor(0.0)"),
    "torch.where(u > 4, 1, 0)": ("u > 4", "torch.tensor(1)", "torch.tensor(0)"),
    "y = p.masked_fill(c, float('-inf'))": ("c", "torch.tensor(float('-inf'))", "p"),
    "torch.where(c, p, -torch.inf)": ("c", "p", "torch.tensor(-torch.inf)"),
    "u.masked_fill(mask=u > 4, value=0.5)": ("u > 4", "torch.tensor(0.5)", "u"),
}


async def test_what_is_chosen_is_what_torch_chooses(runner: Runner) -> None:
    code = "torch.manual_seed(0)\np = torch.randperm(12).reshape(3, 4) + 0.5\nu = p[1] * 1\nc = p[:, :1] > 4\n"
    names: dict[str, Any] = {"torch": torch}
    exec(code, names)
    trace = await run(runner, code + "\n".join(CHOSEN))
    for (line, given), step in zip(CHOSEN.items(), trace.steps[-len(CHOSEN) :], strict=True):
        (picture,) = (p for p in helpful(step, trace) if isinstance(p, Choice))
        condition, one, other = torch.broadcast_tensors(*(eval(code, names) for code in given))
        assert picture.chosen == tuple(condition.flatten().tolist()), line
        assert [number(x) for x in flat(picture.values)] == torch.where(condition, one, other).flatten().tolist(), line
        text = "\n".join(drawn(picture, Canvas(120))[:-1])
        assert [letter == "T" for letter in re.findall(r"[\df] ([TF])", text)] == condition.flatten().tolist(), line
        wide = [eval(code, names).dim() > 0 for code in given[1:]]
        assert text.count("[") == wide[0] * int(condition.sum()) + wide[1] * int((~condition).sum()), line


@pytest.mark.parametrize("number", ["float('-inf')", "-torch.inf", "-float('inf')"])
async def test_a_choice_names_what_masked_elements_become(runner: Runner, number: str) -> None:
    ran = await last(runner, f"x.masked_fill(m, {number})")
    (picture,) = (p for p in helpful(ran.step, ran.trace) if isinstance(p, Choice))
    assert "True (T), from -inf;" in "\n".join(drawn(picture, Canvas(100)))


async def test_a_choice_shows_from_which_side_each_element_comes(runner: Runner) -> None:
    ran = await last(runner, "y = torch.where(m, x, b)")
    (picture,) = helpful(ran.step, ran.trace)
    assert drawn(picture) == [
        "  True: x 2x3            False: b 3                result 2x3",
        "       0    1    2             0     1     2",
        "  0  0.0  1.0  2.0       0 [10.0][20.0][30.0]       10.0 F  20.0 F  30.0 F",
        "  1 [3.0][4.0][5.0]      1  10.0  20.0  30.0         3.0 T   4.0 T   5.0 T",
        "  m: 3 True (T), from x; 3 False (F), from b",
    ]
    assert drawn(picture, Canvas(40))[:3] == [
        "  result 2x3",
        "   10.0 F  20.0 F  30.0 F",
        "    3.0 T   4.0 T   5.0 T",
    ]
    assert picture.describe("zh")[1:] == ["m：3个True（T），取自x；3个False（F），取自b", "FFF; TTT"]


@pytest.mark.parametrize(
    "code", ["torch.where(q > 1, q, 0.0)", "torch.where(x.isnan(), x, 0.0)", "torch.where(m, x, 0.0).sum()"]
)
async def test_what_is_large_or_not_known_has_no_picture_of_a_choice(runner: Runner, code: str) -> None:
    ran = await last(runner, code)
    assert not any(isinstance(p, Choice) for p in ran.pictures())


SCATTERED = """
z.scatter(1, i, p) ; z.scatter_(1, i, p) ; z.scatter_(dim=0, index=i, src=p) ; z.scatter(0, i, 7.0)
torch.scatter(z, -1, i, p) ; z.scatter_add_(1, torch.tensor([[0, 0, 1, 0]]), p) ; z.scatter_add(0, i, p)
y = z.scatter_(1, k.unsqueeze(1), 1) ; y = z.scatter(1, k[:, None], value=9.0) ; z.scatter_(1, k.view(-1, 1), 1)
z[0].clone().scatter_(0, k, u) ; z.scatter_(1, torch.tensor([[0, 0], [1, 1]]), p)
"""


async def test_what_is_scattered_lies_where_torch_writes_it(runner: Runner) -> None:
    code = """\
p = torch.tensor([[7., 3., 5., 1.], [8., 2., 9., 4.], [6., 11., 12., 10.]])
u, k = p[2] * 1, torch.tensor([2, 0, 3])
i = torch.tensor([[0, 2, 1, 0], [2, 1, 0, 2], [1, 0, 2, 1]])
z = torch.full((3, 5), -1.0)
"""
    for line in listed(SCATTERED):
        names: dict[str, Any] = {"torch": torch}
        exec(code, names)
        found = [p for p in (await last(runner, line, code)).pictures() if isinstance(p, Scattered)]
        assert len(found) == 1, line
        picture = found[0]
        wanted = eval(line.removeprefix("y = "), names).flatten().tolist()
        source = (
            [number(x) for x in flat(picture.source.values)] if picture.source.shape else [float(picture.source.text)]
        )
        out: list[Any] = [-1.0] * len(wanted)
        for place, read in picture.writes:
            out[place] = out[place] + source[read] if picture.adds else source[read]
        assert out == wanted, line
        for place, seen in picture.stands.items():
            assert not seen or wanted[place] == sum(source[n] for n in seen) - picture.adds, line
        changed = sum(x != -1.0 for x in wanted)
        assert "".join(drawn(picture)[1:]).count("[") == changed, line
        assert f"{changed} of {len(wanted)} elements" in "\n".join(picture.describe("en")), line


async def test_what_is_scattered_has_a_letter_where_it_was_and_where_it_went(runner: Runner) -> None:
    ran = await last(runner, "z = torch.zeros(2, 4)\nz.scatter_(1, torch.tensor([[0, 1, 1], [3, 0, 2]]), x)")
    (picture,) = helpful(ran.step, ran.trace)
    assert drawn(picture) == [
        "  z[i, index[i, j]] = x[i, j]",
        "  x 2x3                   z 2x4",
        "                               0      1      2      3",
        "   0.0a  1.0b  2.0c       0 [0.0]a [2.0]c  0.0    0.0",
        "   3.0d  4.0e  5.0f       1 [4.0]e  0.0   [5.0]f [3.0]d",
        "  sets 5 of 8 elements in place",
        "  1 of them written more than once: which value stays is not defined",
    ]
    assert picture.describe("zh")[2:] == [
        "原地改动8个元素中的5个",
        "其中1个被多次写入：留下哪个值没有保证",
        "按索引的次序写入：[0, 0] [0, 1] [0, 1] [1, 3] [1, 0] [1, 2]",
    ]


@pytest.mark.parametrize(
    "code", ["torch.zeros(9, 9).scatter(1, idx, 1.0)", "x.scatter(1, idx * 1, 1.0)", "x.scatter(1, idx, 1.0).sum()"]
)
async def test_what_is_large_or_not_known_has_no_picture_of_what_is_scattered(runner: Runner, code: str) -> None:
    ran = await last(runner, code)
    assert not any(isinstance(p, Scattered) for p in ran.pictures())


async def test_gather_has_its_formula_and_its_elements(runner: Runner) -> None:
    ran = await last(runner, "x.gather(1, idx)")
    (picture,) = (p for p in ran.pictures() if p.kind == "index")
    assert drawn(picture)[0] == "  out[i, j] = x[i, idx[i, j]]"
    assert drawn(picture)[-1].split() == ["out[1,", "1]", "=", "x[1,", "0]", "3.0"]


# ------------------------------------------------------------------------------------------------- sources


async def test_names_are_those_the_statement_could_see(runner: Runner) -> None:
    code = """\
a = torch.ones(2, 3)
def f(a):
    b = a.t()
    return b @ a
f(torch.ones(4, 5))
for i in range(3):
    a = a @ torch.ones(3, 3)
"""
    trace = await run(runner, code)
    call = trace.steps[3].children[0]
    assert [getattr(scope(s, trace)["a"], "shape", None) for s in call.children] == [(4, 5), (4, 5)]
    (picture,) = (p for p in offered(call.children[1], trace) if p.kind == "matmul")
    assert picture.title("en") == "matrix product b @ a"
    assert getattr(scope(trace.steps[4], trace)["a"], "shape", None) == (2, 3)


async def test_two_statements_on_a_line_are_told_apart(runner: Runner) -> None:
    trace = await run(runner, "x = torch.ones(2, 3); y = torch.ones(3, 1); x * y.t(); x @ y")
    assert [[p.kind for p in helpful(s, trace)] for s in trace.steps[1:]] == [[], [], ["broadcast"], ["matmul"]]


@pytest.mark.parametrize(
    "line",
    [
        "y = x + unknown(b)",
        "y = (lambda t: t + b)(x)",
        "y = [t + b for t in x]",
        "print(x, end='')",
        "x.shape[5:]",
        "torch.add(x, b, out=x)",
    ],
)
async def test_what_is_not_certain_has_no_picture_of_shapes(runner: Runner, line: str) -> None:
    before = NAMES + "def unknown(t):\n    return t\n"
    ran = await last(runner, line, before)
    assert {p.kind for p in ran.pictures()} <= {"heatmap", "bars", "histogram"}
