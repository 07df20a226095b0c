"""What every service's shell does first: settings, logs, metrics, health."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from services.kit import health as health_module
from services.kit import logs
from services.kit.errors import Unavailable
from services.kit.health import Health
from services.kit.metrics import Metrics
from services.kit.settings import Settings

EXIT_CONFIGURATION = 2
EXIT_UNAVAILABLE = 69


@dataclass(frozen=True, slots=True)
class Service:
    """The parts that a shell hands on."""

    name: str
    settings: Settings
    metrics: Metrics
    health: Health
    address: str


def start(name: str, *conditions: str) -> Service:
    """Read the environment, begin to log, and answer for health and metrics."""
    settings = read_settings()
    logs.configure(name, settings.log_level, settings.log_format)
    metrics = Metrics(name)
    health = Health(name, metrics, *conditions)
    address = health_module.serve(health, settings.host, settings.port, settings.ready_file)
    return Service(name, settings, metrics, health, address)


def read_settings() -> Settings:
    """The settings from the environment; ends the process with one clear line where one is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            name = "NEWSWATCH_" + "_".join(str(part) for part in problem["loc"]).upper()
            print(
                f"{name}={problem['input']!r}: {problem['msg']}; docs/configuration.md says what it takes",
                file=sys.stderr,
            )
        sys.exit(EXIT_CONFIGURATION)


def guarded(main: Callable[[], None]) -> None:
    """Run a shell. What stops it is told in one line; whoever started it may start it again."""
    try:
        main()
    except (Unavailable, OSError) as error:
        logs.get(__name__).error(str(error))
        _leave(EXIT_UNAVAILABLE)
    except KeyboardInterrupt:
        _leave(0)
    except Exception:  # noqa: BLE001 - the last line of defence
        logs.get(__name__).exception("stopped by a bug")
        _leave(1)


def _leave(status: int) -> None:
    """Now: threads of clients that are still connecting must not keep the process."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
