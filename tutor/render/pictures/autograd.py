"""The graph behind a tensor, and a backward pass over it: all at once, and node by node.

Which node fills which `.grad`, what each keeps until then, and where a gradient is cut off.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render import values
from tutor.render.clean import clean
from tutor.render.pictures import tree
from tutor.render.pictures.canvas import Canvas, Kind, Picture, say
from tutor.render.pictures.drawing import DIM, NAME, WRONG, finished, note, padded
from tutor.render.pictures.tree import Branch
from tutor.render.pictures.walk import Backward
from tutor.statements import SHORT, found, scope, statement, value_name
from tutor.trace import Step, Trace
from tutor.worker.wire import Node, PlainValue, TensorValue, Value, Walk

ROWS = 16  # of the tree on a page
KEPT = {"leaf": ("leaf", "叶子"), "keeps": ("keeps {}", "保留{}")}


@dataclass(frozen=True)
class Graph:
    """The nodes behind a value."""

    kind: ClassVar[Kind] = "graph"
    name: str
    nodes: tuple[Node, ...]

    @property
    def pages(self) -> int:
        """One for every few lines of the tree."""
        return max(1, -(-len(tree.branches(self.nodes)) // ROWS))

    def title(self, lang: Lang) -> str:
        """`graph of loss`."""
        return say(lang, "graph of {}", "{}的计算图").format(clean(self.name))

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """A line for each node: its name, its shape, what it keeps for the way back."""
        told = tree.branches(self.nodes)
        page = min(max(page, 0), self.pages - 1)
        out = rows(told, self.nodes, canvas)[page * ROWS : (page + 1) * ROWS]
        left = len(told) - (page + 1) * ROWS
        if left > 0:
            out.append(Text("  " + say(canvas.lang, "{} {} more", "{} 还有{}行").format(canvas.gap, left), style=DIM))
        else:
            out += note(summary(self.nodes, canvas.lang), canvas)
        return finished(out, canvas)

    def describe(self, lang: Lang) -> list[str]:
        """How many nodes, and each with what it passes gradients to."""
        out = [f"{self.title(lang)}: {summary(self.nodes, lang)}"]
        for node in self.nodes[:12]:
            below = ", ".join(_called(self.nodes[i]) for i in node.inputs)
            shape = f" {values.shape(node.shape)}" if node.shape is not None else ""
            to = say(lang, " passes gradients to {}", "把梯度传给{}").format(below) if below else ""
            out.append(f"{_called(node)}{shape}{to}")
        return out


def _called(node: Node) -> str:
    name = tree.label(node)
    return f"{name} ({clean(node.name)})" if name and not node.leaf else name or clean(node.name)


def rows(told: list[Branch], graph: tuple[Node, ...], canvas: Canvas) -> list[Text]:
    """The tree with shapes in a column, and where there is room what nodes keep."""
    left = [_left(branch, graph, canvas) for branch in told]
    longest = max((t.cell_len for b, t in zip(told, left, strict=True) if b.what == "node"), default=0)
    width = min(longest, max(12, canvas.width - 14))
    out = []
    for branch, text in zip(told, left, strict=True):
        if branch.what == "node":
            node = graph[branch.node]
            text = Text("  ").append_text(_fitted(text, width)).append("  ")
            text.append((values.shape(node.shape) if node.shape is not None else "").ljust(8), "cyan")
            kept = tree.keeps(node, canvas)
            said = say(canvas.lang, *KEPT["keeps"]).format(kept) if kept else ""
            room = canvas.width - text.cell_len - 1
            if said and room >= 12:
                text.append(" " + padded(said, room).rstrip(), DIM)
            out.append(text)
        else:
            out.append(Text("  ").append_text(text))
    return out


def _fitted(text: Text, width: int) -> Text:
    text.truncate(width, overflow="ellipsis", pad=True)
    return text


def _left(branch: Branch, graph: tuple[Node, ...], canvas: Canvas) -> Text:
    """Lines, glyph, the name in the snippet, and what the node is called."""
    out = Text().append(tree.prefix(branch, canvas), DIM)
    glyph = tree.glyph(branch, graph, canvas)
    node = graph[branch.node]
    if branch.what == "stop" and branch.stop is not None:
        return out.append(f"{glyph} {tree.cut(branch.stop, graph, canvas.lang)}", WRONG)
    if branch.what == "again":
        return out.append(f"{glyph} {tree.reference(branch, graph, canvas.lang)}", DIM)
    leaf = tree.is_leaf(node)
    out.append(f"{glyph} ", "bold green" if leaf else "")
    name = tree.label(node)
    if name:
        out.append(name, NAME).append("  ")
    return out.append(say(canvas.lang, *KEPT["leaf"]) if leaf else clean(node.name), "green" if leaf else "magenta")


def summary(graph: tuple[Node, ...], lang: Lang) -> str:
    """`8 nodes, 2 leaves; 240 bytes kept for the way back`."""
    leaves = sum(map(tree.is_leaf, graph))
    many = "a leaf" if leaves == 1 else "leaves"
    text = say(lang, "{} nodes, {} of them {}", "{}个节点，其中{}个叶子").format(len(graph), leaves, many)
    kept = tree.kept(graph)
    return text + (
        say(lang, "; {} kept for backward()", "；为backward()保留{}").format(size(kept, lang)) if kept else ""
    )


def size(count: int, lang: Lang) -> str:
    """`240 bytes`, `1.2 MB`."""
    for unit, one in (("GB", 2**30), ("MB", 2**20), ("kB", 2**10)):
        if count >= one:
            return f"{count / one:.1f} {unit}"
    return say(lang, "{} bytes", "{}字节").format(count)


# -------------------------------------------------------------------------------------------------- which


def find(step: Step, trace: Trace) -> tuple[Picture, ...]:
    """The backward passes of a step, and the graphs of what it made."""
    node = statement(step, trace)
    walks: list[Picture] = [Backward(f, f.root or _start(node)) for f in found(step, trace) if isinstance(f, Walk)]
    named = [(value_name(node), step.value)] if step.value is not None else []
    named += [(c.name, c.value) for c in step.changes if c.value is not None]
    graphs: list[Picture] = [Graph(name, g) for name, value in named if (g := graph_of(value))]
    return tuple([*walks, *graphs])


def helpful(step: Step, trace: Trace) -> tuple[Picture, ...]:
    """A backward pass; where none was looked at, the graph it went over. A node of a graph that is looked at."""
    told = find(step, trace)
    walks = tuple(p for p in told if isinstance(p, Backward))
    if walks:
        return walks[:1]
    if isinstance(step.value, PlainValue) and step.value.graph:
        return told[:1]
    node = statement(step, trace)
    name = _start(node)
    value = scope(step, trace).get(name) if name else None
    nodes = graph_of(value) if value is not None else ()
    return (Graph(name, nodes),) if nodes else ()


def graph_of(value: Value) -> tuple[Node, ...]:
    """The nodes behind a value."""
    return value.graph if isinstance(value, (TensorValue, PlainValue)) else ()


def _start(node: ast.stmt | None) -> str:
    """`loss` of `loss.backward()`."""
    call = node.value if isinstance(node, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "backward":
        text = ast.unparse(call.func.value)
        return text if len(text) <= SHORT and "\n" not in text else ""
    return ""
