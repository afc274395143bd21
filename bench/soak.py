"""Many runs in a row, among them runs that fail: what the worker and the client hold on to.

Pss shares out what processes have in common; from the first tenth on, nothing may grow. `N` says how many runs.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections import Counter

from measure import table, timed, warm_up
from memory import children, descriptors, memory

from tutor.launch import here
from tutor.runner import Runner
from tutor.worker.wire import Job

RUNS = 5000
LOOKS = 10
SNIPPETS = (
    "1 + 1",
    "import torch\nx = torch.ones(2, 2)\nprint(x @ x)",
    "import torch\nw = torch.ones(3, requires_grad=True)\n(w * w).sum().backward()\nw.grad",
    "import torch\nm = torch.nn.Linear(4, 2)\no = torch.optim.Adam(m.parameters())\n"
    "m(torch.ones(3, 4)).sum().backward()\no.step()",
    "for i in range(1000): print(i)",
    "1 / 0",
    "import torch\ntorch.ones(2) @ torch.ones(3)",
    "import os\nos._exit(3)",
    "import os\nos.abort()",
    "open('left', 'w').write('x' * 10000)\nimport os\nos.mkdir('d')\nos.chmod('d', 0)",
    "import os, time\nif os.fork() == 0: time.sleep(1000)",
    "import subprocess\np = subprocess.Popen(['sleep', '1000'], start_new_session=True)",
    "x = bytearray(10**13)",
    "while True: print('x' * 10000)",
)
SLOW = ("while True: pass", "import time\ntime.sleep(1000)")
LIMIT = 0.2  # seconds for those


async def soak(runs: int) -> list[tuple[str, ...]]:
    """Rows of what is held on to, at the start and after each tenth of the runs."""
    rows, outcomes = [], Counter[str]()
    async with Runner(here()) as runner:
        await warm_up(runner)
        for number in range(runs + 1):
            if number % max(1, runs // LOOKS) == 0:
                rows.append(await row(runner, number))
            slow = number % 50 == 49
            code = SLOW[number // 50 % len(SLOW)] if slow else SNIPPETS[number % len(SNIPPETS)]
            told = await timed(runner, Job("soak", code, timeout=LIMIT if slow else 20.0))
            outcomes[told.outcome] += 1
    print(", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common()))
    return rows


async def row(runner: Runner, number: int) -> tuple[str, ...]:
    """What the worker and this process hold when nothing runs."""
    assert runner.ready is not None
    worker = runner.ready.pid
    limit = time.monotonic() + 10
    while len(children(worker)) != 1 and time.monotonic() < limit:
        await asyncio.sleep(0.05)
    figures: list[str] = []
    for pid in (worker, os.getpid()):
        figures += [f"{memory(pid)[1]:.1f}", str(descriptors(pid))]
    return (str(number), *figures, str(len(children(worker))), str(len(os.listdir(f"/proc/{worker}/task"))))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer runs")
    parser.add_argument("runs", nargs="?", type=int, metavar="N", help=f"how many ({RUNS})")
    args = parser.parse_args()
    runs = args.runs or (300 if args.quick else RUNS)
    begun = time.monotonic()
    rows = asyncio.run(soak(runs))
    print(f"{runs} runs in {time.monotonic() - begun:.0f} s; Pss in MB")
    head = ("after", "worker", "descriptors", "client", "descriptors", "processes", "threads")
    table(head, rows)
    first, last = rows[min(1, len(rows) - 1)], rows[-1]
    for name, column in (("worker", 1), ("client", 3)):
        grown = 100 * (float(last[column]) / float(first[column]) - 1)
        print(f"{name}: {grown:+.1f} % from run {first[0]} to run {last[0]}")


if __name__ == "__main__":
    main()
