"""Commands about how things look, and the way out."""

from __future__ import annotations

from rich.text import Text

from tutor.tui.keys import COMMANDS, GROUPS, Command, keys_of, shown
from tutor.tui.scene import RowTarget
from tutor.tui.screens.dialog import Choice, Sheet, ThemeMenu
from tutor.tui.themes import LOOKS
from tutor.tui.widgets.contents import GLYPHS, TODAY
from tutor.tui.widgets.details import shown_pictures
from tutor.tui.words import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.catalogue.model import Lang
    from tutor.tui.screens.desk import Desk


def language(desk: Desk) -> None:
    """Everything in the other language."""
    desk.use_language("en" if desk.session.lang == "zh" else "zh")


def theme(desk: Desk) -> None:
    """Choose colours, trying them."""
    lang, before = desk.session.lang, desk.app.theme

    def chosen(name: str | None) -> None:
        desk.app.theme = name or before
        if name:
            desk.session.store.keep("theme", name)

    choices = [Choice(look.name, Text(look.zh if lang == "zh" else look.en)) for look in LOOKS]
    menu = ThemeMenu(lang, say("theme title", lang), say("theme keys", lang), choices, before, desk.session.ascii)
    desk.app.push_screen(menu, chosen)


def ascii(desk: Desk) -> None:
    """Plain characters, or the others."""
    desk.use_ascii(not desk.session.ascii)
    desk.tell("ascii on" if desk.session.ascii else "ascii off")


def picture(desk: Desk) -> None:
    """The next picture of the statement, and after the last one its facts."""
    detail = desk.detail()
    offered = shown_pictures(detail.step, detail.trace)
    if offered:
        _show_picture(desk, (desk.picture + 1) % (len(offered) + 1))
    else:
        desk.tell("no pictures")


def curve(desk: Desk) -> None:
    """The curve of the loop under the cursor, or of the first one; and then its other scale."""
    detail = desk.detail()
    if detail.trace is not None and (detail.step is None or not detail.step.series):
        loop = next((step for step in detail.trace.steps if step.series), None)
        if loop is not None and desk.page.point(RowTarget(loop.id, loop.line)):
            detail = desk.detail()
    kinds = [picture.kind for picture in shown_pictures(detail.step, detail.trace)]
    if "series" not in kinds:
        desk.tell("no curve")
        return
    number = kinds.index("series") + 1
    _show_picture(desk, number, desk.picture_page + 1 if desk.picture == number else 0)


def _show_picture(desk: Desk, number: int, page: int = 0) -> None:
    desk.picture, desk.picture_page = number, page
    if number and (desk.details is None or not desk.details.display):
        desk.toggle_details()
    desk.update_details()


def slice_next(desk: Desk) -> None:
    """The next page of a picture."""
    desk.picture_page += 1
    desk.update_details()


def slice_previous(desk: Desk) -> None:
    """The page before."""
    desk.picture_page -= 1
    desk.update_details()


def zoom(desk: Desk) -> None:
    """The pane alone."""
    desk.zoomed = not desk.zoomed
    desk.rearrange()


def help(desk: Desk) -> None:
    """All keys."""
    lang = desk.session.lang
    screen = Sheet(
        lang,
        say("help title", lang),
        say("help keys", lang),
        help_lines(lang, desk.keymap, desk.session.ascii),
        desk.session.ascii,
    )
    desk.app.push_screen(screen)


def help_lines(lang: Lang, keymap: dict[str, str], ascii: bool = False) -> list[Text]:
    """The help, made from the table of commands."""
    heads = {first: (zh if lang == "zh" else en) for first, en, zh in GROUPS}
    lines: list[Text] = []
    for command in COMMANDS:
        if command.id in heads:
            lines += [Text(), Text(heads[command.id], "bold")] if lines else [Text(heads[command.id], "bold")]
        lines.append(_line(command, lang, keymap))
    lines += [Text(), Text(say("help marks", lang), "bold")]
    for state, (glyph, plain, style) in GLYPHS.items():
        marks = [(f"{plain}  ", style)] if ascii else [(f"{glyph} ", style), (f"{plain}  ", "dim")]
        lines.append(Text.assemble("  ", *marks, say(f"mark {state}", lang)))
    for today, (glyph, plain, style) in TODAY.items():
        mark = f"{plain}  " if ascii else f"{glyph}    "
        lines.append(Text.assemble("  ", (mark, style), say(f"mark then {today}", lang)))
    from tutor.tui.config import path

    lines += [Text(), Text(say("help more", lang, path()), style="dim")]
    return lines


def _line(command: Command, lang: Lang, keymap: dict[str, str]) -> Text:
    keys = "  ".join(shown(key) for key in keys_of(command, keymap))
    text = Text.assemble("  ", (keys.ljust(20), "bold cyan"), " ")
    text.append(command.label(lang)).append("：" if lang == "zh" else ": ").append(command.help(lang))
    return text.append(f"  {command.id}", "dim")


def suspend(desk: Desk) -> None:
    """Back to the shell, where there is one; runs go on."""
    desk.keep()
    desk.app.action_suspend_process()


def quit(desk: Desk) -> None:
    """Keep what is to be kept, and leave."""
    desk.leave()
