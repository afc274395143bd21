"""What a sheet is written in: every field, its kind, and one line on it.

The loader checks against these tables and the JSON Schema is generated from them, so neither can know a field that the
other does not. It knows nothing of YAML, of files, or of what a field's Python does.
"""

from __future__ import annotations

from typing import get_args

from tutor.catalogue.kinds import Choice, Constant, Field, Many, Need, Number, One, String, Table, Words
from tutor.catalogue.model import LANGS, Bite, Permission, PictureKind, Text, Today

FORMAT = 1
"""The format of sheets that this torch-tutor reads."""
LONGEST_TIMEOUT = 3600

_SLUG = "[a-z0-9][a-z0-9-]*"
_ID = String(
    Text(
        "an id of lower-case letters, digits and hyphens, such as zero-grad",
        "由小写字母、数字和连字符组成的id，如zero-grad",
    ),
    _SLUG,
)
_LINK = String(
    Text("the full id of an entry, such as autograd/backward", "条目的完整id，如autograd/backward"), f"{_SLUG}/{_SLUG}"
)
_RELEASE = String(
    Text('a release in quotes, such as "0.4.0"', '带引号的版本号，如"0.4.0"'), r"[0-9]+\.[0-9]+(\.[0-9]+)?"
)
_DOC = String(
    Text(
        "a dotted name such as torch.Tensor.backward, or an https address",
        "带点的名字，如torch.Tensor.backward，或https地址",
    ),
    r"https?://\S+|[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)+",
)
_PROSE = String(Text("a text", "一段文字"))
_PYTHON = String(Text("Python source, best in a `|` block", "Python源码，最好写成`|`块"))
_LINE = String(Text("the line as printed, best in a `|` block", "原表印的那一行，最好写成`|`块"))
_MESSAGE = String(Text("a part of `ClassName: message`, in quotes", "`ClassName: message`的一部分，加引号"))
_TAG = String(Text("a word", "一个词"), r"\S+( \S+)*")
_LANGUAGE = Choice(LANGS)
_DEVICE = Choice(("cpu", "cuda", "mps", "meta"))
_PICTURE = Choice(get_args(PictureKind))
_TODAY = Choice(get_args(Today))
_BITE = Choice(get_args(Bite))
_PERMISSION = Choice(get_args(Permission))
_EXPRESSION = String(Text("one Python expression", "一个Python表达式"))

TEXT = Table(
    "text",
    "文字",
    "The same text in every language of the sheet.",
    (Field("en", _PROSE, "the text in English", "英文文字"), Field("zh", _PROSE, "the text in Chinese", "中文文字")),
)
CLAIM = Table(
    "claim",
    "论断",
    "One thing the text says, as code that the run itself proves.",
    (
        Field(
            "expr",
            _PYTHON,
            "Python whose last line is an expression that comes out as True",
            "最后一行是结果为True的表达式的Python代码",
        ),
        Field("raises", _PYTHON, "Python that raises", "会报错的Python代码"),
        Field("warns", _PYTHON, "Python that warns", "会警告的Python代码"),
        Field(
            "match",
            _MESSAGE,
            "a part of the `ClassName: message` that it raises or warns with",
            "报错或警告时`ClassName: message`的一部分",
            goes_with=(Need("raises"), Need("warns")),
        ),
        Field("says", Words(), "the claim in words", "用文字表述的论断"),
    ),
    one_of=("expr", "raises", "warns"),
    short="expr",
)
THEN = Table(
    "then",
    "旧写法",
    "The entry as PyTorch 0.3.0 had it, and what that code does today.",
    (
        Field(
            "code",
            _PYTHON,
            "the code for PyTorch 0.3.0, which runs after the section's setup",
            "PyTorch 0.3.0的写法，在该章的setup之后运行",
            required=True,
        ),
        Field("today", _TODAY, "what that code does today", "这段代码今天的表现", required=True),
        Field(
            "match",
            _MESSAGE,
            "a part of the `ClassName: message` that it raises or warns with today",
            "今天报错或警告时`ClassName: message`的一部分",
            goes_with=(Need("today", ("warns", "raises")),),
        ),
        Field("changed", Words(), "what changed since PyTorch 0.3.0", "自PyTorch 0.3.0以来的变化", required=True),
        Field("since", _RELEASE, "the release that brought the change", "带来这一变化的版本"),
        Field(
            "when",
            _DEVICE,
            "the device family on which `today` is promised, if not on all",
            "`today`所说仅限的设备类型（若非所有设备）",
        ),
        Field(
            "claims",
            Many(One("claim")),
            "claims about what that code leaves behind today",
            "关于这段代码今天运行结果的论断",
        ),
    ),
)
_GOES_ON = (Need("kind", ("warns", "silent")),)
PITFALL = Table(
    "pitfall",
    "易错点",
    "A mistake that readers make, run live beside the right code.",
    (
        Field("id", _ID, "the id, unique in its entry", "在条目内唯一的id", required=True),
        Field("title", Words(), "the mistake in a few words", "用几个字说明的错误", required=True),
        Field("kind", _BITE, "what the wrong code does", "错误写法的表现", required=True),
        Field(
            "match",
            _MESSAGE,
            "a part of the `ClassName: message` that it raises or warns with",
            "报错或警告时`ClassName: message`的一部分",
            goes_with=(Need("kind", ("raises", "warns")),),
        ),
        Field(
            "wrong",
            _PYTHON,
            "the mistake, as code that runs after the section's setup",
            "错误写法，在该章的setup之后运行",
            required=True,
        ),
        Field(
            "right",
            _PYTHON,
            "the right code, which runs after the section's setup too",
            "正确写法，同样在该章的setup之后运行",
            required=True,
        ),
        Field(
            "measure",
            _EXPRESSION,
            "what to look at after either code, to see them differ",
            "两种写法运行之后要看什么，以显出不同",
            goes_with=_GOES_ON,
        ),
        Field(
            "symptom",
            _EXPRESSION,
            "what is True after the wrong code and False after the right",
            "错误写法之后为True、正确写法之后为False的表达式",
            goes_with=_GOES_ON,
        ),
        Field("why", Words(), "why the wrong code does that", "错误写法为何如此", required=True),
        Field("fix", Words(), "what to do instead", "应该怎么写", required=True),
        Field(
            "devices",
            Many(_DEVICE),
            "the device families on which it bites, if not on all",
            "会出错的设备类型（若非所有设备）",
        ),
    ),
)
ENTRY = Table(
    "entry",
    "条目",
    "One line of the sheet, made live.",
    (
        Field("id", _ID, "the id, unique in its section", "在该章内唯一的id", required=True),
        Field("title", Words(), "the heading", "标题", required=True),
        Field(
            "text",
            Words(),
            "what it does and why it matters, in one to four sentences",
            "用一到四句话说明它做什么、为何重要",
            required=True,
        ),
        Field(
            "code",
            _PYTHON,
            "the code for today's PyTorch, which runs after the section's setup",
            "今天的PyTorch代码，在该章的setup之后运行",
            required=True,
        ),
        Field(
            "claims",
            Many(One("claim"), least=1),
            "what the text says, as code that proves it",
            "论断，即证明说明文字的代码",
            required=True,
        ),
        Field("sheet", _LINE, "the line as the PyTorch 0.3.0 sheet prints it", "PyTorch 0.3.0的原表印的那一行"),
        Field(
            "covers",
            Many(_ID),
            "the ids of the lines of the 0.3.0 sheet that this entry covers",
            "本条目所涵盖的0.3.0原表各行的id",
        ),
        Field(
            "erratum",
            Words(),
            "what the printed sheet has wrong here, and what is right",
            "原表此处错在哪里，以及正确的内容",
        ),
        Field("then", One("then"), "the form of PyTorch 0.3.0, run live today", "PyTorch 0.3.0的写法，今天当场运行"),
        Field("pitfalls", Many(One("pitfall")), "the mistakes that its readers make", "读者常犯的错误"),
        Field("see", Many(_LINK), "full ids of related entries", "相关条目的完整id"),
        Field(
            "docs", Many(_DOC), "dotted names documented by PyTorch, or addresses", "PyTorch文档中带点的名字，或网址"
        ),
        Field("tags", Many(_TAG), "more words to find it by", "更多可用来查找它的词"),
        Field(
            "devices",
            Many(_DEVICE),
            "the device families it can run on, if not on all",
            "能够运行的设备类型（若非所有设备）",
        ),
        Field(
            "needs",
            Many(_PERMISSION),
            "what a reader must allow with `--allow` before it is run",
            "运行之前读者须用`--allow`允许的事",
        ),
        Field(
            "pictures",
            Many(_PICTURE),
            "kinds of pictures that help here, besides those that are shown anyhow",
            "除自动显示的以外，此处有帮助的图示种类",
        ),
        Field("timeout", Number(LONGEST_TIMEOUT), "the seconds it may take", "最多可运行的秒数"),
    ),
)
GROUP = Table(
    "group",
    "分组",
    "Entries under one heading.",
    (
        Field("id", _ID, "the id, unique in its section", "在该章内唯一的id", required=True),
        Field("title", Words(), "the heading", "标题", required=True),
        Field("entries", Many(One("entry"), least=1), "the entries of the group", "该分组的条目", required=True),
    ),
)
SECTION = Table(
    "section",
    "章",
    "A part of the sheet with its shared setup.",
    (
        Field("id", _ID, "the id, unique in the sheet", "在表内唯一的id", required=True),
        Field("title", Words(), "the heading", "标题", required=True),
        Field("text", Words(), "an introduction", "引言"),
        Field("setup", _PYTHON, "code that runs before each entry of the section", "在该章每个条目之前运行的代码"),
        Field("groups", Many(One("group"), least=1), "the groups of the section", "该章的分组"),
        Field("entries", Many(One("entry"), least=1), "the entries of a section without groups", "不分组的章的条目"),
    ),
    one_of=("groups", "entries"),
)
SHEET = Table(
    "sheet",
    "表",
    "A sheet for torch-tutor.",
    (
        Field("format", Constant(FORMAT), "the version of this format", "格式的版本", required=True),
        Field(
            "languages",
            Many(_LANGUAGE, least=1),
            "the languages it is written in, if not in all",
            "表所用的语言（若非全部）",
        ),
        Field("title", Words(), "the name of the sheet", "表的名称", required=True),
        Field("sections", Many(One("section"), least=1), "the sections", "表的各章", required=True),
    ),
)
TABLES = {table.name: table for table in (SHEET, SECTION, GROUP, ENTRY, THEN, PITFALL, CLAIM, TEXT)}
