"""Secrets in the file of channels: named there, kept elsewhere, and never shown. Pure."""

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

REFERENCE = re.compile(r"\$\{([^}]*)\}")
MASK = "•••"
SHORTEST = 4  # characters: less would hide half of every text
_PARTS = re.compile(r"[/:@?&=,;#]+")


class NoSecret(ValueError):
    """A reference that leads to no secret. The message says why, and the way out."""


class Vault:
    """Looks secrets up, and remembers which were: `found` to be hidden, `files` to be looked at again.

    `read` gives a file's text; it raises OSError or UnicodeDecodeError.
    """

    def __init__(self, environment: Mapping[str, str], read: Callable[[Path], str], folder: Path) -> None:
        self._environment = environment
        self._read = read
        self._folder = folder
        self.found: list[str] = []
        self.files: list[Path] = []

    def filled(self, text: str) -> str:
        """The text with its references replaced. NoSecret where one leads nowhere."""
        return REFERENCE.sub(lambda match: self._looked_up(match[1]), text)

    def _looked_up(self, reference: str) -> str:
        where, _, name = reference.partition(":")
        if where == "env" and name:
            value = self._environment.get(name, "")
            if not value:
                raise NoSecret(f"${{{reference}}}: the environment has no {name}; set it for the alerter")
        elif where == "file" and name:
            value = self._of_file(reference, self._folder / name)
        else:
            raise NoSecret(f"${{{reference}}}: write ${{env:NAME}} or ${{file:/run/secrets/name}}")
        self.found.append(value)
        return value

    def _of_file(self, reference: str, path: Path) -> str:
        self.files.append(path)
        try:
            value = self._read(path).rstrip("\r\n")
        except OSError as error:
            raise NoSecret(f"${{{reference}}}: {error.strerror}; name a file that can be read") from error
        except UnicodeDecodeError:
            # The error's own text would hold a part of the secret.
            raise NoSecret(f"${{{reference}}}: the file is not UTF-8; write the secret as text") from None
        if not value:
            raise NoSecret(f"${{{reference}}}: the file is empty; write the secret into it")
        return value


class Redactor:
    """Takes secrets, in whatever spelling a library may tell them, out of texts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spelled = {form for secret in secrets if len(secret) >= SHORTEST for form in _spellings(secret)}
        longest_first = sorted(spelled, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if spelled else None

    def __call__(self, text: str) -> str:
        return self._pattern.sub(MASK, text) if self._pattern else text


def parts_of_address(url: str) -> list[str]:
    """An address that is secret as a whole, and each part of it that may be told without the others."""
    rest = url.partition("://")[2]
    return [url, rest, *(part for part in _PARTS.split(rest) if len(part) > SHORTEST)]


def _spellings(secret: str) -> set[str]:
    encoded = base64.b64encode(secret.encode()).decode()
    return {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), encoded, repr(secret)[1:-1]}
