"""What reaches the app from outside: requests to end, and being continued after it was stopped. Knows no screen."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable


def listen(asked_to_end: Callable[[int], None]) -> None:
    """Call it with the number of the signal, between two events, when the app is to end."""
    if sys.platform == "win32":
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        loop.add_signal_handler(number, asked_to_end, number)


def take_back(driver: object) -> None:
    """See to the terminal of an app that was stopped without a word (SIGSTOP), so that it could not let go of it.

    Continued, it finds it with the modes of the shell. It lets go of it then, and takes it again like after Ctrl-Z.
    """
    if sys.platform == "win32":
        return
    from textual.drivers.linux_driver import LinuxDriver

    if not isinstance(driver, LinuxDriver):
        return

    def continued(*_: object) -> None:
        if not driver._must_signal_resume:
            if not driver._auto_restart or os.tcgetpgrp(driver.fileno) != os.getpgrp():
                return
            driver._must_signal_resume = True
            driver.suspend_application_mode()
        driver._sigcont_application()

    signal.signal(signal.SIGCONT, continued)
