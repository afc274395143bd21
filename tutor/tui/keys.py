"""The one table of commands: bindings, footer, help and palette are all made from it. Data only.

Keys are single letters and F-keys, which arrive in tmux, VS Code and Windows Terminal alike. A reader's configuration
may name others by a command's id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tutor.catalogue.model import Lang

Place = Literal["list", "desk", "editor"]
"""list: in everything that has a cursor; desk: anywhere but in the editor; editor: also while typing."""
Mood = Literal["contents", "page", "details", "editor"]
"""Where the reader is: what the footer speaks of."""


@dataclass(frozen=True)
class Command:
    """Something a reader can do."""

    id: str
    keys: str
    """Textual's names, the one shown first; separated by commas."""
    place: Place
    en: str
    zh: str
    """In a word or two, for the footer."""
    help_en: str
    help_zh: str
    moods: tuple[Mood, ...] = ()
    """Where the footer shows it."""

    def label(self, lang: Lang) -> str:
        """In a word or two."""
        return self.zh if lang == "zh" else self.en

    def help(self, lang: Lang) -> str:
        """In a sentence."""
        return self.help_zh if lang == "zh" else self.help_en


def _c(id: str, keys: str, place: Place, words: str, zh_words: str, *moods: Mood) -> Command:
    en, help_en = words.split(": ", 1)
    zh, help_zh = zh_words.split("：", 1)
    return Command(id, keys, place, en, zh, help_en, help_zh, moods)


# fmt: off
COMMANDS: tuple[Command, ...] = (
    # moving
    _c("down", "j,down", "list", "down: the next line", "下移：下一行", "contents", "page"),
    _c("up", "k,up", "list", "up: the line before", "上移：上一行"),
    _c("top", "g,home", "list", "top: the first line", "顶部：第一行"),
    _c("bottom", "G,end", "list", "bottom: the last line", "底部：最后一行"),
    _c("page_down", "pagedown,ctrl+d,space", "list", "page down: a screenful further", "下翻：下翻一屏"),
    _c("page_up", "pageup,ctrl+u", "list", "page up: a screenful back", "上翻：上翻一屏"),
    _c("left", "h,left", "list", "left: fold the heading, or go to the contents", "向左：折叠标题，或回到目录"),
    _c("right", "l,right", "list", "right: unfold the heading, or go to the entry", "向右：展开标题，或进入条目"),
    _c("choose", "enter", "list", "open: open what the cursor is on", "打开：打开光标所在的一项", "contents", "page"),
    _c("next", "n", "desk", "next: the next entry, from wherever you are", "下一条：从任何地方转到下一条", "page"),
    _c("previous", "p", "desk", "previous: the entry before", "上一条：转到上一条"),
    _c("back", "b,backspace", "desk", "back: to the entry you came from", "后退：回到来时的条目"),
    _c("forward", "f", "desk", "forward: again to where you went back from", "前进：回到后退之前的条目"),
    _c("pane", "tab", "desk", "next pane: contents, entry, details", "切换窗格：目录、条目、详情"),
    _c("pane_back", "shift+tab", "desk", "pane before: the same the other way round", "上一窗格：反向切换"),
    _c("contents", "1", "desk", "contents: show the contents", "目录：显示目录"),
    _c("entry", "2", "desk", "entry: show the entry", "条目：显示条目"),
    _c("details", "3,v", "desk", "details: all about the statement under the cursor", "详情：光标处语句的全部信息", "page"),
    _c("find", "slash,f3", "desk", "find: search titles, code and texts in both languages", "查找：在两种语言的标题、代码和文字中查找", "contents", "page"),
    _c("palette", "colon,f2,ctrl+p", "editor", "commands: every command by its name", "命令：按名称查找所有命令", "editor"),
    # running
    _c("run", "r,f5", "editor", "run: run it again", "运行：重新运行", "page", "editor"),
    _c("cancel", "escape", "editor", "back: stop the run under way; else close or leave what is open", "返回：停止正在进行的运行；否则关闭或离开", "editor", "details"),
    _c("live", "a", "desk", "live: run while you type, or only when asked", "实时：边输入边运行，或只在要求时运行"),
    _c("seed", "s", "desk", "seed: another seed for the random numbers", "种子：换一个随机种子"),
    _c("then", "t", "desk", "then | now: the 0.3.0 form beside today's, both live", "今昔：0.3.0写法与如今写法并列，都实时运行", "page"),
    _c("device", "d", "desk", "device: where it runs: devices, and another Python with its torch", "设备：在哪里运行：设备，或另一个Python及其torch", "page"),
    _c("allow", "P", "desk", "permissions: what snippets may do, and what the system keeps them from", "权限：代码可以做什么，系统会阻止什么"),
    _c("picture", "m", "desk", "picture: the next picture of this statement", "图示：这条语句的下一幅图", "details"),
    _c("slice_next", "right_square_bracket", "desk", "next page: the next page of a picture that has several", "下一页：多页图示的下一页"),
    _c("slice_previous", "left_square_bracket", "desk", "page before: the page before, of a picture that has several", "上一页：多页图示的上一页"),
    _c("curve", "o", "desk", "curve: of a loop; again for its other scale, linear or log", "曲线：循环的曲线；再按切换线性与对数刻度"),
    # changing
    _c("edit", "e,f4", "desk", "edit: change the code; Esc leaves", "编辑：修改代码，Esc离开", "contents", "page"),
    _c("fix", "F,f8", "editor", "fix: put the proposed fix into the code; again takes it out", "修正：把建议的修正写进代码，再按一次取消"),
    _c("reset", "u", "desk", "reset: this entry as the sheet has it; u again undoes that", "还原：恢复本条目原样，再按u撤销"),
    _c("reset_all", "U", "desk", "reset all: every entry as the sheet has it", "全部还原：恢复所有条目原样"),
    _c("external", "E", "desk", "$EDITOR: change the code in your own editor", "$EDITOR：用自己的编辑器修改"),
    _c("copy", "y", "desk", "copy code: to the clipboard", "复制代码：到剪贴板"),
    _c("copy_result", "Y", "desk", "copy result: what the run showed", "复制结果：运行显示的内容"),
    _c("save", "w", "desk", "save: the code as a .py file", "保存：把代码存为.py文件"),
    _c("open", "O", "desk", "open: a .py file of your own", "打开：自己的.py文件"),
    # looks
    _c("pitfalls", "x", "desk", "pitfalls: mistakes made here, wrong beside right", "易错：这里常犯的错误，错与对并列", "page"),
    _c("language", "L", "desk", "中文: everything in Chinese", "English：全部改为英文", "contents", "page"),
    _c("theme", "T", "desk", "theme: colours, also for colour-blind eyes and high contrast", "主题：配色，含色盲友好与高对比度"),
    _c("ascii", "B", "desk", "borders: plain characters for borders and marks", "边框：边框和标记改用ASCII字符"),
    _c("zoom", "z", "desk", "zoom: this pane alone, or all of them", "放大：只看这个窗格，或全部"),
    _c("help", "question_mark,f1", "editor", "keys: all keys", "按键：所有按键", "contents", "page", "details", "editor"),
    _c("suspend", "ctrl+z", "desk", "suspend: back to the shell for a while; fg returns", "挂起：暂时回到shell，fg返回"),
    _c("quit", "q,ctrl+q", "desk", "quit: your place and your edits are kept", "退出：位置和修改都会保留", "contents"),
)

# fmt: on
REPEATS = ("down", "up", "page_down", "page_up", "next", "previous", "back", "forward", "run", "seed", "picture")
"""Commands after which the next key goes where the one before went: a key of theirs that is held down need not wait."""
BY_ID = {command.id: command for command in COMMANDS}
GROUPS: tuple[tuple[str, str, str], ...] = (
    ("down", "Moving", "移动"),
    ("run", "Running", "运行"),
    ("edit", "Changing the code", "修改代码"),
    ("pitfalls", "Looks and the rest", "外观及其他"),
)
"""The command each group of the help begins with, and its heading."""

_SHOWN = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "enter": "Enter",
    "escape": "Esc",
    "tab": "Tab",
    "space": "Space",
    "backspace": "Backspace",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
}


def shown(key: str) -> str:
    """A key as a reader knows it: `?`, `Ctrl-P`, `Shift-Tab`, `F1`, `&`."""
    *held, name = key.split("+")
    word = _SHOWN.get(name) or (name.upper() if name[0] == "f" and name[1:].isdigit() else _character(name))
    if held:
        word = word.upper() if len(word) == 1 else word
    return "-".join([*(part.capitalize() for part in held), word])


def _character(name: str) -> str:
    """The character that Textual calls so; the name itself where there is none that is seen."""
    from textual.keys import format_key

    found = format_key(name)
    return found if len(name) > 1 and len(found) == 1 and found.isprintable() else name


def keys_of(command: Command, keymap: dict[str, str]) -> tuple[str, ...]:
    """The keys of a command, as remapped."""
    return tuple(key.strip() for key in keymap.get(command.id, command.keys).split(",") if key.strip())
