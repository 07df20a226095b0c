"""Messages by templates: the packaged ones or, before them, an operator's own. Those run in a process of
their own that may be stopped: one that fails, loops or swells costs its own words and no message.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.alerter.channels.rendering import LONGEST, Renderer, TemplateFailed
from services.kit import logs

SECONDS = 5.0
log = logs.get(__name__)


class Templates:
    """Renders; a template of the folder that does not work is told, and the packaged one stands in."""

    def __init__(self, folder: Path | None = None, seconds: float = SECONDS) -> None:
        self._packaged = Renderer()
        self._folder = folder
        self._seconds = seconds
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._told: dict[str, str] = {}

    async def render(self, name: str, view: Mapping[str, Any]) -> str:
        """`name` as mail.html."""
        if self._folder is None or not any(self._folder.glob(f"{name}.j2")):
            return self._packaged.render(name, view)
        try:
            text = await self._own(name, view)
        except TemplateFailed as error:
            cause = str(error)
            if self._told.get(name) != cause:
                log.error("a template fails: the packaged one stands in", template=f"{name}.j2", cause=cause)
                self._told[name] = cause
            return self._packaged.render(name, view)
        self._told.pop(name, None)
        return text

    async def close(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    async def _own(self, name: str, view: Mapping[str, Any]) -> str:
        where = f"{self._folder}/{name}.j2"
        async with self._turn:
            try:
                async with asyncio.timeout(self._seconds):
                    answer = await self._asked({"name": name, "view": view})
            except TimeoutError:
                await self.close()
                raise TemplateFailed(f"{where}: takes more than {self._seconds:g} s; loop less") from None
            except (OSError, ValueError, asyncio.IncompleteReadError) as error:
                await self.close()
                raise TemplateFailed(
                    f"{where}: its process ended ({type(error).__name__}); use less"
                ) from error
            except BaseException:
                # Whoever asked went away: the answer that is under way must not become another's.
                await self.close()
                raise
        if "text" not in answer:
            raise TemplateFailed(str(answer["error"]))
        return str(answer["text"])

    async def _asked(self, question: Mapping[str, Any]) -> Any:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "services.alerter.channels.rendering",
                str(self._folder),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=16 * LONGEST,
                # Nothing of our environment: it holds secrets.
                env={"PYTHONPATH": os.pathsep.join(sys.path)},
            )
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(question).encode() + b"\n")
        await stdin.drain()
        return json.loads(await stdout.readuntil(b"\n"))
