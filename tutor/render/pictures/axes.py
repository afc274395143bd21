"""The arithmetic of shapes as torch does it: broadcasting, products of matrices, windows, strides. Numbers in, numbers
out; None where torch raises.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

Shape = tuple[int, ...]


def broadcast(shapes: Sequence[Shape]) -> Shape | None:
    """What `torch.broadcast_shapes` says."""
    out: list[int] = []
    for sizes in aligned(shapes):
        stretched = {n for n in sizes if n not in (None, 1)}
        if len(stretched) > 1:
            return None
        out.append(next((n for n in stretched if n is not None), 1))
    return tuple(out)


def aligned(shapes: Sequence[Shape]) -> Iterator[tuple[int | None, ...]]:
    """Dimension by dimension, the last ones under one another: the size in each shape, None where it has none."""
    deep = max((len(s) for s in shapes), default=0)
    for d in range(deep):
        yield tuple(s[d - deep + len(s)] if d >= deep - len(s) else None for s in shapes)


def matmul(a: Shape, b: Shape) -> Shape | None:
    """What `a @ b` has."""
    if not a or not b:
        return None
    if a[-1] != b[-2 if len(b) > 1 else 0]:
        return None
    batch = broadcast([a[:-2], b[:-2]])
    if batch is None:
        return None
    return (*batch, *(a[-2:-1] if len(a) > 1 else ()), *(b[-1:] if len(b) > 1 else ()))


def window(size: int, kernel: int, stride: int, padding: int, dilation: int, *, ceil: bool = False) -> int | None:
    """How many windows a dimension has: of a convolution, and of a pooling. The last window of `ceil_mode` has to start
    inside the input or its left padding."""
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    if stride < 1:
        return None
    count = (-(-room // stride) if ceil else room // stride) + 1
    if ceil and (count - 1) * stride >= size + padding:
        count -= 1
    return count if count > 0 else None


def transposed(size: int, kernel: int, stride: int, padding: int, dilation: int, output_padding: int) -> int | None:
    """How large a dimension is after a transposed convolution. What is added at its end is less than a step of the
    windows or of what they write."""
    if not 0 <= output_padding < max(stride, dilation):
        return None
    out = (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1
    return out if out > 0 else None


def contiguous(shape: Shape) -> Shape:
    """The strides of a tensor that lies in its memory row by row."""
    out: list[int] = []
    step = 1
    for n in reversed(shape):
        out.append(step)
        step *= max(n, 1)
    return tuple(reversed(out))


def is_contiguous(shape: Shape, strides: Shape) -> bool:
    """Whether it lies in its memory row by row; strides of dimensions of size 1 do not matter."""
    if 0 in shape:
        return True
    return all(n == 1 or s == c for n, s, c in zip(shape, strides, contiguous(shape), strict=True))


def inferred(numel: int, sizes: Sequence[int]) -> Shape | None:
    """The sizes of a `view` with its -1 filled in."""
    known = math.prod(n for n in sizes if n != -1)
    free = sum(n == -1 for n in sizes)
    if free > 1 or any(n < -1 for n in sizes):
        return None
    if not free:
        return tuple(sizes) if known == numel else None
    if known == 0 or numel % known:
        return None
    return tuple(numel // known if n == -1 else n for n in sizes)


def viewed(shape: Shape, strides: Shape, sizes: Shape) -> Shape | None:
    """The strides of a `view` of that size; None where no strides reach the same elements in the same order."""
    if 0 in shape:
        return contiguous(sizes)
    out = [0] * len(sizes)
    place = len(sizes) - 1
    for numel, stride in _runs(shape, strides):
        covered = 1
        while place >= 0 and (covered < numel or sizes[place] == 1):
            out[place] = covered * stride
            covered *= sizes[place]
            place -= 1
        if covered != numel:
            return None
    return tuple(out) if place < 0 else None


def _runs(shape: Shape, strides: Shape) -> Iterator[tuple[int, int]]:
    """From the last dimension on: how many elements lie at even distances, and at which."""
    numel, base = 1, strides[-1] if strides else 1
    for d in range(len(shape) - 1, -1, -1):
        numel *= shape[d]
        if d == 0 or (shape[d - 1] != 1 and strides[d - 1] != numel * base):
            yield numel, base
            numel, base = 1, strides[d - 1] if d else 1
    if not shape:
        yield 1, 1


def dimension(d: int, dims: int) -> int | None:
    """A dimension counted from the front."""
    dims = max(dims, 1)
    return None if not -dims <= d < dims else d % dims
