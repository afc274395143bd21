"""The faults of a sheet in Chinese. That each says the same in both languages is held where they are made: `faults`."""

from __future__ import annotations

import re

import pytest
import yaml

from tutor.catalogue.fields import FORMAT, TABLES
from tutor.catalogue.kinds import Constant

from .sheets import PITFALLS, SHEET, changed, faults, spoilt


@pytest.mark.parametrize(
    ("sheet", "message"),
    [
        ("format: 1\ntitle: a\x07\n", "2:9: 表：YAML文件中不能有字符'\\x07'：请删去"),
        (
            "format: 1\ntitle: a: b\n",
            "2:9: 表：不是有效的YAML（这里不能有映射的值）：含有`: `的文字要加引号，同一条目的各字段缩进要一致",
        ),
        (
            "format: 1\nsections: [a\n\ntitle: b\n",
            "4:6: 表：不是有效的YAML（这里应当是','或']'；该方括号列表始于第2行）：请检查到此处为止的引号、括号和缩进",
        ),
        ("- format: 1\n", "1:1: 表：这不是映射：请以`format: 1`、`title`和`sections`开头"),
    ],
    ids=["a control character", "a colon", "an open bracket", "a list"],
)
def test_a_file_that_is_no_sheet(sheet: str, message: str) -> None:
    assert faults(sheet, "zh") == [message]


SLIPS = (
    "a: b: c",
    "  - a\n  b: c",
    "  a: 1\n b: 2",
    "a: [1",
    "a: {b: 1",
    "a: @b",
    "a: |\n\tb",
    "\ta: 1",
    "a\nb: 1",
    '"a',
    "? a: - b",
)


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML has its own words")
@pytest.mark.parametrize("slip", SLIPS)
def test_what_libyaml_finds_wrong_is_told_in_chinese(slip: str) -> None:
    (message,) = faults(f"format: 1\nsections:\n{slip}\ntitle: x\n", "zh")
    assert "不是有效的YAML（" in message
    assert not re.search("[a-z]{4}", message.replace("name: value", ""))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("sheet: |", "shet: |", "16:13: autograd/backward：这里没有`shet`这个字段：是否想写`sheet`？"),
        ("timeout: 30", "timeout: 0", "51:22: autograd/backward：`timeout`是数字0：请写大于0且不超过3600的数"),
        (
            "            code: x = torch.ones(1)\n",
            "",
            "52:13: autograd/zero-grad：缺少`code`：请加上今天的PyTorch代码，在该章的setup之后运行",
        ),
        (
            "see: [autograd/zero-grad]",
            "see: autograd/zero-grad",
            "47:18: autograd/backward：`see`是'autograd/zero-grad'：请写列表，每一项前加`- `，"
            "每一项是条目的完整id，如autograd/backward",
        ),
        (
            "title: {en: Clear, zh: 清零}",
            "title: {en: yes, zh: 清零}",
            "53:25: autograd/zero-grad：`title.en`是布尔值yes：请写一段文字，并加上引号",
        ),
        (
            "today: raises",
            "today: works",
            "41:15: autograd/backward：`then.match`只能与`today: warns`或`today: raises`同用：请删去",
        ),
        (
            "- raises: y.backward()\n",
            "- raises: y.backward()\n                expr: x.dim() == 1\n",
            "31:17: autograd/backward：`claims[1]`同时有expr、raises：请只保留一个",
        ),
        ("  - id: import\n", "  - id: autograd\n", "57:9: autograd：`id`已被第4行的章占用：请换一个"),
        (
            "              y = (x ** 2).sum()\n",
            "              y = (x ** 2).sum(\n",
            "25:31: autograd/backward：`code`无法编译（'(' was never closed）：请改正",
        ),
        (
            "- y.dim() == 0",
            "- 1 + 1 == 2",
            "35:17: autograd/backward：`claims[3].expr`的结果总是一样：请使用代码中定义的名字",
        ),
        (
            "see: [autograd/zero-grad]",
            "see: [autograd/zero-grat]",
            "47:19: autograd/backward：`see`指向的autograd/zero-grat不存在：是否想写autograd/zero-grad？",
        ),
    ],
    ids=[
        "unknown",
        "a number",
        "missing",
        "no list",
        "a boolean",
        "company",
        "two",
        "taken",
        "broken",
        "empty",
        "link",
    ],
)
def test_a_fault_of_a_field_or_an_entry(old: str, new: str, message: str) -> None:
    assert faults(spoilt((old, new)), "zh") == [message]


def test_a_pitfall_that_is_right() -> None:
    same = changed(SHEET + PITFALLS, ("              x = 1\n", "              torch = 1\n"))

    assert faults(same, "zh") == ["73:20: import/torch/taken：`right`与`wrong`相同：请写正确写法"]


def test_of_very_many_faults_the_first_are_told() -> None:
    told = faults("format: 1\n" + "".join(f"odd{i}: 1\n" for i in range(200)), "zh")

    assert told[-1] == "：到这里已有100处错误：请先改正这些，再看还剩什么"


def test_every_field_is_described_in_both_languages() -> None:
    for table in TABLES.values():
        assert is_chinese(table.zh)
        for field in table.fields:
            assert is_chinese(field.zh), field
            assert is_chinese(field.kind.what.zh) or field.kind == Constant(FORMAT), field
            for quoted in (r"`[^`]+`", "[0-9.]+"):
                assert re.findall(quoted, field.zh) == re.findall(quoted, field.en), field


def is_chinese(text: str) -> bool:
    return re.search("[\u4e00-\u9fff]", text) is not None
