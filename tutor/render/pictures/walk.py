"""A backward pass, one node at a time: the gradient that arrives, the rule of the node, the gradients that leave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render import numbers, values
from tutor.render.clean import clean
from tutor.render.pictures import tree
from tutor.render.pictures.canvas import Canvas, Kind, say
from tutor.render.pictures.derivatives import rule
from tutor.render.pictures.drawing import DIM, NAME, WRONG, arrow, finished, note
from tutor.render.pictures.tree import Branch
from tutor.worker.wire import Node, Scalar, TensorValue, Values, Visit, Walk

SMALL = 12  # elements that are written out
LONG = 110  # characters of a message
WINDOW = 7  # lines of the tree around the node of a step
GRADIENT = "cyan"


@dataclass(frozen=True)
class Backward:
    """One backward pass. The first page is all of it; each of the others is a step."""

    kind: ClassVar[Kind] = "backward"
    walk: Walk
    name: str = ""
    """What it starts from."""

    @property
    def pages(self) -> int:
        """The whole, and a page for each node it came by."""
        return 1 + len(self.walk.visits)

    def title(self, lang: Lang) -> str:
        """`backward from loss`."""
        name = clean(self.name or self.walk.root)
        return say(lang, "backward from {}", "从{}反向传播").format(name) if name else say(lang, "backward", "反向传播")

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """The tree with the gradient that arrives at each node, in the order of the pass; or one step of it."""
        page = min(max(page, 0), self.pages - 1)
        out = list(_step(self.walk, page - 1, canvas)) if page else list(_whole(self.walk, canvas))
        return finished(out, canvas)

    def describe(self, lang: Lang) -> list[str]:
        """Each step in words, and where gradients stop."""
        walk = self.walk
        out = [self.title(lang)]
        for n, visit in enumerate(walk.visits, 1):
            node, given = walk.graph[visit.node], _gradient(visit.arriving)
            text = say(lang, "{}. {} gets {}", "{}. {}得到{}").format(n, called(node), given)
            out.append(
                text + (say(lang, ", added to {}.grad", "，加到{}.grad") if node.leaf else "").format(tree.label(node))
            )
        return [*out, *(words for words, _ in _remarks(walk, lang))]


def called(node: Node) -> str:
    """`s (SigmoidBackward0)`; of a leaf its name."""
    name = tree.label(node)
    if node.leaf:
        return name
    return f"{name} ({clean(node.name)})" if name else clean(node.name)


# -------------------------------------------------------------------------------------------- the whole


def _whole(walk: Walk, canvas: Canvas) -> Iterator[Text]:
    visits = {visit.node: (n, visit) for n, visit in enumerate(walk.visits, 1)}
    told = tree.branches(walk.graph, _roots(walk))
    most = max(canvas.height, 8)
    yield from _lines(walk, told[:most], visits, canvas)
    if len(told) > most:
        text = say(canvas.lang, "{} {} more", "{} 还有{}行").format(canvas.gap, len(told) - most)
        yield Text("  " + text, style=DIM)
    for words, style in _remarks(walk, canvas.lang):
        yield from note(words, canvas, style)


def _roots(walk: Walk) -> list[int]:
    """The nodes that no other leads to."""
    led = {i for node in walk.graph for i in node.inputs}
    return [i for i in range(len(walk.graph)) if i not in led]


def _lines(
    walk: Walk, told: list[Branch], visits: dict[int, tuple[int, Visit]], canvas: Canvas, here: int = -1
) -> Iterator[Text]:
    """Lines of the tree with the number of the step and the gradient that arrives."""
    left = [_left(branch, walk, canvas) for branch in told]
    longest = max((t.cell_len for b, t in zip(told, left, strict=True) if b.what == "node"), default=0)
    width = min(longest, max(12, canvas.width - 30))
    figures = len(str(len(visits))) + 1
    for branch, text in zip(told, left, strict=True):
        order, visit = visits.get(branch.node, (0, None)) if branch.what == "node" else (0, None)
        mark = (">" if canvas.ascii else "▶") if branch.node == here and branch.what == "node" else " "
        line = Text().append(mark, NAME).append((str(order) if order else "").rjust(figures) + " ", DIM)
        if branch.what != "node":
            yield line.append_text(text)
            continue
        node = walk.graph[branch.node]
        text.truncate(width, overflow="ellipsis", pad=True)
        line.append_text(text).append("  ")
        line.append((values.shape(node.shape) if node.shape is not None else "").ljust(7), "cyan").append(" ")
        if visit is not None:
            line.append(_gradient(visit.arriving, canvas.width - line.cell_len), NAME)
            by = _by(walk, branch.node, canvas.lang)
            if by and line.cell_len + cell_len(by) + 5 <= canvas.width:
                line.append(f"  = {by}", DIM)
        elif came := [g for g in returned(walk, branch.node) if g is not None]:
            line.append(_gradient((came[-1],), canvas.width - line.cell_len), NAME)
            line.append("  " + say(canvas.lang, "given back", "返回给调用者"), DIM)
        elif walk.error or len(walk.visits) == walk.total:
            line.append(say(canvas.lang, "never reached", "未到达"), WRONG if walk.error else DIM)
        yield line


def returned(walk: Walk, node: int) -> list[TensorValue | None]:
    """The gradients that were sent to a node which was not visited: `torch.autograd.grad` gives them back."""
    if walk.error or len(walk.visits) < walk.total or any(visit.node == node for visit in walk.visits):
        return []
    return [passed.value for visit in walk.visits for passed in visit.leaving if passed.to == node]


def _by(walk: Walk, node: int, lang: Lang) -> str:
    """The rule by which a node got its gradient, where one node alone gave it."""
    given = [(v.node, p.position) for v in walk.visits for p in v.leaving if p.to == node]
    return rule(walk.graph[given[0][0]], given[0][1], lang, walk.graph[node]) if len(given) == 1 else ""


def _left(branch: Branch, walk: Walk, canvas: Canvas) -> Text:
    """Lines, glyph, what the node is called."""
    out = Text().append(tree.prefix(branch, canvas), DIM)
    glyph = tree.glyph(branch, walk.graph, canvas)
    if branch.what == "stop" and branch.stop is not None:
        return out.append(f"{glyph} {tree.cut(branch.stop, walk.graph, canvas.lang)}", WRONG)
    if branch.what == "again":
        return out.append(f"{glyph} {tree.reference(branch, walk.graph, canvas.lang)}", DIM)
    node = walk.graph[branch.node]
    name = tree.label(node)
    if tree.is_leaf(node):
        kept = not any(returned(walk, branch.node))
        label = (f"{name}.grad" if kept else name) if name else say(canvas.lang, "a leaf", "叶子")
        return out.append(f"{glyph} ", "bold green").append(label, "bold green")
    out.append(f"{glyph} ")
    if name:
        out.append(name, NAME).append("  ")
    return out.append(clean(node.name), "magenta")


def _remarks(walk: Walk, lang: Lang) -> Iterator[tuple[str, str]]:
    """Where the start itself was cut off, what was raised, and how many nodes are not told of."""
    for stop in walk.stops:
        yield tree.cut(stop, walk.graph, lang), WRONG
    if walk.error:
        where = ""
        if walk.visits and walk.graph:
            last = walk.graph[walk.visits[-1].node]
            where = say(lang, "stopped after step {}, {}: ", "在第{}步{}之后停下：").format(
                len(walk.visits), called(last)
            )
        yield where + shortened(clean(walk.error)), WRONG
    rest = walk.total - len(walk.visits)
    if rest > 0:
        yield say(lang, "{} more nodes", "还有{}个节点").format(rest), DIM


# ---------------------------------------------------------------------------------------------- one step


def _step(walk: Walk, at: int, canvas: Canvas) -> Iterator[Text]:
    """Where the pass is, what arrives there and from where, and what leaves it for each input."""
    visit = walk.visits[at]
    node = walk.graph[visit.node]
    lang = canvas.lang
    text = say(lang, "step {} of {}", "第{}步，共{}步").format(at + 1, len(walk.visits))
    yield Text.assemble("  ", (text, DIM), "  ", (called(node), NAME))
    yield from _window(walk, at, canvas)
    yield from _arriving(walk, at, canvas)
    if node.leaf:
        text = say(lang, "a leaf: g is added to {}.grad", "叶子：g加到{}.grad").format(tree.label(node))
        yield from note(text, canvas, "bold green")
    branching = len(visit.leaving)
    for n, passed in enumerate(visit.leaving):
        target = called(walk.graph[passed.to]) if 0 <= passed.to < len(walk.graph) else canvas.gap
        arm = ("|-" if canvas.ascii else "├─") if n < branching - 1 else ("`-" if canvas.ascii else "└─")
        line = Text.assemble("  ", (arm, DIM), " ", (f"{arrow(canvas)} {target}", NAME), "  ")
        formula = rule(node, passed.position, lang, walk.graph[passed.to] if 0 <= passed.to < len(walk.graph) else None)
        line.append(formula + ("  = " if formula else ""), "magenta")
        yield from _valued(line, passed.value, canvas)


def _window(walk: Walk, at: int, canvas: Canvas) -> Iterator[Text]:
    """The tree around the node of a step, with the gradients that have arrived so far."""
    visits = {visit.node: (n, visit) for n, visit in enumerate(walk.visits[: at + 1], 1)}
    told = tree.branches(walk.graph, _roots(walk))
    here = next((i for i, b in enumerate(told) if b.what == "node" and b.node == walk.visits[at].node), 0)
    start = max(0, min(here - WINDOW // 2, len(told) - WINDOW))
    hidden = Walk(walk.root, walk.graph, walk.visits[: at + 1], len(walk.visits) + 1)
    yield from _lines(hidden, told[start : start + WINDOW], visits, canvas, walk.visits[at].node)


def _arriving(walk: Walk, at: int, canvas: Canvas) -> Iterator[Text]:
    """The gradient at a node: the sum of what came from each of the nodes before it."""
    visit, lang = walk.visits[at], canvas.lang
    came = [
        (called(walk.graph[before.node]), passed.value)
        for before in walk.visits[:at]
        for passed in before.leaving
        if passed.to == visit.node
    ]
    if not came:
        head = say(lang, "g starts as", "g的起点为")
    elif len(came) == 1:
        head = say(lang, "g from {}", "g来自{}").format(came[0][0])
    else:
        parts = " + ".join(f"{_one(value)} ({name})" for name, value in came)
        head = say(lang, "g is the sum of {} =", "g是{}之和，即").format(parts)
    grads = [g for g in visit.arriving if g is not None]
    line = Text("  ").append(head, GRADIENT).append("  ")
    yield from _valued(line, grads[0] if grads else None, canvas)


def _valued(line: Text, value: TensorValue | None, canvas: Canvas) -> Iterator[Text]:
    """A line, and the elements of a gradient behind it or below."""
    if value is None:
        yield line
        return
    line.append(f"{values.shape(value.shape)} " if value.shape else "", "cyan")
    text = written(value, canvas.width - line.cell_len - 10)
    if text:
        yield line.append(text, NAME)
        return
    yield line.append(_one(value), NAME)
    if value.values is not None and len(value.shape) == 2 and value.numel <= 4 * SMALL:
        for row in numbers.lines(value.values, max(12, canvas.width - 6), 5):
            yield Text("     " + row, style=DIM)


def _gradient(arriving: tuple[TensorValue | None, ...], room: int = 40) -> str:
    """The elements of what arrives, where they are few; else its norm."""
    told = [g for g in arriving if g is not None]
    if not told:
        return "None"
    return written(told[0], room) or _one(told[0])


def _one(value: TensorValue | None) -> str:
    """A number, or the norm; how many are no number."""
    if value is None:
        return "None"
    if not value.shape and value.values is not None:
        return numbers.one(value.values)
    stats = value.stats
    if stats is None or stats.norm is None:
        return values.shape(value.shape)
    bad = values.bad(stats)
    return f"|{numbers.figure(stats.norm)}|" + (f" {bad}" if bad else "")


def written(value: TensorValue, room: int) -> str:
    """`[[2.0, 4.0], [6.0, 8.0]]`; empty where it is long."""
    if value.values is None or value.numel > SMALL:
        return ""
    flat = list(_flat(value.values))
    if None in flat:
        return ""
    text = _nested(value.values, iter(numbers.digits(flat)))
    return text if len(text) <= room else ""


def _flat(known: Values) -> Iterator[Scalar]:
    if isinstance(known, (list, tuple)):
        for x in known:
            yield from _flat(x)
    else:
        yield known


def _nested(known: Values, texts: Iterator[str]) -> str:
    if isinstance(known, (list, tuple)):
        return "[" + ", ".join(_nested(x, texts) for x in known) + "]"
    return next(texts)


def shortened(text: str) -> str:
    """The beginning of a long message, to the end of a word."""
    return text if len(text) <= LONG else text[:LONG].rsplit(" ", 1)[0] + " …"
