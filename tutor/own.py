"""The reader's own code as an entry: a file, or text from a pipe or an editor.

It knows files and nothing of workers or screens. The sheet's own entries never pass here.
"""

from __future__ import annotations

import ast
import os

from tutor.catalogue.model import Entry
from tutor.catalogue.model import Text as Words
from tutor.errors import UsageError, reason

LARGEST = 1_000_000  # characters of a script
OWN_TIMEOUT = 60.0  # seconds for the user's own code, which has no limit of its own
HARMLESS = {"__future__", "torch", "numpy", "math", "random", "itertools", "functools", "collections", "dataclasses"}
HARMLESS |= {
    "abc",
    "contextlib",
    "copy",
    "enum",
    "operator",
    "re",
    "statistics",
    "string",
    "time",
    "typing",
    "warnings",
}
HARMLESS |= {"argparse", "bisect", "datetime", "heapq", "json", "pprint", "textwrap", "tqdm"}
HARMFUL = {
    "open",
    "exec",
    "eval",
    "compile",
    "__import__",
    "save",
    "savez",
    "savetxt",
    "tofile",
    "write",
    "dump",
    "export",
}
HARMFUL |= {"load_state_dict_from_url", "download_url_to_file", "init_process_group", "SummaryWriter", "from_file"}
SETUP = """\
import os, sys
sys.path.insert(0, {0!r})
if os.path.isdir({1!r}):  # not so on another machine
    os.chdir({1!r})
del os, sys
"""


def is_source(selector: str) -> bool:
    """Whether it is the user's own file, or a pipe as the shell's `<(...)` makes one."""
    if selector.endswith(".py"):
        return True
    if selector.endswith((".yaml", ".yml")) or os.path.isdir(selector):
        return False
    return os.path.isfile(selector) or (os.sep in selector and os.path.exists(selector))


def read_source(path: str) -> str:
    """The user's own file."""
    if path.endswith(".ipynb"):
        convert = f"`jupyter nbconvert --to script {path}`"
        raise UsageError(
            f"{path}: a notebook, not Python: first {convert}", f"{path}：是笔记本，不是Python：请先{convert}"
        )
    try:
        with open(path, encoding="utf-8-sig") as f:
            source = f.read(LARGEST + 1)
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file", f"{path}：没有这个文件") from None
    except (OSError, UnicodeDecodeError) as e:
        raise UsageError(
            f"{path}: cannot be read as Python source: {e}", f"{path}：无法作为Python源码读取：{reason(e, 'zh')}"
        ) from None
    return bounded(source, path)


def bounded(source: str, name: str) -> str:
    """The source, where it is not so large that nobody wrote it."""
    if len(source) > LARGEST:
        raise UsageError(
            f"{name}: more than {LARGEST:,} characters: too much for a script to be shown",
            f"{name}：超过{LARGEST:,}个字符：作为脚本太长，无法显示",
        )
    return source


def own(name: str, source: str, directory: str) -> Entry:
    """The user's own code as an entry. Under `python FILE` it would find the modules beside it and the files that the
    user sees from here, and so it does."""
    if not source.strip():
        raise UsageError(f"{name}: there is no code in it", f"{name}：里面没有代码")
    nothing = Words("", "")
    setup = SETUP.format(directory, os.getcwd())
    return Entry(name, "", nothing, nothing, source, (), setup=setup, timeout=OWN_TIMEOUT)


def is_harmless(source: str) -> bool:
    """Whether nothing in a user's own code looks as if it wrote, sent or started something: only then may it be run a
    second time to explain an error."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and not all(a.name.split(".")[0] in HARMLESS for a in node.names):
            return False
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] not in HARMLESS:
            return False
        if isinstance(node, ast.Call) and _looks_harmful(node.func):
            return False
    return True


def _looks_harmful(func: ast.expr) -> bool:
    match func:
        case ast.Name(id=name):
            return name in HARMFUL
        case ast.Attribute(value=ast.Name(id="__builtins__")):
            return True
        case ast.Attribute(attr="eval") | ast.Attribute(value=ast.Name(id="re"), attr="compile"):
            return False  # of a model, `model.eval()`, and of a pattern: not the functions of these names
        case ast.Attribute(attr=name):
            return name in HARMFUL
    return False
