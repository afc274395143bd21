"""What libyaml finds wrong with a text: what to do about it, and the same in Chinese. Words only; `tree` asks for them.

PyYAML without libyaml finds the same in other words. Those, and what no sheet is likely to have, are told as they are.
"""

from __future__ import annotations

from tutor.catalogue.model import Text

HINTS = (
    (
        "mapping values are not allowed",
        Text(
            "a text with `: ` in it needs quotes, and fields of one entry the same indent",
            "含有`: `的文字要加引号，同一条目的各字段缩进要一致",
        ),
    ),
    (
        "cannot start any token",
        Text(
            "indent with spaces, not tabs, and quote a text that starts with `, @ or %",
            "请用空格而不是制表符缩进，以`、@或%开头的文字要加引号",
        ),
    ),
    ("tab character", Text("indent with spaces, not tabs", "请用空格而不是制表符缩进")),
    (
        "could not find expected ':'",
        Text(
            "this line or the one above lacks its `name: value`, or is indented too little",
            "这一行或上一行不是`name: value`的形式，或缩进不够",
        ),
    ),
    (
        "did not find expected key",
        Text(
            "see that the fields of one entry have the same indent, and quotes are closed",
            "请检查同一条目的各字段缩进是否一致，引号是否成对",
        ),
    ),
    (
        "expected a single document",
        Text("keep one sheet per file and remove the `---` between", "每个文件只放一张表，请删去中间的`---`"),
    ),
)
"""By a part of the problem."""
LOOK = Text("check quotes, brackets and indents up to here", "请检查到此处为止的引号、括号和缩进")
"""Where there is no better hint."""

CHINESE = {
    "mapping values are not allowed in this context": "这里不能有映射的值",
    "mapping keys are not allowed in this context": "这里不能有映射的键",
    "block sequence entries are not allowed in this context": "这里不能有列表项",
    "could not find expected ':'": "没有找到应有的':'",
    "did not find expected key": "这里应当是一个键",
    "did not find expected '-' indicator": "这里应当是'-'",
    "did not find expected ',' or ']'": "这里应当是','或']'",
    "did not find expected ',' or '}'": "这里应当是','或'}'",
    "did not find expected node content": "这里应当有内容",
    "did not find expected comment or line break": "这里应当是注释或换行",
    "did not find expected whitespace or line break": "这里应当是空白或换行",
    "did not find expected alphabetic or numeric character": "这里应当是字母或数字",
    "did not find expected hexdecimal number": "这里应当是十六进制数",
    "did not find expected <document start>": "这里应当是文档的开头",
    "found character that cannot start any token": "有不能用作开头的字符",
    "found a tab character that violates indentation": "有破坏缩进的制表符",
    "found a tab character where an indentation space is expected": "缩进处用了制表符",
    "found unexpected end of stream": "文件在这里意外结束",
    "found unexpected document indicator": "这里意外出现文档标记",
    "found unexpected ':'": "这里意外出现':'",
    "found unknown escape character": "有未知的转义字符",
    "found invalid Unicode character escape code": "转义序列不代表任何Unicode字符",
    "found undefined tag handle": "有未定义的标签前缀",
}
"""Problems."""
PARTS = {
    "while parsing a block mapping": "映射",
    "while parsing a block collection": "列表",
    "while parsing a flow mapping": "花括号映射",
    "while parsing a flow sequence": "方括号列表",
    "while parsing a block node": "值",
    "while parsing a flow node": "值",
    "while scanning a simple key": "键",
    "while scanning a block scalar": "块",
    "while scanning a plain scalar": "文字",
    "while scanning a quoted scalar": "引号里的文字",
    "while parsing a quoted scalar": "引号里的文字",
}
"""Where libyaml was when it found the problem: what had begun there."""


def hint(problem: str) -> Text:
    """What to do about a problem."""
    return next((words for sign, words in HINTS if sign in problem), LOOK)


def begun(context: str, line: int) -> Text:
    """What began in an earlier line, and the problem is in."""
    part = PARTS.get(context)
    return Text(f"{context} from line {line}", f"该{part}始于第{line}行" if part else f"{context}，始于第{line}行")
