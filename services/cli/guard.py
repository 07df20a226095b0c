"""Run a command that ends when whoever started it ends, even by kill -9.

python -m services.cli.guard PARENT_PID COMMAND [ARGUMENT …]
"""

import ctypes
import os
import platform
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    parent, command = int(arguments[0]), arguments[1:]
    if platform.system() == "Linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        # The parent may have ended before the line above: then no signal will come.
        if os.getppid() != parent:
            return 1
        os.execv(command[0], command)
    return _watch(parent, command)


def _watch(parent: int, command: list[str]) -> int:
    """Where the kernel cannot be asked to do it: stay beside the child and look."""
    child = subprocess.Popen(command)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: child.send_signal(received))
    while child.poll() is None:
        if os.getppid() != parent:
            child.kill()
        time.sleep(0.3)
    return child.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
