"""An autograd graph as lines that can be read from top to bottom, as `git log --graph` draws a history.

The longest way from the result down to a leaf goes straight down; what joins it from the side is indented. A node that
several others lead to is opened once, on the longest way if it lies there; elsewhere it is only referred to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tutor.catalogue.model import Lang
from tutor.render import values
from tutor.render.clean import called, clean
from tutor.render.pictures.canvas import Canvas, say
from tutor.worker.wire import Node, Stop

What = Literal["node", "again", "stop"]
LINES = str.maketrans({"│": "|", "├": "|", "└": "`", "─": "-"})


@dataclass(frozen=True)
class Branch:
    """A line of the tree."""

    prefix: str
    """What is drawn before it, without its own glyph."""
    node: int
    what: What = "node"
    below: bool = False
    """Of a node that is only referred to: whether it is opened further down."""
    stop: Stop | None = None


def branches(graph: Sequence[Node], roots: Sequence[int] = (0,)) -> list[Branch]:
    """A graph line by line, from its roots."""
    deep = _depths(graph)
    drawn: set[int] = set()
    out: list[Branch] = []
    for root in roots:
        if root < len(graph) and root not in drawn:
            out += _way(graph, root, deep, drawn, "")
    opened = {branch.node: n for n, branch in enumerate(out) if branch.what == "node"}
    return [replace(b, below=opened[b.node] > n) if b.what == "again" else b for n, b in enumerate(out)]


def _depths(graph: Sequence[Node]) -> list[int]:
    """How far each node is from the farthest of its leaves. Breadth-first numbering lets an edge lead back; so each
    node is asked again until nothing grows, which a graph without cycles ends."""
    deep = [0] * len(graph)
    for _ in range(len(graph)):
        before = list(deep)
        for i in reversed(range(len(graph))):
            deep[i] = max((deep[j] + 1 for j in graph[i].inputs), default=0)
        if before == deep:
            break
    return deep


def _way(graph: Sequence[Node], start: int, deep: list[int], drawn: set[int], prefix: str) -> Iterator[Branch]:
    """From a node straight down along the longest way, with what joins it."""
    way = [start]
    drawn.add(start)
    while ahead := [i for i in graph[way[-1]].inputs if i not in drawn]:
        way.append(max(ahead, key=lambda i: deep[i]))
        drawn.add(way[-1])
    for n, i in enumerate(way):
        ends = 0 < n == len(way) - 1 and len(set(graph[way[n - 1]].inputs)) > 1
        yield Branch(prefix + "└─" if ends else prefix, i)
        onward = way[n + 1] if n + 1 < len(way) else -1
        sides: list[int | Stop] = [j for j in dict.fromkeys(graph[i].inputs) if j != onward]
        sides = [*graph[i].stops, *sorted(sides, key=lambda j: deep[j] if isinstance(j, int) else 0)]
        for k, side in enumerate(sides):
            last = k == len(sides) - 1 and onward < 0
            yield from _side(graph, side, i, deep, drawn, prefix, last)


def _side(
    graph: Sequence[Node], side: int | Stop, of: int, deep: list[int], drawn: set[int], prefix: str, last: bool
) -> Iterator[Branch]:
    """What joins a way: a stop, a node opened elsewhere, or a way of its own."""
    arm, under = prefix + ("└─" if last else "├─"), prefix + ("  " if last else "│ ")
    if isinstance(side, Stop):
        yield Branch(arm, of, "stop", stop=side)
    elif side in drawn:
        yield Branch(arm, side, "again")
    else:
        first, *rest = _way(graph, side, deep, drawn, under)
        yield Branch(arm, first.node)
        yield from rest


# ------------------------------------------------------------------------------------------------- words


def glyph(branch: Branch, graph: Sequence[Node], canvas: Canvas) -> str:
    """What stands for a line: a node, a leaf, a node told of elsewhere, a cut."""
    if branch.what == "stop":
        return "x" if canvas.ascii else "✗"
    if branch.what == "again":
        return ("v" if branch.below else "^") if canvas.ascii else ("↓" if branch.below else "↑")
    if not is_leaf(graph[branch.node]):
        return "*" if canvas.ascii else "●"
    return "o" if canvas.ascii else "○"


def is_leaf(node: Node) -> bool:
    """Whether it fills a `.grad`, also of a tensor that the snippet has no name for."""
    return bool(node.leaf) or node.name == "AccumulateGrad"


def prefix(branch: Branch, canvas: Canvas) -> str:
    """The lines before the glyph."""
    return branch.prefix.translate(LINES) if canvas.ascii else branch.prefix


def label(node: Node) -> str:
    """What the snippet calls what a node made; else what the node is called."""
    return called(node.result or node.leaf)


def reference(branch: Branch, graph: Sequence[Node], lang: Lang) -> str:
    """`h, below`."""
    node = graph[branch.node]
    where = say(lang, "below", "见下") if branch.below else say(lang, "above", "见上")
    return f"{label(node) or clean(node.name)} {where}"


def cut(stop: Stop, graph: Sequence[Node], lang: Lang) -> str:
    """`h.detach(), line 6: no gradient passes; w gets none`, where nothing else of the graph leads to `w` either."""
    name = clean(stop.name)
    how = {
        "detach": f"{name}.{clean(stop.call)}()" if name else f"{clean(stop.call)}()",
        "data": f"{name}.data",
        "no_grad": say(lang, "computed under no_grad", "在no_grad下计算"),
        "integer": say(lang, "{} gives integers", "{}得到整数").format(f"{clean(stop.call)}()"),
        "copy": say(lang, "{} copies the numbers only", "{}只复制数值").format(f"{clean(stop.call)}()"),
    }.get(stop.why, f"{clean(stop.call)}()")
    if stop.line:
        how += say(lang, ", line {}", "，第{}行").format(stop.line)
    how += say(lang, ": no gradient passes", "：梯度过不去")
    reached = {node.leaf for node in graph}
    without = [called(leaf) for leaf in stop.leaves if leaf not in reached]
    if not without:
        return how
    return how + say(lang, "; none for {}", "，{}得不到梯度").format(say(lang, ", ", "、").join(without))


def keeps(node: Node, canvas: Canvas) -> str:
    """`s 3x4, other 3x4`: what a node keeps for the way back, by the names of the snippet where there are any."""
    parts = [f"{called(s.tensor or s.name)} {values.shape(s.shape)}" for s in node.saved]
    return ", ".join(dict.fromkeys(parts))


def kept(graph: Sequence[Node]) -> int:
    """Bytes that a graph keeps; a tensor with a name is counted once."""
    named = {s.tensor: s.bytes for node in graph for s in node.saved if s.tensor}
    return sum(named.values()) + sum(s.bytes for node in graph for s in node.saved if not s.tensor)
