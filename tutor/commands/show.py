"""`torch-tutor show ENTRY`: an entry as it is written."""

from __future__ import annotations

import argparse

from rich.console import Console, Group
from rich.text import Text

from tutor.catalogue.model import Claim, Entry
from tutor.commands.paper import console
from tutor.commands.surroundings import catalogue, entries, language
from tutor.render import page
from tutor.render.clean import clean
from tutor.render.layout import Sheet, indented, wrapped
from tutor.render.pitfalls import pitfall_lines
from tutor.render.words import label, word


def main(args: argparse.Namespace) -> int:
    """Print entries without running them."""
    chosen = entries(catalogue(args), args.selectors)
    out = console(args)
    sheet = Sheet(out.width, language(args), args.plain)
    for entry in chosen:
        show(entry, sheet, out)
    return 0


def claimed(claim: Claim, sheet: Sheet) -> Group:
    """What a claim says, and under it the code that proves it."""
    says = [Text(clean(claim.says.in_(sheet.lang)))] if claim.says else []
    kind = "" if claim.kind == "expr" else label(f"claim {claim.kind}", sheet.lang)
    code = Text(kind + clean(claim.code.strip()), style="dim")
    first, *rest = [*says, *code.split("\n")]
    head = wrapped(Text("- ").append_text(first), sheet.width - 4)
    return Group(head, *(indented(wrapped(line, sheet.width - 8), 4) for line in rest))


def show(entry: Entry, sheet: Sheet, out: Console) -> None:
    """One entry."""
    out.print(page.title(entry, sheet))
    for part in page.introduction(entry, sheet):
        out.print(part)
    out.print()
    if entry.setup:
        out.print(Text(word("setup", sheet.lang), style="dim"))
        out.print(indented(page.code_block(entry.setup), 2))
    out.print(Text(word("now", sheet.lang), style="bold green"))
    out.print(indented(page.code_block(entry.code), 2))
    out.print(Text(word("claims", sheet.lang), style="bold"))
    for claim in entry.claims:
        out.print(indented(claimed(claim, sheet), 2))
    if entry.then:
        out.print(page.then_heading(entry.then, sheet))
        out.print(indented(page.code_block(entry.then.code), 2))
        out.print(page.then_changed(entry.then, sheet))
    if entry.pitfalls:
        out.print()
        out.print(Text(word("pitfalls", sheet.lang), style="bold"))
    for pitfall in entry.pitfalls:
        for part in pitfall_lines(pitfall, None, None, sheet):
            out.print(part)
        out.print()
    for link in page.links(entry, sheet):
        out.print(link, soft_wrap=True)
    out.print()
