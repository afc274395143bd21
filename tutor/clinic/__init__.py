"""The error clinic: a failed run as a diagnosis, with edits that may mend it.

A function of a source and its trace. It runs nothing and shows nothing: `tutor.remedy` tries the edits, `tutor.render`
shows what came of it.
"""

from __future__ import annotations

from tutor.clinic import (
    attention,
    attributes,
    backward,
    conversions,
    cut,
    data,
    dtypes,
    functions,
    indexing,
    joins,
    layers,
    leaving,
    losses,
    modules,
    names,
    norms,
    optimizing,
    picking,
    places,
    products,
    recurrent,
    shapes,
    syntax,
    writes,
)
from tutor.clinic.case import Case
from tutor.clinic.model import Diagnosis, Edit, Fix, Operand, apply
from tutor.clinic.rules import Rule
from tutor.trace import Trace

RULES: tuple[Rule, ...] = (
    *losses.RULES,
    *writes.RULES,
    *functions.RULES,
    *recurrent.RULES,
    *attention.RULES,
    *norms.RULES,
    *layers.RULES,
    *products.RULES,
    *shapes.RULES,
    *data.RULES,
    *joins.RULES,
    *places.RULES,
    *dtypes.RULES,
    *cut.RULES,
    *backward.RULES,
    *leaving.RULES,
    *indexing.RULES,
    *picking.RULES,
    *conversions.RULES,
    *optimizing.RULES,
    *modules.RULES,
    *attributes.RULES,
    *names.RULES,
    *syntax.RULES,
)
"""In the order in which they are asked: the narrower ones first."""


def diagnose(source: str, trace: Trace) -> Diagnosis | None:
    """What went wrong in a run of `source`: None where nothing did, or where nothing more is known than the error itself.
    An error that no rule knows has its operands, where the failing expression has any."""
    error = trace.error
    if error is None or (trace.finished is not None and trace.finished.outcome not in ("raised", "finished")):
        return None
    case = Case(source, trace, error)
    for rule in RULES:
        found = rule.diagnosis(case)
        if found is not None:
            return found
    if not case.operands:
        return None
    return Diagnosis("", case.line, case.text(case.node) if case.node is not None else "", case.operands)


__all__ = ["RULES", "Case", "Diagnosis", "Edit", "Fix", "Operand", "Rule", "apply", "diagnose"]
