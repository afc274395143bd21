"""The clipboard: by the terminal's own sequence, and by the system's command where there is one, for terminals that
ignore the sequence without a word."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from textual.app import App

LARGEST = 1_000_000  # characters


def copy_text(app: App[Any], text: str) -> None:
    """Both ways; neither tells whether it worked."""
    text = text[:LARGEST]
    app.copy_to_clipboard(text)
    command = _command()
    if command and not app.is_headless:
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            process.communicate(text.encode("utf-8", "replace"), timeout=1)
        except (OSError, subprocess.TimeoutExpired):
            pass


def _command() -> list[str]:
    if sys.platform == "darwin":
        return ["pbcopy"]
    found = []
    if os.environ.get("WAYLAND_DISPLAY"):
        found.append(["wl-copy"])
    if os.environ.get("DISPLAY"):
        found += [["xclip", "-selection", "clipboard", "-in"], ["xsel", "--clipboard", "--input"]]
    if os.environ.get("WSL_DISTRO_NAME"):
        found.append(["clip.exe"])
    return next((command for command in found if shutil.which(command[0])), [])
