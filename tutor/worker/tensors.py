"""Tensor -> TensorValue: facts, and never a change to what is looked at.

Attributes are read from the base class, under a guard that switches off autograd recording and whatever overrides a
subclass or an active mode brings, so that looking calls no code of the learner. Statistics read at most a million
elements; nothing of the size of the tensor is allocated on its device. Every reading may fail on some kind of tensor
(sparse, quantized, nested, float8, meta, ...): a failure is a fact left out, with the reason in `note`.
"""

from __future__ import annotations

import math
import warnings
from typing import Any, List, Tuple

import torch

from .graph import graph, node_name, nothing_made
from .wire import Scalar, Stats, TensorValue, Values

Tensor = torch.Tensor
ALL = 1000  # elements: up to here every value is sent
CORNER = 512  # elements sent of a larger tensor
BINS = 32  # of a histogram
MOST = 1000000  # elements: up to here there are statistics
SILENT: Any = [("ignore", None, Warning, None, 0)]  # for the warning filters, whose version stays as it is
PLAIN_DISPATCH = getattr(Tensor, "__torch_dispatch__", None)


class Looking:
    """Context in which a tensor can be read without recording, without the learner's overrides, and without a warning
    that the learner's code could catch."""

    def __enter__(self) -> None:
        self.parts: List[Any] = []
        disable = getattr(torch._C, "DisableTorchFunction", None)
        if disable is not None:  # before anything that an override could see
            self.parts.append(disable())
        self.parts.append(torch.no_grad())
        modes = getattr(torch._C, "_len_torch_dispatch_stack", None)
        if modes is not None and modes():
            from torch.utils._python_dispatch import _disable_current_modes

            self.parts.append(_disable_current_modes())
        for part in self.parts:
            part.__enter__()
        self.filters, warnings.filters = warnings.filters, SILENT

    def __exit__(self, *exc: object) -> None:
        warnings.filters = self.filters
        for part in reversed(self.parts):
            part.__exit__(None, None, None)


def is_tensor(obj: object) -> bool:
    """By its true class, whatever it pretends to be."""
    return issubclass(type(obj), Tensor)


def get(t: Any, name: str, default: Any = None) -> Any:
    """An attribute as the base class has it."""
    try:
        return getattr(Tensor, name).__get__(t)
    except Exception:
        return default


def opaque(t: Any) -> str:
    """Why a tensor's elements must not be read; empty if they may."""
    if getattr(type(t), "__torch_dispatch__", None) is not PLAIN_DISPATCH:
        return "a subclass with its own dispatch: elements not read"
    functorch = getattr(torch._C, "_functorch", None)
    if functorch is not None and getattr(functorch, "is_functorch_wrapped_tensor", bool)(t):
        return "inside a function transform: elements not read"
    if get(t, "is_meta", False):
        return "meta: no elements"
    if is_cut_off(t):
        return "its storage is smaller than it: elements not read"
    return ""


def is_cut_off(t: Any) -> bool:
    """Whether a tensor reaches beyond the end of its storage, as after `storage.resize_(0)`: reading it would be a
    memory fault."""
    if getattr(torch, "strided", None) is not get(t, "layout", None) or not hasattr(Tensor, "untyped_storage"):
        return False
    try:
        shape, strides = tuple(Tensor.size(t)), Tensor.stride(t)
        if 0 in shape:
            return False
        last = Tensor.storage_offset(t) + sum((n - 1) * step for n, step in zip(shape, strides))
        return int((last + 1) * Tensor.element_size(t)) > int(Tensor.untyped_storage(t).nbytes())
    except Exception:
        return False


def pointer(t: Any) -> int:
    """The address of the storage; 0 where there is none."""
    try:
        if opaque(t):
            return 0
        storage = getattr(Tensor, "untyped_storage", None) or Tensor.storage
        return int(storage(t).data_ptr())
    except Exception:
        return 0


# ---------------------------------------------------------------------------------------------- elements


def scalar(x: Any) -> Scalar:
    """A Python number as it travels."""
    if isinstance(x, complex):
        return "{:g}{:+g}j".format(x.real, x.imag)
    if isinstance(x, float) and not math.isfinite(x):
        return "nan" if math.isnan(x) else "inf" if x > 0 else "-inf"
    if isinstance(x, int) and x.bit_length() > 1023:  # no float is as large, and JSON takes no number without end
        return "{}~10^{}".format("-" if x < 0 else "", int(x.bit_length() * math.log10(2)))
    return x if isinstance(x, (bool, int, float)) else str(x)


def nested(x: Any) -> Values:
    """`tolist()` output as it travels."""
    return [nested(y) for y in x] if isinstance(x, list) else scalar(x)


def edges(shape: Tuple[int, ...]) -> List[int]:
    """How many elements to keep at each end of every dimension; 0 keeps it whole."""
    for edge in (3, 2, 1):
        keep = [edge if n > 2 * edge else 0 for n in shape]
        if _count(shape, keep) <= CORNER:
            return keep
    for d in range(len(shape)):  # many dimensions: only the first of the leading ones
        keep[d] = -1
        if _count(shape, keep) <= CORNER:
            break
    return keep


def _count(shape: Tuple[int, ...], keep: List[int]) -> int:
    total = 1
    for n, k in zip(shape, keep):
        total *= n if k == 0 else 1 if k < 0 else 2 * k
    return total


def corners(t: Any, shape: Tuple[int, ...]) -> Values:
    """The first and last elements along every dimension, with None for what lies between."""
    keep = edges(shape)
    sizes: List[int] = []
    strides: List[int] = []
    kept: List[int] = []
    for n, s, k in zip(shape, Tensor.stride(t), keep):
        if k > 0:  # one dimension becomes two: which end, and where in it
            sizes += [2, k]
            strides += [(n - k) * s, s]
        else:
            sizes.append(1 if k < 0 else n)
            strides.append(s)
        kept.append(2 * k if k > 0 else sizes[-1])
    part = torch.as_strided(t, sizes, strides, Tensor.storage_offset(t)).reshape(kept)
    return _gaps(elements(part), keep)


def _gaps(values: Values, keep: List[int]) -> Values:
    if not keep:
        return values
    rows = [_gaps(v, keep[1:]) for v in values]
    if keep[0] > 0:
        rows[keep[0] : keep[0]] = [None]
    elif keep[0] < 0:
        rows.append(None)
    return rows


def elements(t: Any) -> Values:
    """All elements, whatever the data type."""
    if get(t, "is_quantized", False):
        t = Tensor.dequantize(t)
    if "float8" in str(t.dtype):
        t = t.float()
    for resolve in ("resolve_conj", "resolve_neg"):
        if hasattr(Tensor, resolve):
            t = getattr(Tensor, resolve)(t)
    return nested(t.tolist())


def sample(t: Any, shape: Tuple[int, ...], numel: int) -> Values:
    """The elements worth sending."""
    d = Tensor.detach(t)
    if "sparse" in str(get(d, "layout", "")) or get(d, "is_mkldnn", False):
        return elements(d.to_dense()) if numel <= ALL else None
    return elements(d) if numel <= ALL else corners(d, shape)


# -------------------------------------------------------------------------------------------- statistics


def stats(t: Any, numel: int) -> Stats | None:
    """Statistics of a strided tensor of at most a million elements."""
    if numel == 0 or numel > MOST or "strided" not in str(get(t, "layout", "")):
        return None
    d = Tensor.detach(t)
    if get(d, "is_quantized", False):
        d = d.dequantize()
    if str(d.dtype) == "torch.bool":
        d = d.to(torch.uint8)
    if "complex" in str(d.dtype):
        size = d.abs()
        return Stats(norm=scalar(float((size.double() ** 2).sum().sqrt())))
    small = numel <= 65536
    if d.device.type != "cpu" and small:
        d = d.cpu()
    if d.device.type == "cpu" or d.dtype != torch.float32:
        d = d.float() if d.device.type == "mps" or "float8" in str(d.dtype) else d
        d = d.double() if d.device.type != "mps" else d
    return of_list(d.reshape(-1).tolist()) if numel <= 64 else of_tensor(d)


def of_list(xs: List[float]) -> Stats:
    """Statistics of a few numbers: plain Python is quicker than a dozen kernels."""
    finite = [x for x in xs if math.isfinite(x)]
    nan = sum(1 for x in xs if math.isnan(x))
    if not finite:
        return Stats(nan=nan, inf=len(xs) - nan)
    n, mean = len(finite), math.fsum(finite) / len(finite)
    std = math.sqrt(math.fsum((x - mean) ** 2 for x in finite) / (n - 1)) if n > 1 else None
    norm = float("nan") if nan else math.sqrt(math.fsum(x * x for x in xs)) if n == len(xs) else float("inf")
    return Stats(min(finite), max(finite), mean, std, scalar(norm), nan, len(xs) - n - nan)


def of_tensor(d: Any) -> Stats:
    """Statistics by torch, of a floating tensor."""
    norm = scalar(float(d.norm()))
    flat = d.reshape(-1)
    nan = int((flat != flat).sum())
    inf = int((flat.abs() == math.inf).sum())
    if nan or inf:
        flat = flat[(flat == flat) & (flat.abs() != math.inf)]
    if flat.numel() == 0:
        return Stats(norm=norm, nan=nan, inf=inf)
    std = float(flat.std()) if flat.numel() > 1 else None
    low, high = float(flat.min()), float(flat.max())
    return Stats(low, high, float(flat.mean()), std, norm, nan, inf, bins(flat, low, high))


def bins(flat: Any, low: float, high: float) -> Tuple[int, ...]:
    """How many elements lie where, of a tensor of which only corners are sent."""
    if flat.numel() <= ALL or high <= low:
        return ()
    try:
        return tuple(int(n) for n in flat.histc(BINS, low, high).tolist())
    except Exception:  # a device that cannot, or not in a repeatable way
        return ()


# ------------------------------------------------------------------------------------------------- whole


def describe_tensor(
    t: Any, shares: str = "", leaf_name: Any = None, brief: bool = False, made_by: Any = nothing_made
) -> TensorValue:
    """All facts of a tensor; `brief` leaves the graph out and sends corners of anything over 64 elements."""
    with Looking():
        return _describe(t, shares, leaf_name, brief, made_by)


def _describe(t: Any, shares: str, leaf_name: Any, brief: bool, made_by: Any) -> TensorValue:
    kind = type(t)
    module = str(getattr(kind, "__module__", ""))
    own = module == "__main__" or module.startswith("torch")
    name = kind.__name__ if own else "{}.{}".format(module, kind.__name__)
    notes: List[str] = []
    shape, numel = _shape(t, notes)
    layout = str(get(t, "layout", "")).replace("torch.", "")
    fn = get(t, "grad_fn")
    why = opaque(t)
    values = figures = None
    if why:
        notes.append(why)
    elif -1 not in shape:
        try:
            if brief and 64 < numel <= ALL and layout == "strided":
                values = corners(Tensor.detach(t), shape)
            else:
                values = sample(t, shape, numel)
        except Exception as e:
            notes.append("elements cannot be read: {}".format(_first_line(e)))
        try:
            figures = stats(t, numel)
        except Exception:
            pass
    _features(t, layout, notes)
    strides: Tuple[int, ...] = ()
    if layout == "strided" and -1 not in shape:
        strides = tuple(_call(t, "stride", ()))
    return TensorValue(
        type=name,
        shape=shape,
        dtype=str(get(t, "dtype", "")).replace("torch.", ""),
        device=str(get(t, "device", "")),
        layout=layout,
        requires_grad=bool(get(t, "requires_grad", False)),
        is_leaf=bool(get(t, "is_leaf", True)),
        grad_fn="" if fn is None else node_name(fn),
        strides=strides,
        offset=int(_call(t, "storage_offset", 0)) if strides else 0,
        contiguous=bool(_call(t, "is_contiguous", True)) if strides else True,
        shares=shares,
        numel=numel,
        bytes=numel * int(_call(t, "element_size", 0)),
        stats=figures,
        values=values,
        note="; ".join(notes),
        graph=() if fn is None or brief or leaf_name is None else graph(fn, leaf_name, made_by),
    )


def _first_line(e: BaseException) -> str:
    return (str(e).split("\n") or [""])[0][:160]


def _call(t: Any, name: str, default: Any) -> Any:
    try:
        return getattr(Tensor, name)(t)
    except Exception:
        return default


def _shape(t: Any, notes: List[str]) -> Tuple[Tuple[int, ...], int]:
    """The shape, with -1 for the ragged dimensions of a nested tensor, and the number of elements."""
    if get(t, "is_nested", False) and not opaque(t):
        sizes = t._nested_tensor_size().tolist()
        notes.append("nested: parts of " + ", ".join("x".join(map(str, s)) for s in sizes[:8]))
        ragged = tuple(s[0] if len({*s}) == 1 else -1 for s in zip(*sizes))
        return (len(sizes),) + ragged, sum(_count(tuple(s), [0] * len(s)) for s in sizes)
    shape = tuple(_size(n) for n in get(t, "shape", ()))
    return shape, 0 if -1 in shape else _count(shape, [0] * len(shape))


def _size(n: Any) -> int:
    try:
        return int(n)
    except Exception:  # a symbolic size
        return -1


def _features(t: Any, layout: str, notes: List[str]) -> None:
    if "sparse" in layout and not opaque(t):
        stored = _call(t, "_nnz", None)
        if stored is not None:
            notes.append("{} stored elements".format(stored))
    if get(t, "is_quantized", False):
        try:
            notes.append("quantized: scale {:g}, zero point {}".format(t.q_scale(), t.q_zero_point()))
        except Exception:
            notes.append("quantized per channel")
    if _call(t, "is_conj", False):
        notes.append("a conjugate view")
    if _call(t, "is_neg", False):
        notes.append("a negated view")
    if _call(t, "is_inference", False):
        notes.append("an inference tensor")
