"""What a terminal would obey, in texts of every origin: a snippet that has them wherever text can be, and a sheet."""

from __future__ import annotations

ORDERS = {
    "clipboard": "\x1b]52;c;TUFSSw==\x07",
    "title": "\x1b]2;MARK\x1b\\",
    "hyperlink": "\x1b]8;;http://MARK\x1b\\",
    "reset": "\x1bc",
    "report": "\x1b[6n",
    "clear": "\x1b[3J",
    "cursor": "\x1b[77;99H",
    "other screen": "\x1b[?47h",
    "keypad": "\x1b=",
    "character set": "\x1b(0",
    "DCS": "\x1bP$qm\x1b\\",
    "APC": "\x1b_GMARK\x1b\\",
    "PM": "\x1b^MARK\x1b\\",
    "SOS": "\x1bXMARK\x1b\\",
    "C1 CSI": "\x9b6n",
    "C1 OSC": "\x9d2;MARK\x9c",
    "C1 DCS": "\x90$qm\x9c",
    "C1 index": "\x84",
    "bell": "\x07",
    "backspace": "\x08",
    "shift out": "\x0e",
    "override": "\u202e",
    "isolate": "\u2067",
    "zero width": "\u200b",
    "tag": "\U000e0041",
    "separator": "\u2028",
    "accents": "\u0301" * 40,
}
ALL = " ".join(ORDERS.values())
END = "all of it has run"
IN_SOURCE = ALL.replace("\u2028", "")
"""As it stands in a comment and in a string: Python ends no line there, but its tokenizer does."""

SNIPPET = f"""\
import os, sys, warnings, torch  # {IN_SOURCE}
evil = {ALL!r}
seen = "{IN_SOURCE}"
print(evil)
print(evil * 3, file=sys.stderr)
wrote = os.write(1, b"\\xff\\xfe\\x9b6n\\x9d2;MARK\\x9c\\x00\\xc3(" + evil.encode() + b"\\n")
evil
class Loud:
    def __repr__(self): return evil
Loud()
[Loud(), {{evil: Loud()}}]
Named = type("N" + evil, (), {{}})
Named()
warnings.warn(evil)
globals()["n" + evil] = torch.ones(2, requires_grad=True)
model = torch.nn.Sequential()
model.add_module("m" + evil.replace(".", ""), torch.nn.Linear(2, 2))
model(globals()["n" + evil]).sum().backward()
for turn in [Loud(), Loud()]:
    said = str(turn)
def call(text): return text
call.__name__ = call.__qualname__ = evil
call(evil)
print({END!r})
try:
    torch.ones(2, 3) @ torch.ones(2)
except RuntimeError as e:
    failed = type("E" + evil, (ValueError,), {{}})(evil)
    failed.__notes__ = [evil]
    raise failed from e
"""


def _quoted(text: str) -> str:
    """In double quotes of YAML, with what a YAML file cannot hold written as it escapes it."""
    return '"' + "".join(c if c.isalnum() or c in " ;.,$" else f"\\U{ord(c):08x}" for c in text) + '"'


def sheet(evil: str) -> str:
    """A sheet with a text in every place that takes one."""
    told = _quoted(f"a {evil} z")
    code = _quoted(f"x = 1  # {evil}")
    return f"""\
format: 1
title: {{en: {told}, zh: {told}}}
sections:
  - id: odd
    title: {{en: {told}, zh: {told}}}
    text: {{en: {told}, zh: {told}}}
    setup: {code}
    entries:
      - id: one
        title: {{en: {told}, zh: {told}}}
        text: {{en: {told}, zh: {told}}}
        sheet: {told}
        erratum: {{en: {told}, zh: {told}}}
        code: {code}
        claims:
          - {{expr: x == 2, says: {{en: {told}, zh: {told}}}}}
          - {{raises: raise ValueError(x), match: {told}}}
        then: {{code: {code}, today: raises, match: {told}, changed: {{en: {told}, zh: {told}}}}}
        pitfalls:
          - id: pit
            title: {{en: {told}, zh: {told}}}
            kind: silent
            wrong: {code}
            right: x = 2
            measure: x
            symptom: x == 1
            why: {{en: {told}, zh: {told}}}
            fix: {{en: {told}, zh: {told}}}
        tags: [{_quoted(evil.replace(" ", "") or "tag")}]
        docs: [{_quoted("https://example.org/" + "".join(evil.split()))}]
"""


UNSEEN = "".join(ORDERS[name] for name in ("override", "isolate", "zero width", "tag", "accents"))
"""What is no control character: a sheet may have it."""
