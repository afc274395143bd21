"""Measures how sharp the sheet's claims are: breaks each entry's code on purpose, and sees whether a claim notices.

`torch-tutor check` says that every claim holds. It cannot say that a claim would fail if what it says were wrong: a
claim that holds whatever the code does proves nothing. So this makes mutants of an entry's code, each with one small
change (a constant, an operator, a call left out, a function of a similar name, an argument dropped), runs them with
the entry's claims, and names the claims that stand in every mutant. `-v` also shows the mutants that nobody noticed.

    python scripts/mutate.py [-v] [SELECTOR ...]

A claim whose mutants partly raise is not suspicious: the code did not get as far as to be wrong. Nor is one about an
error or a warning, which most mutants leave as it is. Both are told with `-v`. A statement that only shows something is
not mutated: no claim can refer to what it shows.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import copy
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tutor.catalogue import Claim, Entry, read, shipped
from tutor.catalogue.select import select
from tutor.check import ended_well, traced
from tutor.jobs import Manner, now_job
from tutor.launch import here, interpreter
from tutor.runner import Runner

MOST = 12  # mutants of an entry
LIMIT = 20.0  # seconds for a mutant: some never end

PAIRS = (
    "max min, amax amin, argmax argmin, ones zeros, ones_ zeros_, ones_like zeros_like, sum mean, std var, add mul, "
    "add_ mul_, rand randn, exp log, sqrt square, sigmoid tanh, relu tanh, floor ceil, round trunc, fmod remainder, "
    "abs neg, stack cat, expand repeat, detach clone, no_grad enable_grad, float double, float32 float64, int32 int64, "
    "uniform_ normal_, squeeze clone, unsqueeze squeeze, flip roll, zero_ exp_, eye ones, full full_like, copy view, "
    "ReLU Tanh, Sigmoid Tanh, Softmax LogSoftmax, PReLU LeakyReLU, MaxPool2d AvgPool2d, "
    "AdaptiveMaxPool2d AdaptiveAvgPool2d, MaxPool1d AvgPool1d, MaxPool3d AvgPool3d, max_pool2d avg_pool2d, "
    "BatchNorm2d InstanceNorm2d, Dropout Dropout2d, RNN GRU, LSTM GRU, RNNCell GRUCell, L1Loss MSELoss, "
    "NLLLoss CrossEntropyLoss, SGD Adam, Adamax Adam, Adagrad RMSprop, Adadelta Adagrad, from_numpy tensor, "
    "xavier_normal_ xavier_uniform_, kaiming_normal_ kaiming_uniform_, kaiming_normal_ xavier_normal_, "
    "xavier_normal_ kaiming_normal_, trunc_normal_ normal_, t clone, T mT"
)
NEAR: dict[str, list[str]] = {}
"""Names that one might have written instead."""
for _pair in PAIRS.split(", "):
    _a, _b = _pair.split()
    NEAR.setdefault(_a, []).append(_b)
    NEAR.setdefault(_b, []).append(_a)

OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
}
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
EFFECTS = ("backward", "step", "save", "zero_grad", "manual_seed", "append", "retain_grad", "load_state_dict", "eval")
Change = Callable[[ast.AST], None]
"""A change in place of a node of a copied tree."""


@dataclass(frozen=True)
class Mutant:
    """An entry's code with one change."""

    code: str
    what: str
    """The lines that differ: `before -> after`."""


@dataclass
class Tally:
    """What became of one claim in the mutants of its entry."""

    ran: int = 0
    stood: int = 0
    raised: int = 0


@dataclass(frozen=True)
class Result:
    """One entry, in all its mutants."""

    entry: Entry
    tallies: tuple[Tally, ...]
    mutants: int
    raised: int
    caught: int
    """Of those that ran: by at least one claim."""
    unnoticed: tuple[str, ...]

    @property
    def standing(self) -> list[tuple[Claim, Tally]]:
        """The claims that stand in every mutant that ran."""
        return [(c, t) for c, t in zip(self.entry.claims, self.tallies, strict=True) if t.ran and t.stood == t.ran]

    @property
    def suspicious(self) -> list[Claim]:
        """The claims about values that stand in every mutant there is."""
        return [c for c, t in self.standing if c.kind == "expr" and not t.raised]


# ---------------------------------------------------------------------------------------------- mutants


def mutants(code: str) -> list[Mutant]:
    """At most MOST mutants of a code, spread evenly over all there are."""
    tree = ast.parse(code)
    whole = ast.unparse(tree)
    found: dict[str, Mutant] = {}
    for place, change in places(tree):
        other = copy.deepcopy(tree)
        change(list(ast.walk(other))[place])
        text = ast.unparse(ast.fix_missing_locations(other))
        if text != whole:
            found.setdefault(text, Mutant(text, difference(whole, text)))
    every = list(found.values())
    if len(every) <= MOST:
        return every
    return [every[i * len(every) // MOST] for i in range(MOST)]


def places(tree: ast.Module) -> Iterator[tuple[int, Change]]:
    """Where a tree can be changed, and how: the position of a node in `ast.walk`, and the change."""
    spared = {id(node) for statement in tree.body if only_shows(statement) for node in ast.walk(statement)}
    for i, node in enumerate(ast.walk(tree)):
        if id(node) not in spared:
            for change in changes(node):
                yield i, change


def only_shows(statement: ast.stmt) -> bool:
    """Whether a statement shows a value and does nothing else."""
    if not isinstance(statement, ast.Expr):
        return False
    called = [n.func.attr for n in ast.walk(statement) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
    return not any(name in EFFECTS or name.endswith("_") for name in called)


def changes(node: ast.AST) -> Iterator[Change]:
    """All changes of one node."""
    if isinstance(node, ast.Constant):
        yield from of_constant(node)
    elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in OPERATORS:
        yield setting("op", OPERATORS[type(node.op)]())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield setting("op", ast.UAdd())
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        yield setting("ops", [COMPARISONS[type(node.ops[0])](), *node.ops[1:]])
    elif isinstance(node, ast.Attribute):
        yield from (setting("attr", name) for name in NEAR.get(node.attr, ()))
    elif isinstance(node, ast.Call):
        for k in range(len(node.keywords)):
            yield setting("keywords", node.keywords[:k] + node.keywords[k + 1 :])
    yield from of_block(node)


def of_constant(node: ast.Constant) -> Iterator[Change]:
    """A number one up, a truth value the other way round."""
    if isinstance(node.value, bool):
        yield setting("value", not node.value)
    elif isinstance(node.value, int | float):
        yield setting("value", node.value + 1)


def of_block(node: ast.AST) -> Iterator[Change]:
    """A call that is a statement of its own, left out."""
    body = getattr(node, "body", None)
    if isinstance(body, list):
        for k, statement in enumerate(body):
            call = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
            if call and not (isinstance(node, ast.Module) and only_shows(statement)):
                yield setting("body", [*body[:k], ast.Pass(), *body[k + 1 :]])


def setting(name: str, value: object) -> Change:
    """The change that sets a field. What is set belongs to the tree it was read from, which is never run itself."""
    return lambda node: setattr(node, name, copy.deepcopy(value))


def difference(before: str, after: str) -> str:
    """The lines that differ."""
    pairs = zip(before.splitlines(), after.splitlines(), strict=False)
    return "; ".join(f"{a.strip()} -> {b.strip()}" for a, b in pairs if a != b)


# ------------------------------------------------------------------------------------------------- runs


async def measured(entry: Entry, runner: Runner, gate: asyncio.Semaphore) -> Result:
    """All mutants of an entry, run."""
    tallies = tuple(Tally() for _ in entry.claims)
    every = mutants(entry.code)
    held = await asyncio.gather(*(holding(entry, m, i, runner, gate) for i, m in enumerate(every)))
    caught, unnoticed = 0, []
    for mutant, holds in zip(every, held, strict=True):
        for tally, holds_now in zip(tallies, holds or [False] * len(tallies), strict=True):
            tally.ran += holds is not None
            tally.raised += holds is None
            tally.stood += holds_now
        if holds is not None:
            caught += not all(holds)
            if all(holds):
                unnoticed.append(mutant.what)
    return Result(entry, tallies, len(every), sum(h is None for h in held), caught, tuple(unnoticed))


async def holding(
    entry: Entry, mutant: Mutant, number: int, runner: Runner, gate: asyncio.Semaphore
) -> list[bool] | None:
    """Which claims hold in a mutant; None if it did not run to its end."""
    job = now_job(replace(entry, code=mutant.code), Manner(timeout=min(entry.timeout, LIMIT), threads=1))
    async with gate:
        trace = await traced(runner, replace(job, id=f"{entry.id}#{number}", trace=False))
    if not ended_well(trace):
        return None
    told = {c.index: c.holds for c in trace.claims}
    return [told.get(i, False) for i in range(len(entry.claims))]


async def run(entries: tuple[Entry, ...], python: str | None) -> list[Result]:
    """All entries."""
    gate = asyncio.Semaphore(os.cpu_count() or 2)
    async with Runner(interpreter(python) if python else here()) as runner:
        return await asyncio.gather(*(measured(entry, runner, gate) for entry in entries))


# ----------------------------------------------------------------------------------------------- report


def report(results: list[Result], verbose: bool) -> None:
    """Suspicious claims, totals of each section, and the share of mutants caught."""
    for result in results:
        for claim, tally in result.standing:
            code = claim.code.strip().splitlines()[-1]
            if claim in result.suspicious:
                print(f"{result.entry.id}: SUSPICIOUS, stands in all {tally.ran}: {code}")
            elif verbose:
                print(f"{result.entry.id}: stands in all {tally.ran} but {tally.raised} raised: {claim.kind} {code}")
        for what in result.unnoticed if verbose else ():
            print(f"{result.entry.id}: unnoticed: {what}")
    print()
    for section in dict.fromkeys(r.entry.section for r in results):
        print(f"{section:14} {totals([r for r in results if r.entry.section == section])}")
    print(f"{'all':14} {totals(results)}")


def totals(results: list[Result]) -> str:
    """One line on some entries."""
    mutants = sum(r.mutants for r in results)
    raised, caught = sum(r.raised for r in results), sum(r.caught for r in results)
    ran, claims = mutants - raised, sum(len(r.entry.claims) for r in results)
    suspicious = sum(len(r.suspicious) for r in results)
    share = f"{100 * (raised + caught) / mutants:.1f} %" if mutants else "-"
    of_run = f"{100 * caught / ran:.1f} %" if ran else "-"
    return (
        f"{len(results):3} entries, {claims:3} claims, {suspicious:2} suspicious; "
        f"{mutants:4} mutants: {raised} raised, {caught} of the other {ran} caught by a claim ({of_run}); "
        f"{share} caught in all"
    )


def main() -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(description="mutate entries, and see whether their claims notice")
    parser.add_argument("selectors", nargs="*", help="sections, groups or entries; all if there are none")
    parser.add_argument("-v", "--verbose", action="store_true", help="show the mutants that no claim noticed")
    parser.add_argument("--python", help="another interpreter with torch")
    parser.add_argument("--sheet", default=shipped(), help="another sheet")
    args = parser.parse_args()
    sheet = read(args.sheet)
    entries = select(sheet, args.selectors) if args.selectors else tuple(sheet)
    report(asyncio.run(run(entries, args.python)), args.verbose)


if __name__ == "__main__":
    main()
