"""The pictures of the READMEs: the app, and what `torch-tutor run` prints, both taken from the real thing as it runs.

`python -m scripts.pictures` writes them to docs/, each in both languages. They load nothing from elsewhere: the text is
drawn in whatever monospaced font the viewer has, and every piece is held at its columns.
"""

from __future__ import annotations

import asyncio
import html
import io
import os
import re
import sys
import tempfile
from itertools import groupby
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console

from tutor.catalogue.model import Lang
from tutor.catalogue.place import shipped
from tutor.cli import parser
from tutor.commands.run import Show, entries_for
from tutor.launch import here
from tutor.runner import Runner
from tutor.tui.app import TutorApp, Wishes
from tutor.tui.store import Store

DOCS = Path(__file__).resolve().parents[1] / "docs"
LANGS: dict[Lang, str] = {"en": "", "zh": ".zh"}
"""Languages, and what stands in the names of their pictures."""
ENTRY = "autograd/backward"
SIZE = (132, 37)  # columns and rows of the app
WIDTH = 120  # columns of what `run` prints
CELL = 12.2  # what Rich takes for the width of a column
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, Noto Sans Mono CJK SC, monospace"
TEMPLATE = f"""\
<svg viewBox="0 0 {{width}} {{height}}" xmlns="http://www.w3.org/2000/svg">
<style>
.{{unique_id}}-matrix {{{{ font-family: {FONTS}; font-size: {{char_height}}px; white-space: pre; }}}}
.{{unique_id}}-title {{{{ font: bold 18px sans-serif; }}}}
{{styles}}
</style>
<defs>
<clipPath id="{{unique_id}}-clip-terminal">
<rect x="0" y="0" width="{{terminal_width}}" height="{{terminal_height}}"/>
</clipPath>
</defs>
{{chrome}}
<g transform="translate({{terminal_x}}, {{terminal_y}})" clip-path="url(#{{unique_id}}-clip-terminal)">
{{backgrounds}}
<g class="{{unique_id}}-matrix">
{{matrix}}
</g>
</g>
</svg>
"""
TEXT = re.compile(
    r'<text class="(?P<kind>[^"]*)" x="(?P<x>[^"]*)" (?P<y>y="[^"]*") textLength="[^"]*"[^>]*>(?P<of>[^<]*)<'
)


def main() -> int:
    """Make every picture."""
    DOCS.mkdir(exist_ok=True)
    for lang, mark in LANGS.items():
        for name, made in (("app", app(lang)), ("autograd", printed(lang))):
            path = DOCS / f"{name}{mark}.svg"
            path.write_text(asyncio.run(made), encoding="utf-8")
            print(path.relative_to(DOCS.parent), os.path.getsize(path), "bytes")
    return 0


async def app(lang: Lang) -> str:
    """The app on the entry, once its run is over, as an SVG image."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder)
        store.keep("welcomed", True)
        shown = TutorApp(Wishes(shipped(), entry=ENTRY, lang=lang), store)
        async with shown.run_test(size=SIZE) as pilot:
            while (found := shown.session.outcome(ENTRY)) is None or not found.trace.studies:  # it is looked at twice
                await pilot.pause(0.05)
            for key in ("2", *["down"] * 2):
                await pilot.press(key)
            await pilot.pause()
            out = Console(
                record=True,
                width=SIZE[0],
                height=SIZE[1],
                file=io.StringIO(),
                force_terminal=True,
                color_system="truecolor",
                legacy_windows=False,
                safe_box=False,
            )
            out.print(shown.screen._compositor.render_update(full=True))
    return placed(out.export_svg(title="torch-tutor", code_format=TEMPLATE, unique_id="a"))


async def printed(lang: Lang) -> str:
    """One run of the entry as an SVG image."""
    args = parser().parse_args(["run", ENTRY, "--lang", lang])
    out = Console(
        record=True,
        width=WIDTH,
        file=io.StringIO(),
        color_system="truecolor",
        safe_box=False,
        markup=False,
        emoji=False,
        highlight=False,
    )
    (entry,) = entries_for(args)
    async with Runner(here()) as runner:
        if not await Show(entry, args, out, runner).run():
            raise SystemExit(f"{ENTRY} does not run well: the picture would show it")
    title = f"torch-tutor run {ENTRY}" + (f" --lang {lang}" if lang != "en" else "")
    return placed(out.export_svg(title=title, code_format=TEMPLATE, unique_id="t"))


def placed(svg: str) -> str:
    """Each piece of text at the columns it takes in a terminal: Rich measures Chinese as half as wide as it is."""
    return TEXT.sub(lambda found: pieces(found["kind"], float(found["x"]), found["y"], found["of"]), svg) + "\n"


def pieces(kind: str, x: float, y: str, escaped: str) -> str:
    """One text element as several: wide characters apart from the others, blanks at the ends left out."""
    out = []
    for wide, group in groupby(html.unescape(escaped).replace("\xa0", " "), lambda char: cell_len(char) == 2):
        run = "".join(group)
        start = x + (len(run) - len(run.lstrip())) * CELL
        shown = html.escape(run.strip(), quote=False).replace(" ", "\xa0")
        x += cell_len(run) * CELL
        if wide:  # each where its columns begin, for viewers that know no textLength
            each = (f'<tspan x="{start + 2 * i * CELL:g}">{char}</tspan>' for i, char in enumerate(shown))
            out.append(f'<text class="{kind}" {y}>{"".join(each)}</text>')
        elif shown:
            place = f'x="{start:g}" {y} textLength="{len(run.strip()) * CELL:g}"'
            out.append(f'<text class="{kind}" {place}>{shown}</text>')
    return "\n".join(out)


if __name__ == "__main__":
    sys.exit(main())
