"""Text from a snippet, a sheet or a file -> text that a terminal only shows.

What a terminal would obey, and what nobody would see, is made visible: an escape is `␛`, a right-to-left override
`<U+202E>`. Left out is only what programs decorate their lines with (colours, and moves within them), what joins
emoji, of which terminals disagree how wide it makes them, and the rest of a heap of accents. Every text is gone through
a fixed number of times, whatever is in it. The patterns that few texts need are compiled when the first one does.
"""

from __future__ import annotations

import re
import unicodedata

from tutor.render.words import word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.catalogue.model import Lang

ACCENTS = 4  # marks on one character that are shown
NAME = 100  # characters of what something is called
PLACE = re.compile(r"(?<=[\w\]])\.(\d+)(?=[.(]|$)")
"""Of a layer in a `Sequential` or a list."""
LONGEST = 2000  # characters of a line that a program wrote
DECOR = re.compile(r"(?:\x1b\[|\x9b)(?:[0-9;:]*[mKABCDG]|\?25[hl])|\x1b\(B")
"""Colours, moves on a line or up and down, the cursor hidden or shown, and the character set set back."""
_EMOJI = "\u00a9\u00ae\u203c\u2049\u2100-\u27bf\u2900-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_IDEOGRAPHS = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
VARIANTS = (
    rf"(?<=[{_EMOJI}])[\ufe0e\ufe0f]|(?<=[#*0-9])\ufe0f(?=\u20e3)"
    rf"|(?<=[{_IDEOGRAPHS}])[\ufe00-\ufe02\U000e0100-\U000e01ef]"
)
"""What selects a form of the character before: one, and only where Unicode has such forms."""
JOINED = rf"(?<=[{_EMOJI}])\u200d(?=[{_EMOJI}])"
_UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
INVISIBLE = f"([{_UNSEEN}])\\1*"
"""Controls of every kind, what Unicode says to be shown as nothing, and what is no character."""
_SURELY_NO_MARKS = (
    "\x00-\u02ff\u0370-\u0482\u048a-\u0590\u1100-\u115e\u1200-\u135c\u1e00-\u20cf\u2100-\u2cee\u2e00-\u3029"
    "\u3030-\u3098\u309b-\ua66e\uac00-\ud7af\uff00-\uffff\U0001f000-\U0001f3fa\U0001f400-\U0001fbff\U00020000-\U0003ffff"
)
MARKED = f"[^{_SURELY_NO_MARKS}]{{{ACCENTS + 1},}}"
"""Where there may be a heap of accents; what these are, in whatever script, `unicodedata` knows."""
_PARTS = (("\u1160", "\u11ff"), ("\ud7b0", "\ud7ff"), ("\U0001f3fb", "\U0001f3ff"))
PLAIN = re.compile(r"[\n\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u2500-\u259f\u3000-\u3029\u4e00-\u9fff\uff00-\uff9f]*")


def clean(text: str) -> str:
    """The text with nothing in it that a terminal would obey or a reader could not see."""
    if PLAIN.fullmatch(text):
        return text
    text = DECOR.sub("", text.replace("\r\n", "\n"))
    text = re.sub(JOINED, "", re.sub(VARIANTS, "", text.expandtabs(8)))
    return re.sub(INVISIBLE, _shown, re.sub(MARKED, _thinned, text))


def called(name: str) -> str:
    """The same of what something is called, which may be longer than anyone reads: a class, a variable, a function."""
    name = written(name)
    return clean(name if len(name) <= NAME else name[: NAME - 1] + "…")


def written(name: str) -> str:
    """The name of a part as code has it: `net[2].weight` of torch's own `net.2.weight`."""
    return PLACE.sub(r"[\1]", name) if "." in name and not name[:1].isdigit() else name


def printed(line: str, lang: Lang) -> str:
    """The same of a line that a program wrote to its output. Where it wrote over it, as progress bars do, it is what
    would stand there in the end; where it is too long to be read, its beginning and its end."""
    if "\r" in line:
        line = line[line.rstrip("\r").rfind("\r") + 1 :].rstrip("\r")
    if len(line) <= LONGEST:
        return clean(line)
    tail = LONGEST // 4
    gap = word("characters left out", lang, f"{len(line) - LONGEST:,}")
    return f"{clean(line[: LONGEST - tail])} {gap} {clean(line[-tail:])}"


def in_place(text: str) -> str:
    """As many characters, each in its place, for what is edited: those that would be obeyed or not be seen have
    another one stand for them."""
    if PLAIN.fullmatch(text):
        return text
    heaped = re.sub(MARKED, lambda found: "".join(_piled(found[0], "◌")), text)
    return re.sub(INVISIBLE, lambda found: (_sign(ord(found[1])) or "�") * len(found[0]), heaped)


def _sign(code: int) -> str:
    """The picture of a control character that has one."""
    return chr(0x2400 + code) if code < 32 else "\u2421" if code == 127 else ""


def _shown(found: re.Match[str]) -> str:
    """The name of what cannot be seen, and how often it is there in a row."""
    code, times = ord(found[1]), len(found[0])
    name = _sign(code) or f"<U+{code:04X}>"
    return name * times if times <= 3 else f"{name}×{times}"


def _thinned(found: re.Match[str]) -> str:
    """A stretch of text in which no character bears more than a few marks."""
    out = "".join(_piled(found[0], "\0"))
    return re.sub("\0+", "…", out)


def _piled(text: str, instead: str) -> Iterator[str]:
    """Its characters, with another one for each mark too many."""
    heap = 0
    for char in text:
        heap = heap + 1 if _is_mark(char) else 0
        yield char if heap <= ACCENTS else instead


def _is_mark(char: str) -> bool:
    """Whether it belongs to the character before it: accents, vowel signs, the later parts of a Hangul syllable, the
    colours of a skin, and what this Python knows nothing of."""
    category = unicodedata.category(char)
    return category[0] == "M" or category == "Cn" or any(low <= char <= high for low, high in _PARTS)
