"""What is wrong with Elasticsearch, and the way out, in a sentence. Pure."""

import re
from dataclasses import dataclass

from elastic_transport import TlsError
from elasticsearch import ApiError, TransportError, UnsupportedProductError

_VERSION = 9  # of the server, which the client's must equal
_WAIT = "newswatch goes on by itself"
_OTHER_PRODUCT = f"it is not Elasticsearch; newswatch needs Elasticsearch {_VERSION}: OpenSearch will not do"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a server answers: HTTP status (0: none), its name for the error, and its words."""

    status: int
    kind: str
    words: str

    def __str__(self) -> str:
        return self.words


def trouble_of(cause: object) -> Trouble:
    """What an exception of the client's, or anything else, says."""
    match cause:
        case Trouble():
            return cause
        case UnsupportedProductError():
            return Trouble(cause.meta.status, "other_product", _OTHER_PRODUCT)
        case ApiError():
            return _answered(cause)
        case TlsError():
            return Trouble(0, "tls", _one_line(cause))
        case TransportError():
            return Trouble(0, "no_answer", _one_line(cause))
        case _:
            return Trouble(0, "", _one_line(cause))


def way_out(trouble: Trouble) -> str:  # a table of cases
    """What to do about it."""
    kind, words = trouble.kind, trouble.words
    if kind in {"other_product", "other_version"}:
        return "correct the address, or give it an Elasticsearch of that version"
    if kind == "tls":
        return "name the file of its CA with ca_certs=FILE in the address, or correct the address"
    if kind == "no_answer":
        return f"start it or correct its address; {_WAIT}"
    if kind == "strict_dynamic_mapping_exception":
        return "its mapping is another version's: run newswatch index setup"
    if kind == "cluster_block_exception" and "read-only-allow-delete" in words:
        return f"its disk is nearly full: free space there, or see newswatch retention; {_WAIT}"
    if kind == "cluster_block_exception" and "no master" not in words:
        return f"the index is closed to writing, by newswatch index reindex or by somebody else; {_WAIT}"
    if kind == "validation_exception":
        return f"raise cluster.max_shards_per_node or see newswatch retention; {_WAIT}"
    if trouble.status in {401, 403}:
        return "give it a user or an API key that may write newswatch's indices"
    if trouble.status == 404:
        return "an index is missing: start newswatch again, it creates what it needs"
    if trouble.status == 429:
        return f"it is overloaded; {_WAIT}"
    return "look into Elasticsearch's log; newswatch tries again by itself"


def _answered(error: ApiError) -> Trouble:
    status = error.meta.status
    product = str(error.meta.headers.get("x-elastic-product", ""))
    refuses_our_version = status == 406 or error.error == "media_type_header_exception"
    if refuses_our_version and product == "Elasticsearch":
        told = re.search(r"must be either version (\d+)", str(error.body))
        its_own = f"Elasticsearch {told[1]}" if told else "another version of Elasticsearch"
        words = f"it is {its_own}; this newswatch needs Elasticsearch {_VERSION}"
        return Trouble(status, "other_version", words)
    if refuses_our_version:
        return Trouble(status, "other_product", _OTHER_PRODUCT)
    return Trouble(status, str(error.error), _one_line(error))


def _one_line(cause: object) -> str:
    return " ".join(str(cause).split())
