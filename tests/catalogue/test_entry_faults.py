"""What the loader says of entries whose fields are sound: ids, links, and Python that cannot prove anything."""

from __future__ import annotations

import pytest

from .sheets import faults, spoilt


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param(
            "see: [autograd/zero-grad]",
            "see: [autograd/zero-grat]",
            "47:19: autograd/backward: `see` leads to autograd/zero-grat, which does not exist: "
            "did you mean autograd/zero-grad?",
            id="a misspelt link",
        ),
        pytest.param(
            "see: [autograd/zero-grad]",
            "see: [x/y]",
            "47:19: autograd/backward: `see` leads to x/y, which does not exist: "
            "write the full id of an entry of this sheet",
            id="a dead link",
        ),
        pytest.param(
            "see: [autograd/zero-grad]",
            "see: [autograd/variables]",
            "47:19: autograd/backward: `see` leads to autograd/variables, which does not exist: "
            "did you mean autograd/backward?",
            id="a link to a group",
        ),
        pytest.param(
            "see: [autograd/zero-grad]",
            "see: [autograd/backward]",
            "47:19: autograd/backward: `see` leads to the entry itself: remove it",
            id="a link to itself",
        ),
        pytest.param(
            "  - id: import\n",
            "  - id: autograd\n",
            "57:9: autograd: `id` is taken by the section in line 4: choose another",
            id="a section twice",
        ),
        pytest.param(
            "              y = (x ** 2).sum()\n",
            "              y = (x ** 2).sum(\n",
            "25:31: autograd/backward: `code` does not compile ('(' was never closed): correct it",
            id="code that does not compile",
        ),
        pytest.param(
            "      import torch\n",
            "      import torch)\n",
            "8:19: autograd: `setup` does not compile (unmatched ')'): correct it",
            id="a setup that does not compile",
        ),
        pytest.param(
            "Variable(x).backward()",
            "return x",
            "39:17: autograd/backward: `then.code` does not compile ('return' outside function): "
            "correct it; if Python shall refuse it, say `today: raises` and begin `match` with SyntaxError",
            id="a then that does not compile",
        ),
        pytest.param(
            "raises: y.backward()",
            "raises: y.backward)",
            "31:35: autograd/backward: `claims[1].raises` does not compile (unmatched ')'): correct it",
            id="a claim that does not compile",
        ),
        pytest.param(
            "- y.dim() == 0",
            '- "y.dim("',
            "35:23: autograd/backward: `claims[3].expr` does not compile ('(' was never closed): correct it",
            id="a quoted claim that does not compile",
        ),
        pytest.param(
            "- y.dim() == 0",
            "- y = 0",
            "35:17: autograd/backward: `claims[3].expr` must end in an expression: "
            "add a last line that comes out as True",
            id="a claim without an expression",
        ),
        pytest.param(
            "- y.dim() == 0",
            '- "True"',
            "35:17: autograd/backward: `claims[3].expr` ends in the constant True, which proves nothing: "
            "write what must be True",
            id="a claim that is a constant",
        ),
        pytest.param(
            "- y.dim() == 0",
            "- 1 + 1 == 2",
            "35:17: autograd/backward: `claims[3].expr` is always the same: use what the code defines",
            id="a claim that names nothing",
        ),
        pytest.param(
            "raises: y.backward()",
            "raises: 1 / 0",
            "31:25: autograd/backward: `claims[1].raises` names nothing of the code: use what the code defines",
            id="a claim that always raises",
        ),
        pytest.param(
            "- y.dim() == 0",
            '- "# y.dim() == 0"',
            "35:17: autograd/backward: `claims[3].expr` has no code: write what the run shall prove",
            id="a claim that is a comment",
        ),
        pytest.param(
            "covers: [backward, x-grad-2x]",
            "covers: !!set [backward, x-grad-2x]",
            "15:21: autograd/backward: `covers`: !!set is a tag; sheets have none: remove it",
            id="a tag",
        ),
        pytest.param(
            "covers: [backward, x-grad-2x]",
            "covers: [&b backward, x-grad-2x]",
            "15:22: autograd/backward: `covers[0]`: &b is an anchor; sheets have none: remove it",
            id="an anchor",
        ),
    ],
)
def test_a_fault_of_an_entry(old: str, new: str, message: str) -> None:
    assert faults(spoilt((old, new))) == [message]


def test_an_alias_is_refused() -> None:
    found = faults(
        spoilt(
            ("title: {en: Clear, zh: 清零}", "title: &t {en: Clear, zh: 清零}"),
            ("text: {en: Clears gradients., zh: 清除梯度。}", "text: *t"),
        )
    )

    assert found == [
        "53:20: autograd/zero-grad: `title`: &t is an anchor; sheets have none: remove it",
        "54:19: autograd/zero-grad: `text`: *t is an alias; sheets have none: write out what it stands for",
    ]


def test_an_id_used_twice_names_the_first() -> None:
    found = faults(spoilt(("- id: zero-grad", "- id: backward"), ("see: [autograd/zero-grad]", "see: []")))

    assert found == ["52:17: autograd/backward: `id` is taken by the entry in line 13: choose another"]


def test_an_entry_cannot_be_named_as_a_group_of_its_section() -> None:
    found = faults(spoilt(("- id: zero-grad", "- id: variables"), ("see: [autograd/zero-grad]", "see: []")))

    assert found == ["52:17: autograd/variables: `id` is taken by the group in line 10: choose another"]


def test_all_faults_are_told_from_the_top_of_the_file_to_its_end() -> None:
    found = faults(
        spoilt(
            ("timeout: 30", "timeout: 0"),
            ("format: 1\n", ""),
            ("        code: import torch\n", "        code: import torch)\n"),
            ("today: raises", "today: fails"),
        )
    )

    assert found == [
        "1:1: sheet: `format` is missing: add the version of this format",
        "39:22: autograd/backward: `then.today` is 'fails': write works, warns or raises",
        "40:15: autograd/backward: `then.match` goes with `today: warns` or `today: raises` only: remove it",
        "50:22: autograd/backward: `timeout` is the number 0: write a number above 0 and up to 3600",
        "62:27: import/torch: `code` does not compile (unmatched ')'): correct it",
    ]
