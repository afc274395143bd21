"""What torch computed on the way to a statement's result, found from its syntax tree and the shapes its names had.

Python's own evaluation order is followed with shapes in place of tensors. Whatever is not certain comes out as unknown,
and what depends on it too; nothing is run. Each operation whose picture is known is noted as it is met. An operation
that torch would refuse ends the evaluation, as its exception would.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from tutor.render.pictures import elements
from tutor.render.pictures.axes import Shape, contiguous, is_contiguous
from tutor.render.pictures.canvas import Picture
from tutor.worker.wire import ArrayValue, ContainerValue, ModuleValue, PlainValue, TensorValue, Value

MANY = 1000  # items of a list that is worked out
TEXT = 40  # characters of an expression in a picture


@dataclass(frozen=True)
class Shaped:
    """A tensor of which the shape is known."""

    text: str
    """The expression it comes from."""
    shape: Shape
    strides: Shape | None = None
    """None where it may lie in its memory in any way."""
    offset: int = 0
    memory: str = ""
    """The name of the tensor whose memory it surely lives in; empty for its own."""
    value: TensorValue | None = None
    """For a name, and where the elements follow from the source."""
    own: bool = True
    """Whether it is known if it has a memory of its own."""

    @property
    def numel(self) -> int:
        """How many elements."""
        out = 1
        for n in self.shape:
            out *= n
        return out

    @property
    def is_contiguous(self) -> bool:
        """As far as known."""
        return self.strides is not None and is_contiguous(self.shape, self.strides)


@dataclass(frozen=True)
class Constant:
    """A Python value that stands in the source or follows from a shape."""

    value: object


@dataclass(frozen=True)
class Many:
    """A list or tuple."""

    items: tuple[Result, ...]


@dataclass(frozen=True)
class Layer:
    """A module of torch's own: its class and what it says of itself."""

    text: str
    type: str
    options: str
    value: ModuleValue | None = None


@dataclass(frozen=True)
class Name:
    """Something with a dotted name: a module, a function of one, a method."""

    dotted: str
    of: Result = None
    """For a method, what it belongs to."""


Result = Shaped | Constant | Many | Layer | Name | None
"""None is unknown."""


class Fails(Exception):
    """An operation met shapes that do not go together. Its picture has been noted."""


@dataclass
class Call:
    """A call with its evaluated arguments, the tensor of a method first."""

    text: str
    name: str
    args: list[Result]
    keywords: dict[str, Result]
    note: Callable[[Picture], None]
    whole: bool = False
    """Whether the statement is this call: its result gets the name."""
    method: bool = False

    def get(self, place: int, name: str, default: object = None) -> object:
        """An argument as a Python value; `unknown` where it is none."""
        found = self.keywords.get(name) if name in self.keywords else None
        if name not in self.keywords:
            if place >= len(self.args):
                return default
            found = self.args[place]
        return constant(found)

    def tensor(self, place: int, *names: str) -> Shaped | None:
        """An argument that is a tensor of known shape."""
        named = [self.keywords[name] for name in names if name in self.keywords]
        found = named[0] if named else self.args[place] if place < len(self.args) else None
        return found if isinstance(found, Shaped) else None

    def tensors(self) -> list[Shaped] | None:
        """The items of a first argument that is a list of tensors."""
        found = self.args[0] if self.args else self.keywords.get("tensors")
        if not isinstance(found, Many) or not found.items:
            return None
        items = [item for item in found.items if isinstance(item, Shaped)]
        return items if len(items) == len(found.items) else None

    def sizes(self, place: int, name: str) -> tuple[int, ...] | None:
        """Whole numbers given one by one or as one list."""
        if name in self.keywords:
            given = constant(self.keywords[name])
        elif place == len(self.args) - 1:
            given = constant(self.args[place])
        else:
            given = tuple(constant(a) for a in self.args[place:])
        if isinstance(given, int) and not isinstance(given, bool):
            given = (given,)
        if isinstance(given, tuple) and all(isinstance(n, int) for n in given):
            return tuple(int(n) for n in given if isinstance(n, int))
        return None


class Unknown:
    """Stands for a Python value that does not follow from the source."""


UNKNOWN = Unknown()


def constant(result: Result) -> object:
    """As a Python value; `UNKNOWN` for what is none."""
    if isinstance(result, Constant):
        return result.value
    if isinstance(result, Many):
        return tuple(constant(item) for item in result.items)
    return UNKNOWN


Rule = Callable[[Call], Result]


@dataclass
class Evaluation:
    """One statement on the way."""

    names: Mapping[str, Value]
    rules: Mapping[str, Rule]
    binary: Callable[[str, str, Shaped, Shaped, Callable[[Picture], None]], Result]
    layer: Callable[[Layer, Call], Result]
    index: Callable[[Shaped, ast.expr, str, Evaluation], Result]
    pictures: list[Picture] = field(default_factory=list)
    whole: ast.expr | None = None

    def note(self, picture: Picture) -> None:
        """Keep the picture of an operation."""
        self.pictures.append(picture)

    def at(self, node: ast.expr) -> Result:
        """An expression."""
        match node:
            case ast.Constant():
                return Constant(node.value)
            case ast.Name():
                return self.name(node.id)
            case ast.Tuple() | ast.List():
                return Many(tuple(self.at(item) for item in node.elts))
            case ast.Attribute():
                return self.attribute(self.at(node.value), node)
            case ast.UnaryOp():
                return unary(node.op, self.at(node.operand), text_of(node))
            case ast.BinOp():
                return self.operate(elements.OPERATORS.get(type(node.op), "?"), node.left, node.right, text_of(node))
            case ast.Compare(ops=[op]) if type(op) in elements.COMPARISONS:
                return self.operate(elements.COMPARISONS[type(op)], node.left, node.comparators[0], text_of(node))
            case ast.Subscript():
                return self.subscript(node)
            case ast.Call():
                return self.call(node)
        return None

    def name(self, name: str) -> Result:
        """A name of the snippet."""
        return named(name, self.names.get(name))

    def attribute(self, of: Result, node: ast.Attribute) -> Result:
        """A member of something known."""
        path = text_of(node)
        if path in self.names:  # a parameter that was changed in place
            return named(path, self.names[path])
        match of:
            case Shaped():
                return member(of, node.attr, path, self.rules, self.note)
            case Name(of=None) if node.attr in ("inf", "nan"):
                return Constant(float(node.attr))
            case Name(of=None):
                return Name(f"{of.dotted}.{node.attr}")
            case Layer(value=ModuleValue() as module):
                return within(module, node.attr, path)
        return None

    def operate(self, name: str, left: ast.expr, right: ast.expr, text: str) -> Result:
        """An operator between two expressions."""
        a, b = self.at(left), self.at(right)
        if isinstance(a, Constant) and isinstance(b, Constant):
            return arithmetic(name, a.value, b.value)
        out = self._operated(name, a, b, text)
        mask = elements.operated(name, held(a), held(b)) if isinstance(out, Shaped) else []
        if isinstance(out, Shaped) and mask and len(mask) == out.numel:
            return replace(out, value=elements.holding(out.shape, "bool", mask))
        return out

    def _operated(self, name: str, a: Result, b: Result, text: str) -> Result:
        if isinstance(a, Shaped) and isinstance(b, Shaped):
            return self.binary(text, name, a, b, self.note)
        one = a if isinstance(a, Shaped) else b
        if isinstance(one, Shaped) and isinstance(b if one is a else a, Constant):
            return fresh(text, one.shape) if one.is_contiguous else Shaped(text, one.shape)
        return None

    def subscript(self, node: ast.Subscript) -> Result:
        """An index of a tensor, or of a list or shape."""
        of = self.at(node.value)
        if isinstance(of, Shaped):
            return self.index(of, node.slice, text_of(node), self)
        place = constant(self.at(node.slice))
        if not isinstance(place, int):
            return None
        if isinstance(of, Many) and -len(of.items) <= place < len(of.items):
            return of.items[place]
        if isinstance(of, Constant) and isinstance(of.value, tuple) and -len(of.value) <= place < len(of.value):
            return Constant(of.value[place])
        return None

    def call(self, node: ast.Call) -> Result:
        """A call: of a method, of a function of torch, of a layer."""
        func = self.at(node.func)
        if func is None and isinstance(node.func, ast.Name):
            return builtin(node.func.id, [constant(self.at(a)) for a in node.args])
        args = [self.at(a) for a in node.args if not isinstance(a, ast.Starred)]
        keywords = {k.arg: self.at(k.value) for k in node.keywords if k.arg is not None}
        if len(args) < len(node.args) or len(keywords) < len(node.keywords):
            return None
        call = Call(text_of(node), "", args, keywords, self.note, node is self.whole)
        if isinstance(func, Layer):
            return self.layer(func, call)
        if not isinstance(func, Name) or not (func.dotted.startswith("torch.") or func.of is not None):
            return None
        call.name = func.dotted.rpartition(".")[2]
        if func.of is not None:
            call.args, call.method = [func.of, *args], True
        rule = self.rules.get(call.name)
        if rule is None and func.dotted.startswith("torch.nn."):
            return made(call)
        return rule(call) if rule is not None else None


# ----------------------------------------------------------------------------------------------- members


def named(name: str, value: Value | None) -> Result:
    """A value of the trace under its name."""
    match value:
        case TensorValue():
            strides = value.strides if len(value.strides) == len(value.shape) else None
            return Shaped(name, value.shape, strides, value.offset, name, value)
        case ArrayValue():
            return None
        case ModuleValue():
            return Layer(name, value.type, value.text, value)
        case ContainerValue() if value.type in ("list", "tuple") and value.length == len(value.items):
            return Many(tuple(named(f"{name}{item.key}", item.value) for item in value.items))
        case PlainValue(type="module"):
            return Name(value.text.removeprefix("<module '").removesuffix("'>"))
        case PlainValue():
            return plain(name, value)
    return None


def plain(name: str, value: PlainValue) -> Result:
    """A number, or a function that torch has under the same name."""
    if value.type in ("int", "float", "bool", "torch.Size"):
        try:
            return Constant(ast.literal_eval(value.text.removeprefix("torch.Size(").removesuffix(")") or "()"))
        except (ValueError, SyntaxError):
            return None
    if value.type in ("builtin_function_or_method", "function") and value.text.startswith("<built-in "):
        return Name(f"torch.{name}")
    return None


def within(module: ModuleValue, name: str, path: str) -> Result:
    """A parameter or a submodule."""
    for p in module.parameters:
        if p.name == name:
            return Shaped(path, p.shape, contiguous(p.shape), memory=path)
    for child in module.children:
        if child.key == name and isinstance(child.value, PlainValue):
            return Layer(path, child.value.type, child.value.text)
    return None


def member(of: Shaped, name: str, text: str, rules: Mapping[str, Rule], note: Callable[[Picture], None]) -> Result:
    """An attribute or method of a tensor."""
    if name == "shape":
        return Constant(of.shape)
    if name in ("ndim",):
        return Constant(len(of.shape))
    if name in ("data", "grad"):
        return replace(of, text=text, value=None) if name == "data" else fresh(text, of.shape)
    if name in ("T", "mT", "H", "mH"):
        return rules[name](Call(text, name, [of], {}, note))
    return Name(f"Tensor.{name}", of)


def fresh(text: str, shape: Shape) -> Shaped:
    """A result in a memory of its own."""
    return Shaped(text, shape, contiguous(shape))


def somewhere(text: str, shape: Shape) -> Shaped:
    """A result that may be a view or not."""
    return Shaped(text, shape, None, own=False)


def made(call: Call) -> Result:
    """A layer that is called where it is made: `nn.Conv2d(3, 8, 3)(x)`."""
    given = [(name, constant(a)) for name, a in [*(("", a) for a in call.args), *call.keywords.items()]]
    if not call.name[:1].isupper() or any(value is UNKNOWN for _, value in given):
        return None
    return Layer(call.text, call.name, ", ".join(f"{name}={value!r}" if name else repr(value) for name, value in given))


def held(of: Result) -> object:
    """A side of an operator: the tensor with its elements, or the number."""
    return of.value if isinstance(of, (Shaped, Constant)) else None


def builtin(name: str, given: list[object]) -> Result:
    """A function of Python: `range(3)`, as a list, and `float("-inf")`."""
    if name == "float" and given in (["inf"], ["-inf"], ["nan"]):
        return Constant(float(str(given[0])))
    whole = [n for n in given if isinstance(n, int)]
    if name != "range" or not 1 <= len(whole) == len(given) <= 3 or 0 in whole[2:] or len(range(*whole)) > MANY:
        return None
    return Many(tuple(Constant(n) for n in range(*whole)))


def unary(op: ast.unaryop, operand: Result, text: str) -> Result:
    """A sign before something."""
    if isinstance(operand, Constant) and isinstance(operand.value, (int, float)) and isinstance(op, ast.USub):
        return Constant(-operand.value)
    if isinstance(operand, Shaped) and not isinstance(op, ast.Not):
        out = fresh(text, operand.shape) if operand.is_contiguous else Shaped(text, operand.shape)
        return replace(out, value=elements.inverted(operand.value)) if isinstance(op, ast.Invert) else out
    return None


def arithmetic(name: str, a: object, b: object) -> Result:
    """Of two whole numbers."""
    if not isinstance(a, int) or not isinstance(b, int):
        return None
    match name:
        case "+":
            return Constant(a + b)
        case "-":
            return Constant(a - b)
        case "*":
            return Constant(a * b)
        case "//" if b:
            return Constant(a // b)
    return None


def text_of(node: ast.expr | ast.stmt) -> str:
    """An expression or a statement as it is written, shortened."""
    text = ast.unparse(node).replace("\n", " ")
    return text if len(text) <= TEXT else text[: TEXT - 1] + "…"
