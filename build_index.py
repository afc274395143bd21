"""The build hook: a sheet with faults builds nothing, and the wheel carries the sheet with its index.

An editable install gets neither. Its sheet is the one of the checkout, and changes.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class IndexHook(BuildHookInterface):
    """Checks `cheatsheet.yaml` and puts it into the wheel, `cheatsheet.index.json` next to it."""

    PLUGIN_NAME = "custom"
    _folder = ""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before a build: write the index to where the wheel takes it from."""
        sys.path.insert(0, self.root)
        from tutor.catalogue.index import encode
        from tutor.catalogue.load import parse
        from tutor.catalogue.place import stamp_of
        from tutor.catalogue.source import read_bytes

        sheet = os.path.join(self.root, "cheatsheet.yaml")
        raw = read_bytes(sheet)
        catalogue = parse(raw, "cheatsheet.yaml")
        if self.target_name != "wheel" or version == "editable":
            return
        self._folder = tempfile.mkdtemp(prefix="torch-tutor-build-")
        index = os.path.join(self._folder, "cheatsheet.index.json")
        with open(index, "wb") as file:
            file.write(encode(catalogue, stamp_of(raw)))
        build_data["force_include"][sheet] = "tutor/cheatsheet.yaml"
        build_data["force_include"][index] = "tutor/cheatsheet.index.json"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """After a build: remove what was written for it."""
        shutil.rmtree(self._folder or os.devnull, ignore_errors=True)
