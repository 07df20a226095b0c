"""Which store an address means."""

import re
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit, urlunsplit

from services.store.elastic.schema import Options
from services.store.elastic.store import ElasticStore
from services.store.embedded.store import EmbeddedStore
from services.store.protocol import Store

_FORMS = (
    "give embedded:FOLDER, http(s)://[user[:password]@]host:9200[?prefix=...&api_key_file=...] "
    "or cloud:CLOUD_ID?api_key_file=..."
)
_OPTIONS = frozenset(
    {
        "prefix",
        "api_key",
        "api_key_file",
        "password_file",
        "ca_certs",
        "track_captures",
        "replicas",
        "shards",
        "refresh",
        "analyzer",
        "keep_days",
    }
)


def open_store(url: str) -> Store:
    """The store at `embedded:FOLDER`, at `http(s)://[user[:password]@]host:port[?option=value&...]`, or on
    Elastic Cloud at `cloud:CLOUD_ID?option=value&...`.

    Options: prefix (of the indices' names, newswatch), api_key or api_key_file, password_file, ca_certs (a
    file), track_captures (true with the embedded broker, else false), replicas (1), shards (1, of each
    month's articles), refresh (1s), analyzer (standard), keep_days (for ever). Nothing is contacted yet.
    Raises ValueError, with the way out and without secrets, for any other address.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "embedded" and rest:
        return EmbeddedStore(Path(rest))
    try:
        if scheme == "cloud" and rest:
            id, _, query = rest.partition("?")
            return _elastic(urlunsplit(("https", id.partition(":")[0], "", "", "")), None, query, cloud_id=id)
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.hostname:
            port = parts.port or (443 if parts.scheme == "https" else 9200)
            host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
            place = urlunsplit((parts.scheme, f"{host}:{port}", parts.path.rstrip("/"), "", ""))
            return _elastic(place, parts, parts.query)
    except ValueError as error:
        raise ValueError(f"store address: {error}; {_FORMS}") from error
    raise ValueError(f"store address of the kind {scheme or 'nothing'!r} is unknown; {_FORMS}")


def without_secrets(url: str) -> str:
    """The address as it may be shown."""
    url = re.sub(r"//([^/@:]*):[^/@]*@", r"//\1:...@", url)
    return re.sub(r"([?&]api_key=)[^&]*", r"\1...", url)


def _elastic(place: str, login: SplitResult | None, query: str, cloud_id: str | None = None) -> ElasticStore:
    given = parse_qs(query, strict_parsing=bool(query))
    options = {name: values[-1] for name, values in given.items()}
    if unknown := options.keys() - _OPTIONS:
        raise ValueError(
            f"unknown option {', '.join(sorted(unknown))} (there are {', '.join(sorted(_OPTIONS))})"
        )
    if (tracked := options.get("track_captures", "false")) not in {"true", "false"}:
        raise ValueError(f"track_captures is true or false, not {tracked!r}")
    if not re.fullmatch(r"[1-9]\d*(ms|s|m)", refresh := options.get("refresh", "1s")):
        raise ValueError(f"refresh is a time as 1s or 500ms, not {refresh!r}")
    return ElasticStore(
        place,
        options.get("prefix", "newswatch"),
        cloud_id=cloud_id,
        api_key=_secret(options, "api_key"),
        basic_auth=_login(login, options),
        ca_certs=options.get("ca_certs"),
        track_captures=tracked == "true",
        options=Options(
            replicas=_number(options, "replicas", 1, least=0),
            shards=_number(options, "shards", 1),
            refresh=refresh,
            analyzer=options.get("analyzer", "standard"),
            keep_days=_number(options, "keep_days", 1) if "keep_days" in options else None,
        ),
    )


def _login(parts: SplitResult | None, options: dict[str, str]) -> tuple[str, str] | None:
    if parts is None or not parts.username:
        if "password_file" in options:
            raise ValueError("password_file needs a user: https://user@host")
        return None
    password = unquote(parts.password) if parts.password else _secret(options, "password")
    return unquote(parts.username), password or ""


def _secret(options: dict[str, str], name: str) -> str | None:
    """What is given itself or, better, as a file that holds it."""
    if (file := options.get(f"{name}_file")) is None:
        return options.get(name)
    try:
        text = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        cause = error.strerror if isinstance(error, OSError) else "is no text"
        raise ValueError(f"{name}_file {file}: {cause}") from error
    if not text:
        raise ValueError(f"{name}_file {file}: is empty")
    return text


def _number(options: dict[str, str], name: str, default: int, least: int = 1) -> int:
    text = options.get(name, str(default))
    if not text.isdecimal() or int(text) < least:
        raise ValueError(f"{name} is a number of {least} or more, not {text!r}")
    return int(text)
