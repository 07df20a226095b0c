"""The named channels as a YAML file: read, checked, with their secrets looked up.

channels:
  - name: desk-mail
    kind: email
    server: smtp.example.org
    user: newswatch
    password: ${env:DESK_SMTP_PASSWORD}
    from: newswatch <news@example.org>
    to: [desk@example.org]
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from schemas.events import Priority
from services.alerter.channels.secrets import REFERENCE, NoSecret, Redactor, Vault, parts_of_address
from services.kit import plain_yaml
from services.kit.plain_yaml import meant
from services.kit.urls import outward

OWN_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
TEMPLATES = ("subject.txt.j2", "mail.txt.j2", "mail.html.j2", "chat.txt.j2", "chat.md.j2")


class ChannelsError(Exception):
    """A file of channels that cannot be used: a line for each problem, with file, line, cause and way out."""


class _Setup(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    per_hour: int | None = Field(default=None, ge=1)
    min_priority: Priority = "low"
    timeout: float | None = Field(default=None, gt=0, le=60)
    templates: Path | None = None


def _web(url: SecretStr) -> SecretStr:
    if outward(url.get_secret_value()) is None:
        raise ValueError("no http(s) address")
    return url


def _mailbox(text: str) -> str:
    """An address of mail, with or without a name. Nothing of it can begin another header."""
    name, spec = parseaddr(text)
    try:
        address = Address(display_name=name, addr_spec=spec)
    except (ValueError, MessageError, IndexError) as error:
        raise ValueError(
            f"{text!r} is no address; write desk@example.org or Desk <desk@example.org>"
        ) from error
    if not address.domain or not address.username or not spec.isascii() or "\n" in text or "\r" in text:
        raise ValueError(f"{text!r} is no address; write desk@example.org or Desk <desk@example.org>")
    return text


Mailbox = Annotated[str, AfterValidator(_mailbox)]


class WebhookSetup(_Setup):
    kind: Literal["webhook"]
    url: Annotated[SecretStr, AfterValidator(_web)]
    secret: SecretStr | None = None


class EmailSetup(_Setup):
    """`port`: 587 with starttls, 465 with tls, 25 without either."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    kind: Literal["email"]
    server: str = Field(min_length=1)
    port: int | None = Field(default=None, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: Path | None = None
    user: str = ""
    password: SecretStr | None = None
    sender: Mailbox = Field(alias="from")
    to: tuple[Mailbox, ...] = Field(min_length=1, max_length=100)


class AppriseSetup(_Setup):
    kind: Literal["apprise"]
    url: SecretStr


Setup = WebhookSetup | EmailSetup | AppriseSetup
_KINDS: dict[str, type[_Setup]] = {"webhook": WebhookSetup, "email": EmailSetup, "apprise": AppriseSetup}
# Where nothing but a secret can stand.
_SECRET = {"webhook": ("secret",), "email": ("password",), "apprise": ("url",)}


@dataclass(frozen=True, slots=True)
class Configured:
    """The channels of a file; `files`: those to look at again, besides it. `redact` knows all its secrets."""

    channels: Mapping[str, Setup] = field(default_factory=dict)
    redact: Redactor = field(default_factory=lambda: Redactor(()))
    files: tuple[Path, ...] = ()


def load(path: Path, environment: Mapping[str, str]) -> Configured:
    """ChannelsError where the file cannot be used: all of it or nothing."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ChannelsError(
            f"channels file {path}: {error.strerror}; name one that can be read in NEWSWATCH_CHANNELS"
        ) from error
    except UnicodeDecodeError as error:
        raise ChannelsError(f"channels file {path}: not UTF-8 ({error.reason})") from error
    found = parse(text, path, environment, lambda secret: secret.read_text(encoding="utf-8"))
    wrong = [
        f"{path}: channel {each.name!r}: {problem}"
        for each in found.channels.values()
        for problem in _templates(each.templates)
    ]
    if wrong:
        raise ChannelsError("\n".join(wrong))
    return found


def parse(text: str, path: Path, environment: Mapping[str, str], read: Callable[[Path], str]) -> Configured:
    """The channels that the text tells; `path` names it in errors, and relative files begin at its folder."""
    try:
        document = plain_yaml.read(text)
    except plain_yaml.NotYaml as error:
        # What is quoted in a problem may be a secret; the reader's own words tell the kind of mistake.
        raise ChannelsError(f"{path}{_colon(error.line)}: not YAML: {error}") from None
    if document.node is None:
        return Configured()
    top = _fields(document.value, document.node, ("channels", "templates"), path)
    if not isinstance(top.get("channels"), list):
        raise ChannelsError(f"{path}:1: no list of channels; write `channels:` and an entry for each")
    folder = path.parent
    vault = Vault(environment, read, folder)
    default = folder / str(top["templates"]) if top.get("templates") else None
    wrong: list[str] = []
    found: dict[str, Setup] = {}
    for given, node in zip(top["channels"], _nodes(document.node), strict=True):
        try:
            setup = _setup(given, vault, folder, default)
        except _Wrong as error:
            wrong += [
                f"{path}:{plain_yaml.line_of(node, name)}: {problem}" for name, problem in error.problems
            ]
            continue
        if setup.name in found:
            wrong.append(
                f"{path}:{plain_yaml.line_of(node)}: a second channel {setup.name!r}; give it another name"
            )
        found[setup.name] = setup
    if wrong:
        raise ChannelsError("\n".join(wrong))
    secrets = list(vault.found)
    for each in found.values():
        if isinstance(each, AppriseSetup):
            secrets += parts_of_address(each.url.get_secret_value())
    return Configured(found, Redactor(secrets), tuple(vault.files))


class _Wrong(Exception):
    def __init__(self, *problems: tuple[str, str]) -> None:
        super().__init__(problems)
        self.problems = problems


def _setup(given: Any, vault: Vault, folder: Path, templates: Path | None) -> Setup:
    if not isinstance(given, Mapping):
        raise _Wrong(("", "no channel; write `name:`, `kind:` and what that kind needs"))
    kind = str(given.get("kind", ""))
    if kind not in _KINDS:
        raise _Wrong(("kind", f"no kind {kind!r}{meant(kind, _KINDS)}"))
    known = [each.alias or name for name, each in _KINDS[kind].model_fields.items()]
    unknown = [str(name) for name in given if name not in known]
    if unknown:
        raise _Wrong(*((name, f"no field {name!r}{meant(name, known)}") for name in unknown))
    _refuse_plain_secrets(kind, given)
    filled = {name: _filled(value, name, vault) for name, value in given.items()}
    for name in ("templates", "ca_file"):
        if filled.get(name):
            filled[name] = folder / str(filled[name])
    if templates is not None:
        filled.setdefault("templates", templates)
    if kind == "email" and isinstance(filled.get("to"), str):
        filled["to"] = [filled["to"]]
    try:
        setup = _KINDS[kind].model_validate(filled)
    except ValidationError as error:
        # Without what was given: it may be a secret.
        problems = error.errors(include_url=False, include_input=False)
        raise _Wrong(*((str(each["loc"][0]), _said(each)) for each in problems)) from None
    assert isinstance(setup, WebhookSetup | EmailSetup | AppriseSetup)
    if isinstance(setup, EmailSetup):
        _refuse_bare_password(setup)
    return setup


def _said(problem: Any) -> str:
    place = ".".join(str(part) for part in problem["loc"])
    return f"{place}: {problem['msg'].removeprefix('Value error, ')}"


def _refuse_plain_secrets(kind: str, given: Mapping[Any, Any]) -> None:
    for name in _SECRET[kind]:
        value = given.get(name)
        if value is not None and not REFERENCE.search(str(value)):
            raise _Wrong((name, f"{name}: a secret in plain text{_WAY_OUT}"))
    url = given.get("url")
    if kind == "webhook" and isinstance(url, str) and not REFERENCE.search(url):
        try:
            plain = urlsplit(url).password
        except ValueError:
            return
        if plain:
            raise _Wrong(("url", f"url: a password in plain text{_WAY_OUT}"))


_WAY_OUT = (
    "; put it into the environment and write ${env:NAME} here, or into a file and write "
    "${file:/run/secrets/name}"
)


def _refuse_bare_password(setup: EmailSetup) -> None:
    if bool(setup.user) != (setup.password is not None):
        given = "user" if setup.user else "password"
        raise _Wrong((given, "user and password belong together; give both, or neither"))
    if setup.password is not None and setup.security == "none" and setup.server not in OWN_MACHINE:
        raise _Wrong(
            ("security", "security: none would send the password in plain text; use starttls or tls")
        )


def _filled(value: Any, name: str, vault: Vault) -> Any:
    if isinstance(value, list):
        return [_filled(each, name, vault) for each in value]
    if not isinstance(value, str):
        return value
    try:
        return vault.filled(value)
    except NoSecret as error:
        raise _Wrong((name, f"{name}: {error}")) from None


def _templates(folder: Path | None) -> list[str]:
    if folder is None:
        return []
    try:
        names = sorted(each.name for each in folder.iterdir() if not each.name.startswith("."))
    except OSError as error:
        return [f"templates folder {folder}: {error.strerror}; name one that can be read"]
    # A file that is not one of ours may be included by one that is.
    return [
        f"{folder / name}: no template{meant(name, TEMPLATES)}"
        for name in names
        if name.endswith(".j2")
        and name.split(".")[0] in {"subject", "mail", "chat"}
        and name not in TEMPLATES
    ]


def _fields(value: Any, node: yaml.Node, known: tuple[str, ...], path: Path) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ChannelsError(f"{path}:1: no channels; write `channels:` and an entry for each")
    for name in value:
        if name not in known:
            line = plain_yaml.line_of(node, str(name))
            raise ChannelsError(f"{path}:{line}: no field {str(name)!r}{meant(str(name), known)}")
    return dict(value)


def _nodes(node: yaml.Node) -> list[yaml.Node]:
    assert isinstance(node, yaml.MappingNode)
    *_, entries = (value for key, value in node.value if key.value == "channels")
    return list(entries.value)


def _colon(line: int | None) -> str:
    return "" if line is None else f":{line}"
