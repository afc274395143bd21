"""How soon a command is done, against `python -c pass`, and what it imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from statistics import median

from measure import ROOT, milliseconds, quick, spread, table

SCRIPT = "import sys\nfrom tutor.cli import main\nsys.exit(main())\n"  # what pip makes of the entry point
LOOK = """\
import json, sys
from tutor.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(json.dumps([len(sys.modules), *(name for name in NAMES if name in sys.modules)]), file=sys.stderr)
"""
NAMES = ("torch", "numpy", "textual", "yaml", "rich", "asyncio")
COLD = "list, cold index"
COMMANDS = {
    "torch-tutor --version": ["--version"],
    "torch-tutor list": ["list"],
    "torch-tutor show autograd/backward": ["show", "autograd/backward"],
    "torch-tutor search gradient": ["search", "gradient"],
    COLD: ["list"],
}


class Place:
    """A user's home in small: compiled modules and an index are kept from one start to the next."""

    def __init__(self, folder: str) -> None:
        self.folder, self.cold = folder, 0
        self.script = os.path.join(folder, "torch-tutor")
        with open(self.script, "w", encoding="utf-8") as file:
            file.write(SCRIPT)

    def env(self, cold: bool) -> dict[str, str]:
        self.cold += cold
        cache = os.path.join(self.folder, f"cache-{self.cold if cold else 0}")
        rest = {k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")}
        compiled = os.path.join(self.folder, "compiled")
        return {**rest, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": compiled, "XDG_CACHE_HOME": cache}

    def start(self, name: str) -> float:
        if name == "python -c pass":
            return milliseconds([sys.executable, "-c", "pass"], self.env(False))
        return milliseconds([sys.executable, self.script, *COMMANDS[name]], self.env(name == COLD))

    def imports(self, name: str) -> tuple[int, list[str]]:
        """How many modules there are at the end, and which of the heavy ones."""
        program = LOOK.replace("NAMES", repr(NAMES))
        argv = [sys.executable, "-c", program, *COMMANDS[name]]
        done = subprocess.run(argv, env=self.env(name == COLD), capture_output=True, text=True, check=True)
        count, *names = json.loads(done.stderr.splitlines()[-1])
        return count, names


def main() -> None:
    runs = 5 if quick(__doc__ or "") else 30
    names = ["python -c pass", *COMMANDS]
    told: dict[str, list[float]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        place = Place(folder)
        for name in names:
            place.start(name)
        for turn in range(runs):
            for i in range(len(names)):
                name = names[(turn + i) % len(names)]
                told[name].append(place.start(name))
        rows = []
        base = median(told[names[0]])
        for name in names:
            count, heavy = place.imports(name) if name in COMMANDS else (0, [])
            times = spread(told[name])
            ratio = f"{median(told[name]) / base:.1f}"
            rows.append((name, times, ratio, str(count or ""), ", ".join(heavy) if count else ""))
    print(f"{runs} starts of each; ms, p50 [10 % .. 90 %]; modules at the end, and which of {', '.join(NAMES)}")
    table(("", "ms", "ratio", "modules", "heavy ones"), rows)


if __name__ == "__main__":
    main()
