"""Runs the sample newsroom: python -m services.newsroom --port 8090 --edition 1"""

import argparse
import asyncio
import errno
import json
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from services.newsroom import core, library
from services.newsroom.server import Newsroom

_HOST = "127.0.0.1"


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until SIGTERM or Ctrl-C. Returns 0 after a clean stop, 1 when it could not start."""
    options = _parser().parse_args(argv)
    try:
        asyncio.run(_serve(options))
    except library.DataError as error:
        return _refuse(f"{error}; correct the file in services/newsroom")
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return _refuse(
                f"port {options.port} on {_HOST} is in use; choose another with --port, 0 takes a free one"
            )
        if error.errno == errno.EACCES and error.filename is None:
            return _refuse(
                f"port {options.port} on {_HOST} may not be bound; choose one above 1023 with --port"
            )
        return _refuse(f"{error.filename or _HOST}: {error.strerror}; check --ready-file and --port")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="newswatch newsroom", description=__doc__)
    parser.add_argument("--port", type=_port, default=0, help="0 (default): a free one")
    parser.add_argument("--edition", type=_positive_int, default=1, help="every edition tells other events")
    parser.add_argument("--speed", type=_positive, default=1.0, help="2: the timeline in half the time")
    parser.add_argument("--ready-file", type=Path, help='written once listening: {"url": ...}')
    parser.add_argument(
        "--stream", type=_positive, metavar="RATE", help="articles per second, not an edition"
    )
    parser.add_argument("--count", type=_positive_int, default=10_000, help="articles of the stream")
    parser.add_argument(
        "--event-every", type=_positive_int, default=10, help="every k-th of the stream is an event"
    )
    return parser


async def _serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    start = datetime.now(UTC)
    data, feed_size = library.load(), 30
    if options.stream:
        publications = tuple(
            core.stream(
                data,
                options.stream,
                options.count,
                start,
                seed=options.edition,
                event_every=options.event_every,
            )
        )
        # Twenty seconds of the stream stay in the feeds, so that a slow poll misses nothing.
        feed_size = max(feed_size, round(20 * options.stream * options.speed / 4))
    else:
        publications = core.edition(data, options.edition, start)
    newsroom = Newsroom(publications, _now, speed=options.speed, feed_size=feed_size)
    runner = web.AppRunner(newsroom.app(), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, _HOST, options.port).start()
        url = f"http://{_HOST}:{runner.addresses[0][1]}"
        print(
            f"sample newsroom: {len(publications)} articles of edition {options.edition} at {url}", flush=True
        )
        if options.ready_file:
            _write_whole(options.ready_file, json.dumps({"url": url}))
        await stop.wait()
    finally:
        await runner.cleanup()


def _write_whole(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, "utf-8")
    part.replace(path)


def _now() -> datetime:
    return datetime.now(UTC)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text}: a port lies between 0 and 65535")
    return port


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text}: must be above 0")
    return number


def _positive_int(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text}: must be 1 or more")
    return number


def _refuse(message: str) -> int:
    print(f"newsroom: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
