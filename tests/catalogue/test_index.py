from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from zlib import crc32

import pytest

from tutor.catalogue import contents, index, load, place
from tutor.catalogue.index import Book, dumps, encode, loads, read
from tutor.catalogue.place import beside, shipped, stamp_of
from tutor.errors import SheetError

from .sheets import SHEET, spoilt


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache directory, empty."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder / "torch-tutor"


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(SHEET, encoding="utf-8")
    return path


@pytest.fixture
def loads_of_yaml(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the sheets that were read from their YAML."""
    paths: list[str] = []
    parse = load.parse

    def recorded(raw: bytes, path: str) -> object:
        paths.append(path)
        return parse(raw, path)

    monkeypatch.setattr(load, "parse", recorded)
    return paths


def test_a_round_trip_is_exact() -> None:
    catalogue = load.parse(SHEET.encode(), "sheet.yaml")

    assert loads(dumps(catalogue)) == catalogue


def test_the_second_reading_needs_no_yaml(sheet: Path, cache: Path, loads_of_yaml: list[str]) -> None:
    first = read(str(sheet))
    second = read(str(sheet))

    assert first == second == load.load(str(sheet))
    assert loads_of_yaml == [str(sheet), str(sheet)]  # the first reading, and that of `load.load`
    (kept,) = cache.iterdir()
    assert kept.name.startswith("mine-")
    assert kept.name.endswith(f".{sys.implementation.cache_tag}.json")


def test_a_changed_sheet_is_read_again(sheet: Path, loads_of_yaml: list[str]) -> None:
    read(str(sheet))
    sheet.write_text(spoilt(("{en: Clear,", "{en: Blank,")), encoding="utf-8")  # of the same size

    catalogue = read(str(sheet))

    assert [entry.title.en for entry in catalogue][1] == "Blank"
    assert loads_of_yaml == [str(sheet)] * 2


def test_an_index_of_another_loader_is_stale(
    sheet: Path, tmp_path: Path, loads_of_yaml: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read(str(sheet))
    other = tmp_path / "other"
    other.mkdir()
    (other / "load.py").write_text("# a loader that differs\n")
    monkeypatch.setattr(place, "_HERE", str(other))

    read(str(sheet))

    assert loads_of_yaml == [str(sheet)] * 2


@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty", "not JSON", "not a sheet"])
def test_a_damaged_index_is_ignored(damage: str, sheet: Path, cache: Path, loads_of_yaml: list[str]) -> None:
    expected = read(str(sheet))
    (kept,) = cache.iterdir()
    whole = kept.read_bytes()
    stamp = stamp_of(sheet.read_bytes(), exact=True)
    kept.write_bytes(
        {
            "truncated": whole[: len(whole) // 2],
            "flipped": whole.replace(b"second time", b"second tim3"),
            "empty": b"",
            "not JSON": _sealed(stamp, b"{"),
            "not a sheet": _sealed(stamp, b"[1]"),
        }[damage]
    )

    assert read(str(sheet)) == expected
    assert loads_of_yaml == [str(sheet)] * 2
    assert kept.read_bytes() == whole


def _sealed(stamp: str, values: bytes) -> bytes:
    return f"{stamp}-{crc32(values):08x}\n".encode() + values


def test_an_index_beside_the_shipped_sheet_comes_first(
    sheet: Path, cache: Path, loads_of_yaml: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "shipped", lambda: str(sheet))
    raw = sheet.read_bytes()
    catalogue = load.parse(raw, "built elsewhere")
    Path(beside(str(sheet))).write_bytes(encode(catalogue, stamp_of(raw)))
    loads_of_yaml.clear()

    assert read(str(sheet)).path == str(sheet)
    assert loads_of_yaml == []
    assert not cache.exists()


def test_an_index_that_came_with_another_sheet_is_not_believed(sheet: Path) -> None:
    raw = sheet.read_bytes()
    other = load.parse(spoilt(("x = torch.ones(1)", "x = torch.zeros(9)")).encode(), str(sheet))
    for exact in (False, True):
        Path(beside(str(sheet))).write_bytes(encode(other, stamp_of(raw, exact)))

        assert read(str(sheet)) == load.parse(raw, str(sheet))
        assert Book(str(sheet)).entry("autograd/zero-grad").code == "x = torch.ones(1)"


def test_no_index_fits_another_sheet_with_the_same_checksum(sheet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (index, place):
        monkeypatch.setattr(module, "crc32", lambda *_: 0)  # as if it had been made to collide
    read(str(sheet))
    sheet.write_text(spoilt(("{en: Clear,", "{en: Blank,")), encoding="utf-8")  # of the same size

    assert [entry.title.en for entry in read(str(sheet))][1] == "Blank"


def test_the_digest_is_that_of_the_bytes_that_were_read(sheet: Path) -> None:
    book = Book(str(sheet))
    sheet.write_text("changed since", encoding="utf-8")

    assert book.digest == sha256(SHEET.encode()).hexdigest()
    assert book.catalogue == load.parse(SHEET.encode(), str(sheet))


def test_a_sheet_with_faults_is_never_kept(sheet: Path, cache: Path) -> None:
    sheet.write_text(spoilt(("timeout: 30", "timeout: 0")), encoding="utf-8")

    with pytest.raises(SheetError, match="timeout"):
        read(str(sheet))

    assert not cache.exists()


def test_a_cache_that_cannot_be_written_does_no_harm(sheet: Path, cache: Path) -> None:
    cache.parent.write_text("a file where the directory should be")

    assert len(read(str(sheet))) == 3


def test_a_failed_write_leaves_nothing_behind(sheet: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: str, target: str) -> None:
        raise PermissionError(target)

    monkeypatch.setattr(os, "replace", refuse)

    assert len(read(str(sheet))) == 3
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"XDG_CACHE_HOME": "/x"}, "/x/torch-tutor"),
        ("linux", {"XDG_CACHE_HOME": "relative", "HOME": "/home/ada"}, "/home/ada/.cache/torch-tutor"),
        ("linux", {"XDG_CACHE_HOME": "", "HOME": "nowhere"}, ""),
        ("darwin", {"HOME": "/Users/ada"}, "/Users/ada/Library/Caches/torch-tutor"),
        ("win32", {"LOCALAPPDATA": "/C/ada"}, "/C/ada/torch-tutor"),
        ("win32", {"LOCALAPPDATA": ""}, ""),
    ],
)
def test_the_cache_is_where_the_platform_has_it(
    platform: str, variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert place._cache_folder() == expected


def test_the_shipped_sheet_is_in_the_package_or_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "tutor"
    (package / "catalogue").mkdir(parents=True)
    monkeypatch.setattr(place, "_HERE", str(package / "catalogue"))
    with pytest.raises(SheetError) as caught:
        shipped()
    (tmp_path / "cheatsheet.yaml").touch()
    in_a_checkout = shipped()
    (package / "cheatsheet.yaml").touch()
    in_a_wheel = shipped()

    told = f"{package}/cheatsheet.yaml: the sheet of torch-tutor is missing: reinstall torch-tutor, or name a sheet"
    assert str(caught.value) == told
    assert caught.value.in_("zh").startswith(f"{package}/cheatsheet.yaml：缺少torch-tutor自带的表：")
    assert in_a_checkout == str(tmp_path / "cheatsheet.yaml")
    assert in_a_wheel == str(package / "cheatsheet.yaml")


def test_a_reading_from_the_index_imports_nothing_heavy(sheet: Path) -> None:
    read(str(sheet))
    code = f"""
import sys
from tutor.catalogue import read
assert len(read({str(sheet)!r})) == 3
heavy = {{"yaml", "torch", "numpy", "textual", "rich", "pathlib", "difflib", "tutor.catalogue.load"}}
print(sorted(heavy & set(sys.modules)))
"""

    result = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, env=_env())

    assert result.stdout == "[]\n"


def _env() -> dict[str, str]:
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(index.__file__))))
    return {**os.environ, "PYTHONPATH": root}


def test_the_table_of_contents_is_that_of_the_sheet_with_and_without_an_index(sheet: Path) -> None:
    first, second = contents.read(str(sheet)), contents.read(str(sheet))

    assert first == second == contents.of(read(str(sheet)))
    assert [e["id"] for s in first for g in s["groups"] for e in g["entries"]] == [e.id for e in read(str(sheet))]
