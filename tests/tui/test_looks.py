"""How it looks: two languages, five themes, few colours or none, plain characters, keys of one's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from tutor.catalogue.model import Lang
from tutor.tui.commands.looks import help_lines
from tutor.tui.keys import BY_ID, COMMANDS, keys_of, shown
from tutor.tui.screens.dialog import HANG, hung
from tutor.tui.themes import LOOKS
from tutor.tui.words import WORDS, say

from .driving import SHEET, Door, Reader
from .window import Window

CHINESE = re.compile("[\u4e00-\u9fff]")


# -------------------------------------------------------------------------------------------------- languages


async def test_a_key_puts_everything_into_the_other_language_at_once_and_that_is_kept(door: Door) -> None:
    async with door.opened("sums/rows", size=(200, 50)) as reader:
        await reader.ran()
        assert not CHINESE.search(reader.screen.replace("中文", ""))
        await reader.press("L")
        await reader.sees(
            "按行求和", "求和", "代码", "形状", "论断", "种子0", "已验证1/12", "2/2条论断成立", "按键", "完成"
        )
        await reader.settled()
        for words in ("Sum each row", "code ", "shapes", "claims", "finished", "proven", "seed", "strides"):
            assert words not in reader.screen
        assert reader.rows[0].endswith("中")
        assert door.settings["lang"] == "zh"
        await reader.press("L")
        await reader.sees("Sum each row", "2/2 claims hold")
        await reader.settled()
        assert not CHINESE.search(reader.screen.replace("中文", ""))
        await reader.press("L")
        await reader.sees("按行求和")

    async with door.opened("sums/rows") as reader:
        await reader.sees("按行求和")
    async with door.opened("sums/rows", lang="en") as reader:
        await reader.sees("Sum each row")


async def test_the_language_of_the_surroundings_is_the_first_one(door: Door) -> None:
    async with door.opened("sums/rows", locale="zh") as reader:
        await reader.sees("按行求和")


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("question_mark", ["按键", "移动", "运行", "修改代码", "再按u撤销"]),
        ("d", ["在哪里运行", "使用中", "此处没有：仅限Apple硬件", "只有形状，不做计算", "另一个Python"]),
        ("T", ["主题", "高对比度", "色盲友好"]),
        ("colon", ["命令", "按名称查找命令"]),
        ("w", ["把代码存为", "Enter确定   Esc关闭"]),
        ("O", [".py文件的路径"]),
    ],
)
async def test_every_box_is_in_chinese_too_with_no_character_lost(door: Door, key: str, told: list[str]) -> None:
    async with door.opened("sums/rows", size=(120, 60), lang="zh") as reader:
        await reader.ran()
        await reader.press(key)
        await reader.sees(*told)


def test_every_phrase_is_there_in_both_languages_with_the_same_gaps() -> None:
    gaps = {key: (en.replace("{s}", "").count("{"), zh.count("{")) for key, (en, zh) in WORDS.items() if en and zh}
    assert set(gaps) == set(WORDS)
    assert {key for key, (en, zh) in gaps.items() if en != zh} == set()


# ----------------------------------------------------------------------------------------------------- themes


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: str(look.name))
async def test_a_theme_is_tried_kept_and_remembered(door: Door, look: object) -> None:
    from tutor.tui.themes import Look

    assert isinstance(look, Look)
    async with door.opened("sums/rows") as reader:
        await reader.ran()
        await reader.press("T")
        await reader.sees("Theme")
        await reader.choose(look.en)
        await reader.until(lambda: reader.app.theme == look.name)
        await reader.press("enter")
        await reader.no_longer_sees("↑ ↓ try")
        await reader.settled()
        assert background(reader) == look.theme.background

    async with door.opened("sums/rows") as reader:
        await reader.ran()
        assert background(reader) == look.theme.background


def background(reader: Reader) -> str:
    """The background of an empty place of the page."""
    red, green, blue = re.findall(r"48;2;(\d+);(\d+);(\d+)", reader.terminal.colours(60, 30))[-1]
    return f"#{int(red):02x}{int(green):02x}{int(blue):02x}"


async def test_the_middle_of_a_picture_with_both_signs_is_like_the_ground_of_the_theme(
    door: Door, tmp_path: Path
) -> None:
    path = tmp_path / "signs.py"
    path.write_text("import torch\ntorch.tensor([[-2.0, 0.0], [0.0, 2.0]])\n")
    async with door.opened(files=(str(path),)) as reader:
        await reader.ran()
        await reader.press("G", "m")
        for look in (LOOKS[0], LOOKS[1]):
            await reader.press("T")
            await reader.choose(look.en)
            await reader.press("enter")
            await reader.until(lambda look=look: middle(reader, "-2.0") == (not look.theme.dark))  # type: ignore[misc]


def middle(reader: Reader, beside: str) -> bool:
    """Whether what stands beside a number of a picture is light."""
    details = reader.desk.details
    assert details is not None
    rows = range(details.region.y, details.region.bottom)
    at = next(((row.index(beside), y) for y, row in enumerate(reader.rows) if y in rows and beside in row), (0, 0))
    reds = re.findall(r"48;2;(\d+);\d+;\d+", reader.terminal.colours(at[0] + 7, at[1]))
    return bool(reds) and int(reds[-1]) > 127


async def test_a_theme_that_was_only_tried_is_taken_back(door: Door) -> None:
    async with door.opened("sums/rows") as reader:
        await reader.press("T")
        await reader.sees("Theme")
        await reader.choose("light")
        await reader.until(lambda: reader.app.theme != LOOKS[0].name)
        await reader.press("escape")
        await reader.until(lambda: reader.app.theme == LOOKS[0].name)
        assert "theme" not in door.settings


def test_without_colours_nothing_is_coloured_and_marks_tell_it_all(cold: Door) -> None:
    raw = written(cold, NO_COLOR="1", COLORTERM="truecolor")
    shades = set(re.findall(r"[34]8;2;(\d+);(\d+);(\d+)", raw))
    assert all(red == green == blue for red, green, blue in shades)
    assert not re.search(r"\x1b\[(?:[\d;]*;)?(?:[349][1-6]|[34]8;5;\d+)(?:;[\d;]*)?m", raw)


def test_in_256_colours_the_cursor_can_still_be_seen(cold: Door) -> None:
    raw = written(cold, COLORTERM="", TERM="xterm-256color")
    assert "8;2;" not in raw
    cursor = re.search(r"48;5;(\d+)m(?:\x1b\[[^m]*m)*\s*two = torch", raw)
    plain = re.search(r"48;5;(\d+)m(?:\x1b\[[^m]*m)*Two is not three", raw)
    assert cursor is not None
    assert plain is not None
    assert cursor[1] != plain[1]


def written(cold: Door, **surroundings: str) -> str:
    """All that the real program writes to its terminal until an entry has run."""
    cold.keep(welcomed=True)
    with Window(cold.home, "autograd/untrue", "--sheet", SHEET, "--trust", env=surroundings) as window:
        window.sees("✗ two is three", "✗ finished", "claims hold")
        return window.raw.decode("utf-8", "replace")


async def test_plain_characters_for_borders_and_marks(door: Door) -> None:
    async with door.opened("autograd/backward") as reader:
        await reader.ran()
        await reader.press("B")
        await reader.sees("plain characters", "ok   torch.equal(x.grad, 2 * x)")
        await reader.settled()
        assert reader.screen.replace("中文", "").isascii()
        assert door.settings["ascii"] is True
        for key in ("d", "T", "question_mark", "slash"):
            await reader.press(key)
            await reader.until(lambda: reader.app.screen is not reader.desk)
            await reader.settled()
            shown = reader.screen.replace("中文", "").translate(dict.fromkeys(map(ord, "↑↓←→…"), "-"))
            assert shown.isascii(), key
            await reader.press("escape")
            await reader.until(lambda: reader.app.screen is reader.desk)

    async with door.opened("autograd/backward") as reader:
        await reader.ran()
        assert reader.screen.replace("中文", "").isascii()


# --------------------------------------------------------------------------------------------------------- keys


async def test_the_help_has_every_command_with_its_keys(door: Door) -> None:
    async with door.opened("sums/rows", size=(120, 40)) as reader:
        await reader.press("question_mark")
        await reader.sees("Moving", "down", "the next line")
        seen = reader.screen
        for _ in range(8):
            await reader.press("pagedown")
            seen += reader.screen
        for command in COMMANDS:
            assert command.help_en.split(";")[0][:40] in seen
            assert shown(command.keys.split(",")[0]) in seen
        assert "ran, and every claim holds" in seen
        await reader.press("q")
        await reader.no_longer_sees("j k move   Esc closes")


def test_the_help_is_made_from_the_table() -> None:
    for lang in ("en", "zh"):
        text = "\n".join(line.plain for line in help_lines("zh" if lang == "zh" else "en", {"edit": "i,f4"}))
        for command in COMMANDS:
            assert command.help("zh" if lang == "zh" else "en") in text
        assert "i  F4" in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_long_line_of_the_help_goes_on_under_what_its_key_does(lang: Lang) -> None:
    for line in help_lines(lang, {}):
        first, *rest = hung(line, 60).plain.split("\n")
        if rest and first.startswith("  "):
            assert all(more.startswith(" " * HANG) and more[HANG] != " " for more in rest)
            assert first[HANG - 1] == " " != first[HANG]
        assert max(map(cell_len, (first, *rest))) <= 60


async def test_the_foot_shows_the_keys_of_where_one_is(door: Door) -> None:
    async with door.opened("sums/rows", size=(200, 50)) as reader:
        await reader.ran()
        for mood, key in (("page", "2"), ("contents", "1")):
            await reader.press(key)
            await reader.until(lambda mood=mood: reader.desk.mood == mood)  # type: ignore[misc]
            await reader.settled()
            for command in COMMANDS:
                if mood in command.moods and command.id != "language":
                    assert f"{shown(command.keys.split(',')[0])} {command.en}" in reader.rows[-1].replace("j/k", "j")
        await reader.press("e")
        await reader.in_editor()
        await reader.sees("Esc back", "F5 run", "F1 keys")


async def test_keys_of_ones_own(door: Door) -> None:
    (door.home / "config.yaml").write_text("keys:\n  edit: i, f4\n  language: '&'\n", encoding="utf-8")
    async with door.opened("sums/rows") as reader:
        await reader.ran()
        await reader.until(lambda: "i edit" in reader.rows[-1])
        await reader.press("e")
        await reader.settled()
        assert reader.desk.mood == "page"
        await reader.press("i")
        await reader.in_editor()
        await reader.press("escape")
        await reader.until(lambda: reader.desk.mood == "page")
        await reader.press("&")
        await reader.sees("按行求和")
        await reader.press("question_mark")
        await reader.sees("按键")
        assert keys_of(BY_ID["edit"], reader.desk.keymap) == ("i", "f4")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("keys:\n  eddit: i\n", "no command 'eddit': did you mean edit?"),
        ("keys:\n  edit: notakey\n", "edit: no key 'notakey'"),
        ("keys: [\n", "line 2: not valid YAML"),
        ("- edit\n", "write `keys:`"),
    ],
)
async def test_a_fault_in_the_keys_is_told_and_the_others_stay(door: Door, written: str, told: str) -> None:
    (door.home / "config.yaml").write_text(written, encoding="utf-8")
    async with door.opened("sums/rows", size=(80, 24)) as reader:
        await reader.sees(told)
        await reader.press("escape")
        await reader.no_longer_sees(told)
        await reader.ran()
        await reader.press("e")
        await reader.in_editor()


@pytest.mark.parametrize(
    ("key", "as_it_is_known"),
    [
        ("ampersand", "&"),
        ("minus", "-"),
        ("at", "@"),
        ("delete", "delete"),
        ("G", "G"),
        ("f10", "F10"),
        ("ctrl+x", "Ctrl-X"),
    ],
)
def test_a_key_is_shown_as_its_reader_knows_it(key: str, as_it_is_known: str) -> None:
    assert shown(key) == as_it_is_known


async def test_the_faults_in_the_keys_are_all_told_at_any_width_in_the_language_of_the_reader(door: Door) -> None:
    (door.home / "config.yaml").write_text("keys:\n  eddit: i\n  find: notakey\n", encoding="utf-8")
    async with door.opened("sums/rows", size=(60, 20), lang="zh") as reader:
        await reader.sees(
            "自定义按键的文件有错误", "第2行：没有命令'eddit'：是否想写edit？", "第3行：find：没有按键'notakey'"
        )
        await reader.press("L")
        await reader.sees("line 2: no command 'eddit': did you mean edit?", "line 3: find: no key 'notakey'")
        await reader.press("j")
        await reader.no_longer_sees("line 2: no command")
        assert reader.app.session.lang == "en"


async def test_a_first_start_with_faults_in_the_keys_shows_both(door: Door) -> None:
    (door.home / "config.yaml").write_text("keys:\n  eddit: i\n", encoding="utf-8")
    door.keep(welcomed=False)
    async with door.opened("sums/rows", size=(80, 24)) as reader:
        await reader.sees("line 2: no command 'eddit'")
        await reader.press("L", "space")
        await reader.sees(say("welcome title", "zh"))
        await reader.press("space")
        await reader.until(lambda: reader.app.screen is reader.desk)
