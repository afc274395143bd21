"""Source -> code that tells the run where it is, so that steps nest.

Every body that may open (a loop, a branch, a function) is compiled twice behind one test: with a hook around each
statement, and plain. The plain half runs at full speed in the iterations nobody looks at. Hooks are method calls on
one object in `builtins`; positions, names, frames and tracebacks of the snippet stay what they were.

Functions are left alone where looking at them would be noticed: generators and coroutines, those that take hold of
their own namespace (`locals()`), and every function of a snippet that hands code to a compiler or tracer
(`torch.compile`, `torch.jit`, `torch.fx`, ...). Nothing opens in a snippet that profiles or traces.
"""

from __future__ import annotations

import ast
import copy
import re
import sys
from typing import Any, FrozenSet, List, Set

HOOK = "__torch_tutor__"
COMPILERS = re.compile(
    r"\btorch\s*\.\s*(compile|jit|fx|export|onnx|_dynamo|func|vmap)\b"
    r"|\b(vmap|functorch|symbolic_trace|make_fx|f_locals)\b"
    r"|\bimport\b.*\b(compile|jit|fx|export|func)\b"
    r"|(?<!\bre)\.\s*(compile|jit)\b"
)
PROFILERS = re.compile(r"\b(settrace|setprofile|\w*[pP]rofiler?)\b")
NAMESPACES = ("locals", "eval", "exec")
CALLED = ("__init__", "__call__", "__enter__", "__exit__")
SAFE_WRAPPERS = ("enumerate", "tqdm")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
SUSPENDING = (ast.Yield, ast.YieldFrom, ast.Await, ast.AsyncFor, ast.AsyncWith)


class Site:
    """A place in the source that can become a step."""

    __slots__ = (
        "after_binding",
        "backward",
        "bound",
        "breaks",
        "end_line",
        "index",
        "kind",
        "label",
        "line",
        "parent",
        "targets",
    )

    def __init__(self, index: int, kind: str, node: Any, parent: int) -> None:
        self.index, self.kind, self.parent = index, kind, parent
        self.line = first_line(node)
        self.end_line = last_line(node)
        self.label = ""
        self.bound: FrozenSet[str] = frozenset()
        self.targets: FrozenSet[str] = frozenset()
        self.backward = False
        self.breaks = False
        self.after_binding = False  # whether what holds it may have bound names just before


class Instrument:
    """Rewrites the statements of one snippet and collects their sites."""

    def __init__(self, source: str, opens: bool = True) -> None:
        self.sites: List[Site] = []
        self.opens = opens = opens and not PROFILERS.search(source)
        self.functions = opens and not COMPILERS.search(source)

    def top(self, node: Any) -> Site:
        """A top-level statement: its site; the node itself is rewritten in place, without hooks around it."""
        site = self.site("statement", node, -1)
        if self.opens:
            self.inside(node, site)
        return site

    def site(self, kind: str, node: Any, parent: int) -> Site:
        """A new site."""
        site = Site(len(self.sites), kind, node, parent)
        self.sites.append(site)
        if kind == "statement":
            simple = not hasattr(node, "body") and not hasattr(node, "cases")
            site.bound = bound_names(node) if simple or hasattr(node, "name") else frozenset()
            site.backward = simple and any(
                isinstance(n, ast.Call) and getattr(n.func, "attr", "") in ("backward", "grad") for n in ast.walk(node)
            )
        return site

    # ------------------------------------------------------------------------------------------ bodies

    def inside(self, node: Any, site: Site) -> None:
        """Open what a statement holds."""
        if isinstance(node, (ast.For, ast.While)):
            self.loop(node, site)
        elif isinstance(node, ast.FunctionDef):
            self.function(node)
        elif isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, (ast.FunctionDef, ast.ClassDef)):
                    self.inside(member, site)
        elif isinstance(node, (ast.If, ast.With, ast.Try)) or type(node).__name__ in ("Match", "TryStar"):
            for holder in [node, *getattr(node, "handlers", []), *getattr(node, "cases", [])]:
                self.bodies(holder, site)

    def bodies(self, holder: Any, site: Site) -> None:
        """The bodies of a statement, handler or case."""
        for field in ("body", "orelse", "finalbody"):
            body = getattr(holder, field, None)
            if body:
                first = len(self.sites)
                setattr(holder, field, self.body(body, site.index))
                if first < len(self.sites):
                    self.sites[first].after_binding = binds(holder, field)

    def body(self, statements: List[Any], parent: int) -> List[Any]:
        """A body with a hook before and after each statement."""
        out: List[Any] = []
        for node in statements:
            if isinstance(node, (ast.Pass, ast.Global, ast.Nonlocal)) or is_docstring(node):
                out.append(node)
                continue
            site = self.site("statement", node, parent)
            out.append(self.hook("begin", site, node))
            if isinstance(node, ast.Return):
                node.value = self.call("returned", site, node, node.value or constant("None", node))
                out.append(node)
            elif isinstance(node, ast.Expr):
                node.value = self.call("value", site, node, node.value)
                out.append(node)
            elif isinstance(node, (ast.Break, ast.Continue)):
                out += [self.hook("end", site, node), node]
            else:
                self.inside(node, site)
                out += [node, self.hook("end", site, node)]
        return out

    def loop(self, node: Any, site: Site) -> None:
        """`for x in xs: body` -> `for x in loop(xs): if turn(): hooked body; else: body`."""
        head = hoist(node.body)
        plain = copy.deepcopy(node.body)
        turn = self.site("iteration", node, site.index)
        site.targets = turn.targets = bound_names(node.target) if isinstance(node, ast.For) else frozenset()
        bound: Set[str] = set()
        for part in node.body:
            bound |= bound_names(part)
        turn.bound = frozenset(bound - turn.targets)
        turn.breaks = any(isinstance(n, (ast.Break, ast.Return)) for part in node.body for n in ast.walk(part))
        hooked = [*self.body(node.body, turn.index), self.hook("lap", turn, node.body[-1])]
        test = self.call("turn", turn, node)
        node.body = [*head, ast.copy_location(ast.If(test=test, body=hooked, orelse=plain), node)]
        ast.fix_missing_locations(node)
        if isinstance(node, ast.For):
            self.wrap_iterable(node, turn)

    def wrap_iterable(self, node: Any, turn: Site) -> None:
        """Let the hook see what is iterated over, for its length; the loop gets the very same object."""
        source = node.iter
        name = getattr(getattr(source, "func", None), "id", "")
        if isinstance(source, ast.Call) and name in SAFE_WRAPPERS and source.args:
            source.args[0] = self.call("over", turn, source, source.args[0])
        elif isinstance(source, ast.Call) and name == "zip" and source.args and not source.keywords:
            source.args = [a if isinstance(a, ast.Starred) else self.call("over", turn, source, a) for a in source.args]
        else:
            node.iter = self.call("over", turn, source, source)

    def function(self, node: Any) -> None:
        """`def f(): body` -> `def f(): if call(): hooked body; else: body`."""
        name = node.name
        dunder = name.startswith("__") and name not in CALLED
        if not self.functions or dunder or any(suspends(part) or keeps_names(part) for part in node.body):
            return
        site = self.site("call", node, -1)
        site.label = name
        head = [part for part in node.body[:1] if is_docstring(part)]
        rest = node.body[len(head) :]
        if not rest:
            return
        head += hoist(rest)
        plain = copy.deepcopy(rest)
        hooked = [*self.body(rest, site.index), self.hook("leave", site, rest[-1])]
        test = self.call("call", site, rest[0])
        node.body = [*head, ast.copy_location(ast.If(test=test, body=hooked, orelse=plain), rest[0])]
        ast.fix_missing_locations(node)

    # ------------------------------------------------------------------------------------------- hooks

    def call(self, method: str, site: Site, at: Any, value: Any = None) -> Any:
        """`__torch_tutor__.method(site[, value])` as an expression at the place of `at`."""
        node = ast.parse("{}.{}({})".format(HOOK, method, site.index), mode="eval").body
        for n in ast.walk(node):
            ast.copy_location(n, at)
        if value is not None:
            node.args.append(value)  # type: ignore[attr-defined]
        return node

    def hook(self, method: str, site: Site, at: Any) -> Any:
        """The same as a statement."""
        return ast.copy_location(ast.Expr(value=self.call(method, site, at)), at)


# --------------------------------------------------------------------------------------------- questions


def first_line(node: Any) -> int:
    """The first line of a statement, its decorators included."""
    decorators = getattr(node, "decorator_list", None) or []
    return min([getattr(node, "lineno", 0)] + [d.lineno for d in decorators])


def last_line(node: Any) -> int:
    """The last line of a statement, also where the interpreter (before 3.8) does not tell."""
    end = getattr(node, "end_lineno", None)
    return end if end else max([getattr(n, "lineno", 0) for n in ast.walk(node)] or [0])


def bound_names(node: Any) -> FrozenSet[str]:
    """The names a statement binds in its own scope."""
    names: Set[str] = set()
    stack = [node]
    while stack:
        n = stack.pop()
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store):
            names.add(n.id)
        elif isinstance(n, (ast.Import, ast.ImportFrom)):
            names |= {(a.asname or a.name).split(".")[0] for a in n.names}
        elif isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(n.name)
            continue
        if not isinstance(n, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            stack.extend(ast.iter_child_nodes(n))
    return frozenset(names)


def binds(holder: Any, field: str) -> bool:
    """Whether names are bound or deleted on the way into a body: `with ... as x`, `except ... as e`, `case [a, b]`."""
    if field != "body":
        return field == "finalbody"
    if isinstance(holder, (ast.With, ast.ExceptHandler)) or type(holder).__name__ == "match_case":
        return True
    test = getattr(holder, "test", None)
    return test is not None and any(type(n).__name__ == "NamedExpr" for n in ast.walk(test))


def suspends(node: Any) -> bool:
    """Whether a statement of a function makes it a generator or coroutine."""
    if isinstance(node, SUSPENDING):
        return True
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return False
    return any(suspends(n) for n in ast.iter_child_nodes(node))


def keeps_names(node: Any) -> bool:
    """Whether a statement may keep the dict of its function's names, which before 3.13 hooks would bring up to date."""
    for n in ast.walk(node):
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name):
            name = n.func.id
            if sys.version_info < (3, 13) and (name in NAMESPACES or (name == "vars" and not n.args)):
                return True
    return False


def hoist(statements: List[Any]) -> List[Any]:
    """Take `global` and `nonlocal` out of a body: they may stand only once, before both halves."""
    found: List[Any] = []
    for i, node in enumerate(statements):
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            found.append(node)
            statements[i] = ast.copy_location(ast.Pass(), node)
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for field in ("body", "orelse", "finalbody", "handlers", "cases"):
                found += hoist(getattr(node, field, None) or [])
    return found


def is_docstring(node: Any) -> bool:
    """Whether a statement is a string by itself."""
    if not isinstance(node, ast.Expr):
        return False
    return isinstance(getattr(node.value, "value", None), str) or type(node.value).__name__ == "Str"


def constant(source: str, at: Any) -> Any:
    """A literal at the place of another node."""
    return ast.copy_location(ast.parse(source, mode="eval").body, at)
