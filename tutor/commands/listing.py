"""`torch-tutor list`: the table of contents. Imports nothing that takes time."""

from __future__ import annotations

import argparse

from tutor.catalogue import contents
from tutor.catalogue.place import shipped
from tutor.commands.surroundings import catalogue, cells, coloured, entries, fit, language, width
from tutor.render.clean import clean
from tutor.render.words import word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.catalogue.contents import Line, SectionLines
    from tutor.catalogue.model import Lang


def main(args: argparse.Namespace) -> int:
    """Print the sections, groups and entries, or some of them."""
    lang = language(args)
    sections = contents.read(args.sheet or shipped())
    if args.selectors:
        chosen = {e.id for e in entries(catalogue(args), args.selectors)}
        for group in (g for s in sections for g in s["groups"]):
            group["entries"] = [e for e in group["entries"] if e["id"] in chosen]
    for line in lines(sections, lang, width(), coloured() and not args.plain):
        print(line)
    return 0


def lines(sections: list[SectionLines], lang: Lang, columns: int, colour: bool) -> list[str]:
    """The listing as lines."""
    bold, dim, off = ("\x1b[1m", "\x1b[2m", "\x1b[0m") if colour else ("", "", "")
    out: list[str] = []
    left = max((len(e["id"]) for s in sections for g in s["groups"] for e in g["entries"]), default=0) + 4
    for section in sections:
        groups = [g for g in section["groups"] if g["entries"]]
        count = sum(len(g["entries"]) for g in groups)
        if not count:
            continue
        out += ["", f"{bold}{section['id']}{off}  {clean(section['title'][lang])}  {dim}{count}{off}"]
        for group in groups:
            if group["id"]:
                out.append(f"  {dim}{section['id']}/{group['id']}  {clean(group['title'][lang])}{off}")
            out += [_entry(e, lang, columns, left, (dim, off)) for e in group["entries"]]
    return out[1:]


def _entry(e: Line, lang: Lang, columns: int, left: int, styles: tuple[str, str]) -> str:
    dim, off = styles
    mark = f"0.3.0: {word(e['today'], lang)}" if e["today"] not in ("", "works") else ""
    room = columns - left - cells(mark) - 4
    if room <= 10:
        mark, room = "", columns - left - 4
    title = clean(e["title"][lang])
    title = fit(title, room) if room > 10 else title
    return f"    {e['id'].ljust(left - 2)}{title}  {dim}{mark}{off}".rstrip()
