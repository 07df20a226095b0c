"""Which language a text is in, as far as the tagger has to know. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence

from services.tagger.model import Language
from services.tagger.words import Token

_LOOKED_AT = 400  # tokens
_ENOUGH = 3  # frequent words of another language that outweigh a claim


def choose(claimed: str | None, tokens: Sequence[Token], languages: Mapping[str, Language]) -> str | None:
    """The language's code; what is claimed, unless the text plainly speaks another of the known languages.

    None: unknown, and nothing in the text tells.
    """
    code = claimed.lower().partition("-")[0].partition("_")[0] if claimed else None
    counts = Counter(token.key for token in tokens[:_LOOKED_AT])
    if not counts:
        return code
    scores = {
        each.code: sum(counts[word] for word in each.frequent if word in counts)
        for each in languages.values()
    }
    best = max(scores, key=lambda each: scores[each]) if scores else None
    if best is None or not scores[best]:
        return code
    if code is None:
        return best
    if code in scores:
        return best if scores[best] >= max(_ENOUGH, 3 * scores[code] + _ENOUGH) else code
    return code
