"""Tensor elements -> lines of text at a width: aligned columns, brackets as torch prints them, the middle left out
where it does not fit.
"""

from __future__ import annotations

from tutor.render.clean import clean
from tutor.worker.wire import Scalar, Values

GAP = "…"
LINES = 10  # of one value
SHORT, FOLDED = 12, 5  # elements of a vector that is shown whole, if it needs no more lines


def digits(xs: list[Scalar]) -> list[str]:
    """Numbers at one precision: whole where all are whole, else up to four decimals, else exponents."""
    finite = [x for x in xs if isinstance(x, float) and not isinstance(x, bool)]
    if not finite:
        return [one(x) for x in xs]
    largest = max(abs(x) for x in finite)
    sizes = [abs(x) for x in finite if abs(x) > 1e-7 * largest]
    if sizes and (largest >= 1e5 or min(sizes) < 1e-4):
        return [f"{x:.2e}" if isinstance(x, float) else one(x) for x in xs]
    exact = (p for p in (1, 2, 3) if all(abs(x - round(x, p)) < 1e-6 * max(1.0, abs(x)) for x in finite))
    places = next(exact, 4)
    return [f"{x:.{places}f}" if isinstance(x, float) else one(x) for x in xs]


def one(x: Scalar) -> str:
    """A number by itself."""
    if x is None:
        return GAP
    if isinstance(x, bool):
        return str(x)
    if isinstance(x, float):
        return figure(x)
    return clean(x) if isinstance(x, str) else str(x)


def figure(x: Scalar, places: int = 4) -> str:
    """A number for a summary, to four significant digits; `.0` stands for nothing that was rounded away."""
    if not isinstance(x, float):
        return one(x)
    text = f"{x:.{places}g}"
    return text + ".0" if "." not in text and "e" not in text and abs(x) < 1e4 and float(text) == x else text


def lines(values: Values, width: int, most: int = LINES) -> list[str]:
    """Nested elements as lines at most `width` wide, where three of a row fit into it."""
    if not isinstance(values, (list, tuple)):
        return [one(values)]
    flat = _flat(values)
    texts = iter(digits(flat))
    named = _named(values, texts)
    column = max((len(t) for t in digits(flat)), default=0)
    out = _block(named, column, max(width, 8), 0, "")
    if len(out) > most:
        keep = max(1, most // 2)
        out = [*out[:keep], " " + GAP, *out[-(most - keep - 1) :]] if most > 2 else out[:most]
    return out


def _flat(values: Values) -> list[Scalar]:
    if isinstance(values, (list, tuple)):
        return [x for v in values for x in _flat(v)]
    return [values] if values is not None else []


def _named(values: Values, texts: object) -> Values:
    if isinstance(values, (list, tuple)):
        return [_named(v, texts) for v in values]
    return GAP if values is None else next(texts)  # type: ignore[call-overload]


def _block(values: Values, column: int, width: int, depth: int, tail: str) -> list[str]:
    """A nested list at an indentation: innermost lists on one line each."""
    if not values:
        return [" " * depth + "[]" + tail]
    if not any(isinstance(part, list) for part in values):
        *rows, last_row = _rows(values, column, width, depth)
        return [*rows, last_row + tail]
    out: list[str] = []
    for i, part in enumerate(values):
        last = i == len(values) - 1
        if not isinstance(part, list):
            out.append(" " * (depth + 1) + GAP)
            continue
        block = _block(part, column, width, depth + 1, "]" + tail if last else ",")
        if i == 0:
            block[0] = " " * depth + "[" + block[0][depth + 1 :]
        elif isinstance(part[0] if part else None, list):
            out.append("")
        out += block
    return out


def _rows(row: list[str], column: int, width: int, depth: int) -> list[str]:
    """One line, with its middle left out where it is too long; a short vector, or up to three numbers, on several."""
    cells = [t if t == GAP else t.rjust(column) for t in row]
    room = width - 2 * depth - 2  # the line's own brackets, and those that may close behind it
    most = max(3, min(SHORT, FOLDED * (width // (column + 2)))) if depth == 0 else 3
    if sum(len(c) + 2 for c in cells) - 2 > room and len(cells) > most:
        each = max(1, (room - len(GAP)) // (column + 2))
        right = each // 2
        left = max(1, each - right)
        cells = [*cells[:left], GAP, *(cells[-right:] if right else [])]
    elif sum(len(c) + 2 for c in cells) - 2 > width - depth - 2:
        each = max(1, (width - depth) // (column + 2))
        parts = [", ".join(cells[i : i + each]) for i in range(0, len(cells), each)]
        return (" " * depth + "[" + f",\n{' ' * depth} ".join(parts) + "]").split("\n")
    return [" " * depth + "[" + ", ".join(cells) + "]"]
