from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tutor.catalogue import tree
from tutor.catalogue.load import load, parse
from tutor.catalogue.model import Claim, Entry, Text, Then

from .sheets import SHEET, spoilt


def test_a_sheet_becomes_values(tmp_path: Path) -> None:
    path = tmp_path / "sheet.yaml"
    path.write_text(SHEET, encoding="utf-8")

    catalogue = load(str(path))

    assert catalogue.path == str(path)
    assert catalogue.title == Text("A sheet", "一张表")
    autograd, imports = catalogue.sections
    assert (autograd.id, autograd.title, autograd.line) == ("autograd", Text("Autograd", "自动求导"), 4)
    assert (autograd.text, autograd.setup) == (Text("On gradients.", "关于梯度。"), "import torch")
    assert [(group.id, group.title) for group in autograd.groups] == [("variables", Text("Variables", "变量"))]
    assert [(group.id, group.title) for group in imports.groups] == [("", Text("Import", "导入"))]
    assert [entry.id for entry in catalogue] == ["autograd/backward", "autograd/zero-grad", "import/torch"]
    assert len(catalogue) == 3


def test_an_entry_has_every_field() -> None:
    backward = next(iter(parse(SHEET.encode(), "sheet.yaml")))

    assert backward == Entry(
        id="autograd/backward",
        group="variables",
        title=Text("Backpropagate: y.backward()", "反向传播"),
        text=Text("Walks the graph from `y` back to every leaf.", "沿着图从`y`走到每个叶子。"),
        code="x = torch.ones(2, requires_grad=True)\n\ny = (x ** 2).sum()\ny.backward()\nx.grad",
        claims=(
            Claim("expr", "torch.equal(x.grad, 2 * x)", "", Text("x.grad is 2x", "x.grad等于2x"), 29),
            Claim("raises", "y.backward()", "second time", None, 31),
            Claim("warns", "torch.warn(x)", "UserWarning: ", None, 33),
            Claim("expr", "y.dim() == 0", "", None, 35),
        ),
        setup="import torch",
        sheet="y.backward()",
        covers=("backward", "x-grad-2x"),
        erratum=Text("The print is wrong.", "印错了。"),
        then=Then(
            code="from torch.autograd import Variable\nVariable(x).backward()",
            today="raises",
            changed=Text("Now one type.", "合为一种类型。"),
            match="scalar outputs",
            since="0.4.0",
            when="cpu",
            claims=(Claim("expr", "x.dim() == 1", "", None, 46),),
            line=36,
        ),
        see=("autograd/zero-grad",),
        docs=("torch.Tensor.backward", "https://pytorch.org/docs"),
        tags=("gradient", "chain rule"),
        devices=("cpu", "cuda"),
        timeout=30.0,
        line=13,
        code_line=23,
    )


def test_an_entry_needs_few_fields() -> None:
    _, zero_grad, torch = parse(SHEET.encode(), "sheet.yaml")

    assert zero_grad == Entry(
        id="autograd/zero-grad",
        group="variables",
        title=Text("Clear", "清零"),
        text=Text("Clears gradients.", "清除梯度。"),
        code="x = torch.ones(1)",
        claims=(Claim("expr", "x.item() == 1", line=56),),
        setup="import torch",
        line=52,
        code_line=55,
    )
    assert (torch.group, torch.setup) == ("", "")


def test_the_loader_without_libyaml_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = parse(SHEET.encode(), "sheet.yaml")
    monkeypatch.setattr(tree, "_Loader", yaml.SafeLoader)

    assert parse(SHEET.encode(), "sheet.yaml") == expected


def test_a_byte_order_mark_and_windows_line_ends_change_nothing() -> None:
    expected = parse(SHEET.encode(), "sheet.yaml")

    assert parse(b"\xef\xbb\xbf" + SHEET.replace("\n", "\r\n").encode(), "sheet.yaml") == expected


def test_a_sheet_in_one_language_may_hold_plain_texts() -> None:
    sheet = spoilt(
        ("format: 1\n", "format: 1\nlanguages: [en]\n"),
        ("{en: A sheet, zh: 一张表}", "A sheet"),
        ("{en: Clear, zh: 清零}", "{en: Clear}"),
    )

    catalogue = parse(sheet.encode(), "sheet.yaml")

    assert catalogue.title == Text("A sheet", "A sheet")
    assert [entry.title for entry in catalogue][1:] == [Text("Clear", "Clear"), Text("import torch", "导入torch")]


def test_code_that_python_is_to_refuse_need_not_compile() -> None:
    sheet = spoilt(("Variable(x).backward()", "print x"), ("match: scalar outputs", "match: SyntaxError"))

    then = next(iter(parse(sheet.encode(), "sheet.yaml"))).then

    assert then is not None
    assert then.code.endswith("print x")


def test_loading_executes_nothing() -> None:
    sheet = spoilt(
        ("code: x = torch.ones(1)", "code: raise SystemExit"), ("claims: [x.item() == 1]", "claims: [exit()]")
    )

    assert len(parse(sheet.encode(), "sheet.yaml")) == 3


def test_an_entry_may_ask_for_pictures() -> None:
    asking = SHEET.replace("devices: [cpu, cuda]", "pictures: [curve, graph]")

    assert next(iter(parse(asking.encode(), "sheet.yaml"))).pictures == ("curve", "graph")
