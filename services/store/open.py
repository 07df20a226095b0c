"""Which store an address means."""

from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit, urlunsplit

from services.store.elastic import ElasticStore
from services.store.embedded import EmbeddedStore
from services.store.protocol import Store

_FORMS = "give embedded:FOLDER or http(s)://[user:password@]host:9200[?prefix=...&api_key=...]"
_OPTIONS = {"prefix", "api_key", "ca_certs", "track_captures", "replicas", "analyzer"}


def open_store(url: str) -> Store:
    """The store at `embedded:FOLDER` or at `http(s)://[user:password@]host:port[?option=value&...]`.

    Options: prefix (of the indices' names, newswatch), api_key, ca_certs (a file), track_captures (true
    with the embedded broker, else false), replicas (1), analyzer (of Elasticsearch, standard). Nothing
    is contacted yet. Raises ValueError, with the way out and without secrets, for any other address.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "embedded" and rest:
        return EmbeddedStore(Path(rest))
    try:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.hostname:
            return _elastic(parts)
    except ValueError as error:
        raise ValueError(f"store address: {error}; {_FORMS}") from error
    raise ValueError(f"store address of the kind {scheme or 'nothing'!r} is unknown; {_FORMS}")


def _elastic(parts: SplitResult) -> ElasticStore:
    options = {
        name: values[-1] for name, values in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()
    }
    if unknown := options.keys() - _OPTIONS:
        raise ValueError(
            f"unknown option {', '.join(sorted(unknown))} (there are {', '.join(sorted(_OPTIONS))})"
        )
    if (tracked := options.get("track_captures", "false")) not in {"true", "false"}:
        raise ValueError(f"track_captures is true or false, not {tracked!r}")
    if not (replicas := options.get("replicas", "1")).isdecimal():
        raise ValueError(f"replicas is a number, not {replicas!r}")
    port = parts.port or (443 if parts.scheme == "https" else 9200)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return ElasticStore(
        urlunsplit((parts.scheme, f"{host}:{port}", parts.path.rstrip("/"), "", "")),
        options.get("prefix", "newswatch"),
        api_key=options.get("api_key"),
        basic_auth=(unquote(parts.username), unquote(parts.password or "")) if parts.username else None,
        ca_certs=options.get("ca_certs"),
        track_captures=tracked == "true",
        replicas=int(replicas),
        analyzer=options.get("analyzer", "standard"),
    )
