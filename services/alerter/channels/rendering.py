"""Templates in a sandbox: text of articles is written so that it stays text, in each format.

Run as a program, it renders templates that somebody else wrote: `python -m …rendering FOLDER` takes one JSON
object {"name", "view"} a line and answers {"text"} or {"error"}. Memory is limited; the caller limits time.
"""

import json
import re
import resource
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateSyntaxError,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

LONGEST = 256 * 1024  # characters that a message may have
MEMORY = 512 * 1024 * 1024
_SPECIAL = re.compile(r"([\\`*_\[\]<>()#~|&])")
# Names that call everybody, wherever they stand; others where no address goes on: https://x.example/@name.
_MENTION = re.compile(r"@(?=everyone|here|channel|all|room)|(?<![\w/])@(?=\w)", re.IGNORECASE)


class TemplateFailed(Exception):
    """The message names file and line, and the cause."""


def inert(text: str) -> str:
    """Text for a chat that calls nobody: @everyone is told, and not called."""
    return _MENTION.sub("@\u200b", text)


def markdown(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", inert(text))


class Renderer:
    """The packaged templates; before them, where one is given, a folder's; `default/…` names the packaged."""

    def __init__(self, folder: Path | None = None) -> None:
        package = PackageLoader("services.alerter.channels", "templates")
        loaders: list[BaseLoader] = [PrefixLoader({"default": package}), package]
        if folder is not None:
            loaders.insert(0, FileSystemLoader(folder))
        self._loader = ChoiceLoader(loaders)
        self._environments = {
            "mail.html": self._environment(autoescape=True),
            "chat.md": self._environment(_finalised(markdown)),
            "chat.txt": self._environment(_finalised(inert)),
        }
        self._plain = self._environment()

    def render(self, name: str, view: Mapping[str, Any]) -> str:
        """`name` as mail.html. TemplateFailed with file and line."""
        environment = self._environments.get(name, self._plain)
        parts: list[str] = []
        size = 0
        try:
            for part in environment.get_template(f"{name}.j2").generate(view):
                parts.append(part)
                size += len(part)
                if size > LONGEST:
                    raise TemplateFailed(f"{name}.j2: more than {LONGEST} characters; show less")
        except TemplateFailed:
            raise
        except TemplateSyntaxError as error:
            raise TemplateFailed(f"{error.filename or error.name}:{error.lineno}: {error.message}") from error
        except Exception as error:
            cause = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise TemplateFailed(f"{_place(error, name)}: {cause[:300]}") from error
        return "".join(parts)

    def _environment(
        self, finalise: Callable[[Any], Any] | None = None, *, autoescape: bool = False
    ) -> ImmutableSandboxedEnvironment:
        return ImmutableSandboxedEnvironment(
            loader=self._loader,
            autoescape=autoescape,
            finalize=finalise,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )


def _finalised(write: Callable[[str], str]) -> Callable[[Any], Any]:
    """For what a template puts out; what it calls safe stays as it is."""

    def finalise(value: Any) -> Any:
        return value if isinstance(value, Markup) or not isinstance(value, str) else write(value)

    return finalise


def _place(error: Exception, name: str) -> str:
    """Jinja writes the template's own file and line into tracebacks."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.endswith(".j2"):
            return f"{frame.filename}:{frame.lineno}"
    return f"{name}.j2"


def main(folder: str) -> None:
    """Until the end of the input."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    renderer = Renderer(Path(folder))
    for row in sys.stdin:
        asked = json.loads(row)
        try:
            answer = {"text": renderer.render(asked["name"], asked["view"])}
        except (TemplateFailed, RecursionError, MemoryError) as error:
            answer = {"error": str(error) or type(error).__name__}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
