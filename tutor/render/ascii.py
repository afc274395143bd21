"""What stands for a character where there is nothing but ASCII: one for one, so that columns stay where they are."""

from __future__ import annotations

ASCII = str.maketrans(
    {
        **dict.fromkeys("…", "~"),
        **dict.fromkeys("─╌━", "-"),
        **dict.fromkeys("│┃▌", "|"),
        **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼", "+"),
        **dict.fromkeys("→▸›", ">"),
        **dict.fromkeys("←", "<"),
        **dict.fromkeys("↑", "^"),
        **dict.fromkeys("↓▾✓", "v"),
        **dict.fromkeys("·", "."),
        **dict.fromkeys("●■", "*"),
        **dict.fromkeys("○", "o"),
        **dict.fromkeys("×✗", "x"),
        **dict.fromkeys("≠█", "#"),
        **dict.fromkeys("“”", '"'),
        **dict.fromkeys("‘’", "'"),
        **dict.fromkeys("–—", "-"),
    }
)


def replaced(error: UnicodeError) -> tuple[str, int]:
    """What an encoding writes for characters that it does not have, as a handler of `codecs`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    told = error.object[error.start : error.end].translate(ASCII)
    return "".join(char if char.isascii() else "?" for char in told), error.end
