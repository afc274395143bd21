"""Where a sheet and its index lie, and whether they fit each other. Light: the commands that start at once begin here.

An index is a line with its stamp, a line with the table of contents, a line with the frame of the sheet, and a line for
each entry. It is good only for
the very bytes of YAML it was made from, and for the code that made it.
"""

from __future__ import annotations

import os
import sys
from zlib import crc32

from tutor.errors import Fault, SheetError

_HERE = os.path.dirname(os.path.abspath(__file__))


def shipped() -> str:
    """The path of the sheet that comes with torch-tutor: in the package, or beside it in a checkout."""
    package = os.path.dirname(_HERE)
    places = [os.path.join(folder, "cheatsheet.yaml") for folder in (package, os.path.dirname(package))]
    for path in places:
        if os.path.isfile(path):
            return path
    fault = Fault(
        places[0],
        "the sheet of torch-tutor is missing: reinstall torch-tutor, or name a sheet",
        "缺少torch-tutor自带的表：请重新安装torch-tutor，或指定一张表",
    )
    raise SheetError((fault,))


def beside(path: str) -> str:
    """The index that lies next to a sheet, if there is one."""
    return os.path.splitext(path)[0] + ".index.json"


def is_shipped(path: str) -> bool:
    """Whether a path leads to the sheet that comes with torch-tutor."""
    try:
        return os.path.samefile(path, shipped())
    except (OSError, ValueError, SheetError):
        return False


def stamp_of(raw: bytes, exact: bool = False) -> str:
    """What an index of a sheet must carry to fit it: the sheet's bytes and this package's code, in short. An exact one
    cannot be made to fit other bytes, as a checksum can."""
    code = 0
    for name in sorted(os.listdir(_HERE)):
        if name.endswith(".py"):
            with open(os.path.join(_HERE, name), "rb") as file:
                code = crc32(file.read(), code)
    if exact:
        from hashlib import sha256

        return f"{sha256(raw).hexdigest()}-{code:08x}"
    return f"{len(raw)}-{crc32(raw):08x}-{code:08x}"


def cached(path: str) -> str:
    """Where the index of a sheet is kept for this user and this Python; empty where there is no such place."""
    folder = _cache_folder()
    full = os.path.abspath(path)
    name = os.path.splitext(os.path.basename(full))[0]
    key = crc32(full.encode(errors="surrogatepass"))
    return os.path.join(folder, f"{name}-{key:08x}.{sys.implementation.cache_tag}.json") if folder else ""


def _cache_folder() -> str:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME", "")
        base = base if os.path.isabs(base) else os.path.expanduser("~/.cache")
    return os.path.join(base, "torch-tutor") if os.path.isabs(base) else ""


def lines(path: str, raw: bytes) -> tuple[bytes, bytes] | None:
    """The table of contents and the values of a sheet as its index has them; None where no index fits.

    What lies beside a sheet from elsewhere is from elsewhere too: its index would say what runs, unseen by whoever
    reads the sheet. So only the shipped one has an index beside it, and that of another fits its bytes exactly.
    """
    own = is_shipped(path)
    stamp = stamp_of(raw, exact=not own)
    for index in (beside(path), cached(path)) if own else (cached(path),):
        try:
            with open(index, "rb") as file:
                head, _, rest = file.read().partition(b"\n")
        except OSError:
            continue
        if head == f"{stamp}-{crc32(rest):08x}".encode():
            contents, _, values = rest.partition(b"\n")
            return contents, values
    return None
