"""Where what torch-tutor keeps of its user belongs, and how a file of it is written. Knows nothing of what is in it."""

from __future__ import annotations

import os


def user_folder() -> str:
    """Where this user's state belongs on this platform. Empty where there is no such place."""
    override = os.environ.get("TORCH_TUTOR_STATE", "")
    if override:
        return os.path.abspath(override)
    from platformdirs import user_state_path

    try:
        return str(user_state_path("torch-tutor", appauthor=False))
    except (OSError, RuntimeError, KeyError):
        return ""


def write(path: str, content: bytes) -> None:
    """All of it or nothing, also if the machine stops now. OSError where it cannot be."""
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    partial = f"{path}.{os.getpid()}.partial"
    try:
        with open(partial, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        if os.path.exists(partial):
            try:
                os.remove(partial)
            except OSError:
                pass
