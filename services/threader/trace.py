"""What is remembered of an article's text, small enough to travel with it: a threader that starts again
reads this instead of the text. Pure.
"""

import struct
from base64 import b64decode, b64encode
from dataclasses import dataclass

import numpy as np

from services.threader.sketch import U16, U32, Sketch

_HEAD = struct.Struct("<IBBBBB")


@dataclass(frozen=True, slots=True)
class Trace:
    """`posted`: hashes that the text is found by. `keys` and `weights` (1 to 255) of its features, of which
    a copy has none. `agency`, `language` and `subject` as numbers, 0 where there is none.
    """

    sketch: Sketch
    posted: U32
    keys: U32
    weights: U16
    agency: int
    language: int
    subject: int = 0


def encode(trace: Trace) -> str:
    """In base64; a few hundred characters."""
    head = _HEAD.pack(
        trace.sketch.limit,
        len(trace.sketch.tags),
        len(trace.posted),
        len(trace.keys),
        trace.agency,
        trace.language,
    )
    parts = (
        trace.sketch.tags.astype("<u2"),
        trace.posted.astype("<u4"),
        trace.keys.astype("<u4"),
        trace.weights.astype("u1"),
    )
    return b64encode(head + b"".join(part.tobytes() for part in parts) + bytes((trace.subject,))).decode(
        "ascii"
    )


def decode(text: str) -> Trace | None:
    """None where there is no trace, or one that is not understood."""
    try:
        data = b64decode(text, validate=True)
        limit, tags, posted, features, agency, language = _HEAD.unpack_from(data)
        at = _HEAD.size
        found = Sketch(np.frombuffer(data, "<u2", tags, at), limit)
        at += 2 * tags
        hashes = np.frombuffer(data, "<u4", posted, at)
        at += 4 * posted
        keys = np.frombuffer(data, "<u4", features, at)
        at += 4 * features
        weights = np.frombuffer(data, "u1", features, at).astype(np.uint16)
        subject = int.from_bytes(data[at + features :][:1])  # older versions wrote none
    except (ValueError, struct.error):
        return None
    return Trace(found, hashes, keys, weights, agency, language, subject)
