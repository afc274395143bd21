"""Job -> events: one statement at a time, in a module of its own, with everything a statement does reported.

Runs in a process that serves this one job and ends. Knows nothing of pipes: events go to `emit`.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import linecache
import random
import sys
import time
import types
import warnings
from typing import Any, Callable, Dict, List, Tuple

import torch

from . import describe, system, tensors
from .contain import kept_from
from .errors import error_of, forget
from .instrument import HOOK, Instrument, Site, is_docstring
from .steps import Steps
from .watch import Watch
from .wire import ClaimChecked, Error, Finished, Job, Question, Side, Started, Warned

FUTURES = [getattr(__future__, name) for name in __future__.all_feature_names]
Emit = Callable[[Any], None]


def execute(job: Job, emit: Emit) -> Finished:
    """Run a job to its end. The last event is returned, not emitted: whoever holds this process may know better."""
    emit(Started(job.id, job.seed, job.device, job.code, kept_from()))
    run = Run(job, emit)
    begun = time.perf_counter()
    try:
        error = run.everything()
    finally:
        run.restore()
    return Finished(
        job.id,
        "finished" if error is None else "raised",
        round((time.perf_counter() - begun) * 1000, 3),
        peak=peak(job),
    )


class Run:
    """One job's namespace, warnings and steps."""

    def __init__(self, job: Job, emit: Emit) -> None:
        self.job, self.emit = job, emit
        self.steps = Steps(job.id, emit, Watch(), lambda: memory(job))
        self.warned: Dict[Tuple[str, str, int], int] = {}
        self.flags = 0
        self.unread: Any = ()  # warnings of the parser
        self.tracer: Any = None  # the snippet's own, kept from seeing what is done between its statements
        self.names = prepare(job)
        self.saved = dict(vars(builtins))
        self.saved[HOOK] = self.steps
        self.restore()
        warnings.showwarning = self.warn

    def restore(self) -> None:
        """Undo what the snippet may have done to the tools of the run."""
        sys.settrace(None)
        sys.setprofile(None)
        vars(builtins).update(self.saved)

    def everything(self) -> Error | None:
        """Setup, code, claims."""
        error = self.setup()
        if error is None:
            error = self.code()
        if error is None:
            for index, question in enumerate(self.job.claims):
                self.restore()
                self.emit(self.check(index, question))
        return error

    # ---------------------------------------------------------------------------------------------- code

    def setup(self) -> Error | None:
        """What stands before every entry of a section: one step, told only if something is worth telling."""
        if not self.job.setup.strip():
            return None
        site = Site(0, "setup", ast.parse("pass").body[0], -1)
        site.line = site.end_line = 0
        self.steps.enter(site, [site])
        error = None
        self.steps.active = False
        try:
            exec(compile(self.job.setup, "<setup>", "exec", dont_inherit=True), self.names)
        except BaseException as e:
            error = error_of(e, "<setup>")
        self.steps.exit(self.names, (), error)
        return error

    def code(self) -> Error | None:
        """The statements, one by one."""
        source = self.job.code
        try:
            with warnings.catch_warnings(record=True) as self.unread:
                warnings.simplefilter("default")
                tree: Any = compile(source, self.job.file, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # they come again when the statement is compiled
                compile(source, self.job.file, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as e:
            return self.unreadable(e)
        instrument = Instrument(source, opens=self.job.trace)
        for i, node in enumerate(tree.body):
            bare = isinstance(node, ast.Expr) and not (i == 0 and is_docstring(node))
            error = self.statement(node, instrument, bare)
            if error is not None:
                return None if error.type == "SystemExit" and error.message in ("", "0", "None") else error
        return None

    def unreadable(self, e: BaseException) -> Error:
        """Source that does not compile: one step at its place."""
        site = Site(0, "statement", ast.parse("pass").body[0], -1)
        site.line = site.end_line = getattr(e, "lineno", None) or 1
        self.steps.enter(site, [site])
        error = error_of(e, self.job.file)
        self.steps.exit(self.names, (), error)
        return error

    def statement(self, node: Any, instrument: Instrument, bare: bool) -> Error | None:
        """One top-level statement; `bare` if it is an expression whose value is shown."""
        site = instrument.top(node)
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            for alias in node.names:
                self.flags |= getattr(__future__, alias.name).compiler_flag
        value: Tuple[Any, ...] = ()
        error = None
        try:
            self.steps.enter(site, instrument.sites)
            code = self.compiled(node, bare)
            for told in self.unread:
                if site.line <= told.lineno <= site.end_line:
                    self.warn(told.message, told.category, told.filename, told.lineno)
            self.steps.begun()
            sys.settrace(self.tracer)
            result = eval(code, self.names)
            self.tracer = sys.gettrace()
            sys.settrace(None)
            self.steps.pause()
            if result is not None:
                value = (self.steps.watch.describe(result, shown=True),)
            del result
        except BaseException as e:
            self.tracer = sys.gettrace()
            sys.settrace(None)
            error = error_of(e, self.job.file)
            forget(e)
        self.restore_hook()
        self.steps.exit(self.names, value, error)
        return error

    def restore_hook(self) -> None:
        """Put the hooks back where the snippet removed them."""
        if getattr(builtins, HOOK, None) is not self.steps:
            setattr(builtins, HOOK, self.steps)

    def compiled(self, node: Any, bare: bool) -> Any:
        """A statement's code, with the positions it has in the whole."""
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            if bare:
                expression = ast.Expression(body=node.value)
                return compile(expression, self.job.file, "eval", self.flags, dont_inherit=True)
            module = ast.parse("")
            module.body = [node]
            return compile(module, self.job.file, "exec", self.flags, dont_inherit=True)

    # -------------------------------------------------------------------------------------------- claims

    def check(self, index: int, question: Question) -> ClaimChecked:
        """One claim."""
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                value = last_value(question.code, self.names)
        except BaseException as e:
            seen = "{}: {}".format(type(e).__name__, error_of(e, "").message)
            if question.kind == "raises" and question.match in seen:
                return ClaimChecked(self.job.id, index, True)
            return ClaimChecked(self.job.id, index, False, "raises " + seen)
        if question.kind == "raises":
            return ClaimChecked(self.job.id, index, False, "raises nothing")
        if question.kind == "warns":
            told = ["{}: {}".format(w.category.__name__, w.message) for w in caught]
            if any(question.match in text for text in told):
                return ClaimChecked(self.job.id, index, True)
            return ClaimChecked(self.job.id, index, False, "warns " + "; ".join(told) if told else "warns of nothing")
        truth = truth_of(value)
        if truth:
            return ClaimChecked(self.job.id, index, True)
        seen = "is False" if truth is False else "is {}, not a truth value".format(describe.bounded_repr(value, 200))
        return ClaimChecked(self.job.id, index, False, seen, self.sides(question.code))

    def sides(self, source: str) -> Tuple[Side, ...]:
        """The parts of a false comparison or call, each with what it is."""
        body = ast.parse(source.strip()).body
        node = getattr(body[-1], "value", None) if body else None
        parts: List[Any] = []
        if isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
        elif isinstance(node, ast.Call):
            parts = list(node.args)
        elif isinstance(node, ast.BoolOp):
            parts = list(node.values)
        out: List[Side] = []
        for part in parts[:4]:
            if part is None or not any(isinstance(n, ast.Name) for n in ast.walk(part)):
                continue
            text = text_of(source.strip(), part)
            try:
                value = eval(compile(ast.Expression(body=part), "<claim>", "eval"), self.names)
                out.append(Side(text, self.steps.watch.describe(value, shown=True)))
            except BaseException:
                continue
        return tuple(out)

    # ------------------------------------------------------------------------------------------ warnings

    def warn(self, message: Any, category: Any, filename: str, lineno: int, file: Any = None, line: Any = None) -> None:
        """In place of `warnings.showwarning`: to the step that is running, with the snippet's own line."""
        at = lineno if filename == self.job.file else 0
        frame: Any = sys._getframe(1)
        while frame is not None and not at:
            if frame.f_code.co_filename == self.job.file:
                at = frame.f_lineno
            frame = frame.f_back
        text = describe.clip(str(message), 1000)
        key = (category.__name__, text, at)
        self.warned[key] = self.warned.get(key, 0) + 1
        if self.warned[key] == 1:
            self.steps.warn(Warned(category.__name__, text, at))


# -------------------------------------------------------------------------------------------- surroundings


def prepare(job: Job) -> Dict[str, Any]:
    """A module of its own, as if the code were a file; seeds, device, and warnings that come every time."""
    module = sys.modules["__main__"] = types.ModuleType("__main__")
    module.__dict__.update(__file__=job.file, __builtins__=builtins)
    sys.argv = [job.file]
    linecache.cache[job.file] = (len(job.code), None, job.code.splitlines(True), job.file)
    random.seed(job.seed)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(job.seed % 2**32)
    torch.manual_seed(job.seed)
    if job.threads:
        torch.set_num_threads(job.threads)
    if hasattr(torch, "set_warn_always"):
        torch.set_warn_always(True)
    warnings.resetwarnings()
    warnings.simplefilter("default")
    warnings.simplefilter("ignore", ResourceWarning)
    if job.device != "cpu":
        if not hasattr(torch, "set_default_device"):
            raise RuntimeError(
                "torch {} cannot compute on {} by default (2.0 can)".format(torch.__version__, job.device)
            )
        torch.set_default_device(job.device)
    return module.__dict__


def memory(job: Job) -> int:
    """Peak memory so far, in bytes: of the CUDA device where the job computes there, else of the process."""
    if job.device.startswith("cuda"):
        return int(torch.cuda.max_memory_allocated())
    return system.peak()


def peak(job: Job) -> int:
    """The same, at the end."""
    try:
        return memory(job)
    except Exception:
        return 0


def last_value(source: str, names: Dict[str, Any]) -> Any:
    """Run statements; the value of the last one where it is an expression."""
    tree = ast.parse(source.strip(), "<claim>")
    value = None
    for node in tree.body:
        module = ast.parse("")
        if isinstance(node, ast.Expr):
            value = eval(compile(ast.Expression(body=node.value), "<claim>", "eval", dont_inherit=True), names)
        else:
            module.body = [node]
            exec(compile(module, "<claim>", "exec", dont_inherit=True), names)
            value = None
    return value


def truth_of(value: Any) -> bool | None:
    """A bool, or a one-element bool tensor or numpy bool; None for what is no truth value."""
    if isinstance(value, bool):
        return value
    if tensors.is_tensor(value) and str(value.dtype) in ("torch.bool", "torch.uint8") and value.numel() == 1:
        return bool(value.item())
    if type(value).__module__ == "numpy" and type(value).__name__ in ("bool_", "bool"):
        return bool(value)
    return None


def text_of(source: str, node: Any) -> str:
    """The source of a part of an expression."""
    segment = getattr(ast, "get_source_segment", None)
    found = segment(source, node) if segment is not None else None
    return found or "its part at column {}".format(getattr(node, "col_offset", 0) + 1)
