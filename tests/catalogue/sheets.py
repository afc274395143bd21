"""A small sheet with every field of the format, and ways to spoil it and to see what the loader says."""

from __future__ import annotations

import re

import pytest

from tutor.catalogue.load import parse
from tutor.catalogue.model import Lang
from tutor.errors import Fault, SheetError

SHEET = """\
format: 1
title: {en: A sheet, zh: 一张表}
sections:
  - id: autograd
    title: {en: Autograd, zh: 自动求导}
    text: {en: On gradients., zh: 关于梯度。}
    setup: |
      import torch
    groups:
      - id: variables
        title: {en: Variables, zh: 变量}
        entries:
          - id: backward
            title: {en: "Backpropagate: y.backward()", zh: 反向传播}
            covers: [backward, x-grad-2x]
            sheet: |
              y.backward()
            text:
              en: Walks the graph from `y` back to every leaf.
              zh: 沿着图从`y`走到每个叶子。
            erratum: {en: The print is wrong., zh: 印错了。}
            code: |
              x = torch.ones(2, requires_grad=True)

              y = (x ** 2).sum()
              y.backward()
              x.grad
            claims:
              - expr: torch.equal(x.grad, 2 * x)
                says: {en: x.grad is 2x, zh: x.grad等于2x}
              - raises: y.backward()
                match: second time
              - warns: torch.warn(x)
                match: "UserWarning: "
              - y.dim() == 0
            then:
              code: |
                from torch.autograd import Variable
                Variable(x).backward()
              today: raises
              match: scalar outputs
              since: "0.4.0"
              when: cpu
              changed: {en: Now one type., zh: 合为一种类型。}
              claims:
                - x.dim() == 1
            see: [autograd/zero-grad]
            docs: [torch.Tensor.backward, "https://pytorch.org/docs"]
            tags: [gradient, chain rule]
            devices: [cpu, cuda]
            timeout: 30
          - id: zero-grad
            title: {en: Clear, zh: 清零}
            text: {en: Clears gradients., zh: 清除梯度。}
            code: x = torch.ones(1)
            claims: [x.item() == 1]
  - id: import
    title: {en: Import, zh: 导入}
    entries:
      - id: torch
        title: {en: import torch, zh: 导入torch}
        text: {en: Imports it., zh: 导入。}
        code: import torch
        claims: ["torch.__name__ == 'torch'"]
"""
PITFALLS = """\
        pitfalls:
          - id: taken
            title: {en: A name taken, zh: 占用名字}
            kind: raises
            match: AttributeError
            wrong: |
              torch = 1
              torch.ones(2)
            right: |
              x = 1
              torch.ones(2)
            why: {en: The name is gone., zh: 名字没了。}
            fix: {en: Take another., zh: 换一个。}
          - id: shared
            title: {en: Two names, zh: 两个名字}
            kind: silent
            wrong: |
              x = torch.zeros(2)
              y = x
              y += 1
            right: |
              x = torch.zeros(2)
              y = x + 1
            measure: x.sum().item()
            symptom: x.any()
            why: {en: One tensor., zh: 同一个张量。}
            fix: {en: Make another., zh: 另建一个。}
            devices: [cpu, cuda]
"""
"""Those of its last entry, whose first line is line 65: `SHEET + PITFALLS` is a sheet."""


def spoilt(*changes: tuple[str, str]) -> str:
    """The sheet with pieces of it, each there once, replaced."""
    return changed(SHEET, *changes)


def changed(sheet: str, *changes: tuple[str, str]) -> str:
    """A sheet with pieces of it, each there once, replaced."""
    for old, new in changes:
        assert sheet.count(old) == 1, old
        sheet = sheet.replace(old, new)
    return sheet


def faults(sheet: str | bytes, lang: Lang = "en") -> list[str]:
    """The messages about a sheet, without the name of its file. Each must say the same in both languages."""
    raw = sheet.encode() if isinstance(sheet, str) else sheet
    with pytest.raises(SheetError) as caught:
        parse(raw, "sheet.yaml")
    for fault in caught.value.faults:
        assert unlike(fault) == "", fault
    told = [fault.in_(lang) for fault in caught.value.faults]
    assert all(message.startswith("sheet.yaml") for message in told)
    return [message.removeprefix("sheet.yaml").removeprefix(":") for message in told]


_HAN = re.compile("[\u4e00-\u9fff]")
_PLACE = re.compile(r"[^:]+:\d+:\d+: ")


def unlike(fault: Fault) -> str:
    """What the English and the Chinese of a fault do not have in common, though they should; empty where they are one:
    their place, the code they quote, their numbers. And each is in its language."""
    en, zh = fault.in_("en"), fault.in_("zh")
    for lang, told in (("en", en), ("zh", zh)):
        place = _PLACE.match(told)
        if fault.line and (place is None or place[0] != f"{fault.path}:{fault.line}:{fault.column}: "):
            return f"the place in {lang}"
    for what, found in (("code", r"`[^`]+`"), ("numbers", r"\d+")):
        if en.count("`") % 2 == 0 and sorted(re.findall(found, en)) != sorted(re.findall(found, zh)):
            return what
    return "" if set(_HAN.findall(fault.zh)) - set(_HAN.findall(fault.en)) else "Chinese"
