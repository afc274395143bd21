"""Text from a snippet, a sheet or a file -> text that a terminal only shows.

Escape sequences are taken out, other control characters and invisible ones are made visible, so nothing that is
printed can move the cursor, set a title, write to the clipboard or turn the reading direction round.
"""

from __future__ import annotations

import re

SEQUENCES = re.compile(
    r"(?:\x1b[P^_X\]]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"  # DCS, SOS, OSC, PM, APC
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI
    r"|\x1b[ -/]*[0-~]?"  # other escapes
)
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\uffff"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
MARKS = re.compile(
    r"([\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{4})[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)
PLAIN = re.compile(r"[\n\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u2500-\u259f\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]*")


def clean(text: str) -> str:
    """The text with nothing in it that a terminal would obey."""
    if PLAIN.fullmatch(text):
        return text
    text = SEQUENCES.sub("", text.replace("\r\n", "\n"))
    if "\r" in text:  # a progress bar: what would stand there in the end
        text = "\n".join(line[line.rstrip("\r").rfind("\r") + 1 :].rstrip("\r") for line in text.split("\n"))
    return MARKS.sub(r"\1", INVISIBLE.sub(_shown, text.expandtabs(8)))


def _shown(found: re.Match[str]) -> str:
    code = ord(found[0])
    return chr(0x2400 + code) if code < 32 else "\u2421" if code == 127 else f"<U+{code:04X}>"
