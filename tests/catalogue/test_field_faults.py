"""What the loader says of fields: unknown, missing, or with a value they cannot have."""

from __future__ import annotations

from typing import get_args

import pytest

from tutor.catalogue.model import PictureKind

from .sheets import faults, spoilt

FIELDS = (
    "id, title, text, code, claims, sheet, covers, erratum, then, pitfalls, see, docs, tags, devices, needs, pictures, "
    "timeout"
)
KINDS = " or ".join(", ".join(get_args(PictureKind)).rsplit(", ", 1))
ID_WANTED = "write an id of lower-case letters, digits and hyphens, such as zero-grad"
BOTH = "write a text in every language, such as {en: Addition, zh: 加法}"
DOC_WANTED = "write a dotted name such as torch.Tensor.backward, or an https address"
CLAIM_DOC = "a part of the `ClassName: message` that it raises or warns with"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param(
            "sheet: |",
            "shet: |",
            "16:13: autograd/backward: `shet` is unknown here: did you mean `sheet`?",
            id="a misspelt field",
        ),
        pytest.param(
            "sheet: |",
            "xyz: |",
            f"16:13: autograd/backward: `xyz` is unknown here: the fields are {FIELDS}",
            id="an unknown field",
        ),
        pytest.param(
            "            timeout: 30",
            "            timeout: 30\n            timeout: 31",
            "52:13: autograd/backward: `timeout` is there twice, first in line 51: keep one",
            id="a field twice",
        ),
        pytest.param(
            "            code: x = torch.ones(1)\n",
            "",
            "52:13: autograd/zero-grad: `code` is missing: "
            "add the code for today's PyTorch, which runs after the section's setup",
            id="a missing field",
        ),
        pytest.param(
            "title: {en: A sheet, zh: 一张表}\n",
            "",
            "1:1: sheet: `title` is missing: add the name of the sheet",
            id="a sheet without a title",
        ),
        pytest.param(
            "  - id: import\n    title",
            "  - title",
            "57:5: sections[1]: `id` is missing: add the id, unique in the sheet",
            id="a section without an id",
        ),
        pytest.param(
            "      - id: torch\n        title",
            "      - title",
            "60:9: import.entries[0]: `id` is missing: add the id, unique in its section",
            id="an entry without an id",
        ),
        pytest.param(
            "code: x = torch.ones(1)",
            "code: [1, 2]",
            "55:19: autograd/zero-grad: `code` is a list: write Python source, best in a `|` block",
            id="a list for a string",
        ),
        pytest.param(
            "code: x = torch.ones(1)",
            "code:",
            "55:13: autograd/zero-grad: `code` is empty: write Python source, best in a `|` block",
            id="a field left empty",
        ),
        pytest.param(
            "see: [autograd/zero-grad]",
            "see: autograd/zero-grad",
            "47:18: autograd/backward: `see` is 'autograd/zero-grad': write a list, "
            "with `- ` before the full id of an entry, such as autograd/backward",
            id="a string for a list",
        ),
        pytest.param(
            "claims: [x.item() == 1]",
            "claims: {expr: x}",
            "56:21: autograd/zero-grad: `claims` is a mapping: write a list, with `- ` before each claim",
            id="a mapping for a list",
        ),
        pytest.param(
            "claims: [x.item() == 1]",
            "claims: [7]",
            "56:22: autograd/zero-grad: `claims[0]` is the number 7: write claim fields (`name: value`, one per line)",
            id="a number for a claim",
        ),
        pytest.param(
            "claims: [x.item() == 1]",
            "claims: []",
            "56:21: autograd/zero-grad: `claims` is an empty list: add what the text says, as code that proves it",
            id="no claims",
        ),
        pytest.param(
            "title: {en: Clear, zh: 清零}",
            "title: {en: Clear}",
            "53:20: autograd/zero-grad: `title.zh` is missing: add the text in Chinese",
            id="a missing language",
        ),
        pytest.param(
            "title: {en: Clear, zh: 清零}",
            'title: {en: Clear, zh: " "}',
            "53:36: autograd/zero-grad: `title.zh` is empty: write a text",
            id="an empty language",
        ),
        pytest.param(
            "title: {en: Clear, zh: 清零}",
            "title: {en: yes, zh: 清零}",
            "53:25: autograd/zero-grad: `title.en` is the boolean yes: write a text, in quotes",
            id="a text that YAML takes for a boolean",
        ),
        pytest.param(
            "title: {en: Clear, zh: 清零}",
            "title: {en: Clear, zh: 清零, fr: Vider}",
            "53:40: autograd/zero-grad: `title.fr` is unknown here: the fields are en, zh",
            id="an unknown language",
        ),
        pytest.param(
            "title: {en: Clear, zh: 清零}",
            "title: Clear",
            f"53:20: autograd/zero-grad: `title` is in one language only: {BOTH}",
            id="a plain text in a sheet of two languages",
        ),
        pytest.param(
            "title: {en: Clear, zh: 清零}",
            "title: [Clear]",
            f"53:20: autograd/zero-grad: `title` is a list: {BOTH}",
            id="a list for a text",
        ),
        pytest.param(
            "format: 1",
            "format: 1\nlanguages: [fr]",
            "2:13: sheet: `languages[0]` is 'fr': write en or zh",
            id="an unknown language of the sheet",
        ),
        pytest.param("format: 1", "format: 0", "1:9: sheet: `format` is the number 0: write 1", id="a format of old"),
        pytest.param(
            "format: 1",
            "format: one",
            "1:9: sheet: `format` is 'one': write 1",
            id="a format that is not a number",
        ),
        pytest.param(
            "- id: torch",
            "- id: Torch",
            f"60:13: import/Torch: `id` is 'Torch': {ID_WANTED}",
            id="a bad id",
        ),
        pytest.param(
            "tags: [gradient, chain rule]",
            "tags: [gradient, gradient]",
            "49:30: autograd/backward: `tags[1]` is 'gradient' once more: remove it",
            id="an item twice",
        ),
        pytest.param(
            "- raises: y.backward()\n",
            "- raises: y.backward()\n                expr: x.dim() == 1\n",
            "31:17: autograd/backward: `claims[1]` has expr and raises: keep exactly one",
            id="two kinds in a claim",
        ),
        pytest.param(
            "- raises: y.backward()\n                match: second time\n",
            "- says: {en: a, zh: b}\n",
            "31:17: autograd/backward: `claims[1]` has none of expr, raises, warns: add exactly one",
            id="no kind in a claim",
        ),
        pytest.param(
            "                match: second time\n",
            "",
            f"31:17: autograd/backward: `claims[1].match` is missing: add {CLAIM_DOC}",
            id="a claim that raises whatever",
        ),
        pytest.param(
            "                says: {en: x.grad is 2x, zh: x.grad等于2x}\n",
            "                match: abc\n",
            "30:17: autograd/backward: `claims[0].match` goes with `raises` or `warns` only: remove it",
            id="a match of an expression",
        ),
        pytest.param(
            "              match: scalar outputs\n",
            "",
            "37:15: autograd/backward: `then.match` is missing: "
            "add a part of the `ClassName: message` that it raises or warns with today",
            id="a then that raises whatever",
        ),
        pytest.param(
            "today: raises",
            "today: works",
            "41:15: autograd/backward: `then.match` goes with `today: warns` or `today: raises` only: remove it",
            id="a match of a then that works",
        ),
        pytest.param(
            "              changed: {en: Now one type., zh: 合为一种类型。}\n",
            "",
            "37:15: autograd/backward: `then.changed` is missing: add what changed since PyTorch 0.3.0",
            id="a then that does not say what changed",
        ),
        pytest.param(
            'since: "0.4.0"',
            "since: 2.0",
            '42:22: autograd/backward: `then.since` is the number 2.0: write a release in quotes, such as "0.4.0"',
            id="a release that YAML takes for a number",
        ),
        pytest.param(
            'since: "0.4.0"',
            "since: long ago",
            "42:22: autograd/backward: `then.since` is 'long ago': write a release in quotes, such as \"0.4.0\"",
            id="no release",
        ),
        pytest.param(
            "when: cpu",
            "when: tpu",
            "43:21: autograd/backward: `then.when` is 'tpu': write cpu, cuda, mps or meta",
            id="an unknown device of a then",
        ),
        pytest.param(
            "devices: [cpu, cuda]",
            "devices: [cpu, gpu]",
            "50:28: autograd/backward: `devices[1]` is 'gpu': write cpu, cuda, mps or meta",
            id="an unknown device",
        ),
        pytest.param(
            "devices: [cpu, cuda]",
            "pictures: [curves]",
            f"50:24: autograd/backward: `pictures[0]` is 'curves': write {KINDS}",
            id="an unknown kind of picture",
        ),
        pytest.param(
            "timeout: 30",
            "timeout: 3601",
            "51:22: autograd/backward: `timeout` is the number 3601: write a number above 0 and up to 3600",
            id="a timeout too long",
        ),
        pytest.param(
            "timeout: 30",
            "timeout: .nan",
            "51:22: autograd/backward: `timeout` is the number .nan: write a number above 0 and up to 3600",
            id="a timeout that is no number",
        ),
        pytest.param(
            "docs: [torch.Tensor.backward,",
            "docs: [backward,",
            f"48:20: autograd/backward: `docs[0]` is 'backward': {DOC_WANTED}",
            id="a page that is not there",
        ),
    ],
)
def test_a_fault_of_a_field(old: str, new: str, message: str) -> None:
    assert faults(spoilt((old, new))) == [message]


def test_a_section_has_groups_or_entries() -> None:
    found = faults(spoilt(("    entries:\n      - id: torch\n", "    groups: []\n    entries:\n      - id: torch\n")))

    assert found == [
        "57:5: import: the section has groups and entries: keep exactly one",
        "59:13: import: `groups` is an empty list: add the groups of the section",
    ]


def test_a_text_of_a_sheet_in_chinese_may_lack_english_only() -> None:
    found = faults("format: 1\nlanguages: [zh]\ntitle: {en: A sheet}\nsections: []\n")

    assert found == [
        "3:8: sheet: `title.zh` is missing: add the text in Chinese",
        "4:11: sheet: `sections` is an empty list: add the sections",
    ]
