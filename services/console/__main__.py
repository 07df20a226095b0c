"""The console's shell: reads settings, opens the store, serves."""

import asyncio
import errno
import logging
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import NoReturn

import uvicorn

from services.console.app import STORE, create_app
from services.console.live import Hub
from services.kit import logs
from services.kit.clock import utc_now
from services.kit.health import Health, announce
from services.kit.metrics import Metrics
from services.kit.service import EXIT_CONFIGURATION, guarded, read_settings
from services.store.open import open_store

NAME = "console"
LONGEST_STOP = 2.5  # seconds


class Server(uvicorn.Server):
    """Tells where it listens once it does, and ends the live streams when it stops."""

    def __init__(self, config: uvicorn.Config, hub: Hub, ready_file: Path | None, address: str) -> None:
        super().__init__(config)
        self._hub = hub
        self._ready_file = ready_file
        self._address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        announce(self._ready_file, self._address)
        logs.get(__name__).info("the console listens", url=self._address)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # A call to a store that hangs must not hold the process: nothing here has to be finished.
        last = threading.Timer(LONGEST_STOP, os._exit, (0,))
        last.daemon = True
        last.start()
        self._hub.close()
        await super().shutdown(sockets)


def main() -> None:
    settings = read_settings()
    logs.configure(NAME, settings.log_level, settings.log_format)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    try:
        store = open_store(settings.store)
    except ValueError as error:
        _refuse(f"NEWSWATCH_STORE: {error}")
    listening = _listen(settings.host, settings.port)
    app = create_app(store, settings, utc_now, Health(NAME, Metrics(NAME), STORE))
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=2
    )
    server = Server(config, app.state.hub, settings.ready_file, _address(settings.host, listening))
    # uvicorn raises the signal that stopped it once more: what it then meets must not kill the process.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)
    try:
        asyncio.run(server.serve([listening]))
    finally:
        store.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        cause = "the port is in use" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
        _refuse(f"cannot listen on {host}:{port}: {cause}; set NEWSWATCH_PORT to a free one")


def _address(host: str, listening: socket.socket) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listening.getsockname()[1]}"


def _refuse(line: str) -> NoReturn:
    print(f"newswatch {NAME}: {line}", file=sys.stderr)
    sys.exit(EXIT_CONFIGURATION)


if __name__ == "__main__":
    guarded(main)
