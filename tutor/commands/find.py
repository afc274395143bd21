"""`torch-tutor search WORDS`."""

from __future__ import annotations

import argparse
import sys

from tutor.catalogue.search import search
from tutor.commands.surroundings import catalogue, cells, coloured, fit, language, width
from tutor.render.clean import clean
from tutor.render.words import label, word


def main(args: argparse.Namespace) -> int:
    """Print the entries found, best first, each with the place where it was found."""
    sheet, lang = catalogue(args), language(args)
    words = " ".join(args.words)
    hits = search(sheet, words, args.limit, lang)
    if not hits:
        print("torch-tutor: " + clean(word("nothing found", lang, words)), file=sys.stderr)
        return 1
    colour = coloured() and not args.plain
    bold, dim, off = ("\x1b[1m", "\x1b[2m", "\x1b[0m") if colour else ("", "", "")
    left = max(len(h.entry.id) for h in hits) + 2
    indent = left if width() - left >= 60 else 4
    for hit in hits:
        print(f"{bold}{hit.entry.id.ljust(left)}{off}{clean(hit.entry.title.in_(lang))}")
        if hit.where not in ("id", "title"):
            start, end = hit.span
            text = hit.excerpt
            before, found, after = clean(text[:start]), clean(text[start:end]), clean(text[end:])
            where = label(f"found in {hit.where}", lang)
            room = width() - indent - cells(where) - cells(found)
            before, after = around(before, after, max(room, 0))
            print(f"{' ' * indent}{dim}{where}{before}{bold}{found}{off}{dim}{after}{off}")
    return 0


def around(before: str, after: str, room: int) -> tuple[str, str]:
    """The ends of an excerpt that are next to what was found, cut so that they fit together."""
    if cells(before) + cells(after) <= room:
        return before, after
    left = max(min(cells(before), room // 2), room - cells(after))
    return cut(before[::-1], left)[::-1], cut(after, room - left)


def cut(text: str, columns: int) -> str:
    """The text up to so many columns, with a mark where something is missing."""
    return text if cells(text) <= columns else fit(text, columns).rstrip() if columns > 0 else ""
