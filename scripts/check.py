"""Every gate of the project in one command, run by the interpreter that runs this: no tool of another place slips in.

`python scripts/check.py` runs all of them, `python scripts/check.py types tests` the named ones. A gate that fails
stops no other. The tests come last, so that their summary is what stands at the end.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
IMPORTS = "import sys; from importlinter.cli import lint_imports_command as run; sys.exit(run())"
GATES = {
    "format": ("-m", "ruff", "format", "--check", "."),
    "lint": ("-m", "ruff", "check", "."),
    "types": ("-m", "mypy"),
    "imports": ("-c", IMPORTS),
    "sheet": ("-m", "tutor", "check"),
    "tests": ("-m", "pytest"),
}


def main(names: list[str]) -> int:
    """Run the gates; 1 if one of them failed, 2 for a name that is none."""
    unknown = [name for name in names if name not in GATES]
    if unknown:
        print(f"no gate {', '.join(unknown)}: there are {', '.join(GATES)}", file=sys.stderr)
        return 2
    chosen = [name for name in GATES if not names or name in names]
    failed = [name for name in chosen if not passes(name)]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def passes(name: str) -> bool:
    """Run one gate, its output as it comes."""
    print(f"== {name}", flush=True)
    return subprocess.run([sys.executable, *GATES[name]], cwd=ROOT, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
