"""How words and phrases are written in the tagger's files. Pure."""

from services.tagger.files import TaxonomyError
from services.tagger.lexicon import Pattern
from services.tagger.words import fold, tokens


def patterns(phrase: str) -> tuple[Pattern, ...]:
    """The words of a phrase: `_` stands for a space, `*` behind or before a word for the rest of it."""
    found: list[Pattern] = []
    for word in phrase.replace("_", " ").split():
        stem, end = word.endswith("*"), word.startswith("*")
        bare = word.strip("*")
        # What stands before or behind an apostrophe is a token only beside a word.
        apart = bare[0] in "'’" or bare[-1] in "'’"
        if bare.isascii() and bare.isalpha():  # most are, and need no expression
            pieces = [Pattern(bare.lower())]
        else:
            pieces = [Pattern(fold(bare))] if apart else [Pattern(key) for key in tokens(bare).keys]
        if pieces and end:
            pieces[0] = Pattern(pieces[0].text, end=True)
        elif pieces and stem:
            pieces[-1] = Pattern(pieces[-1].text, stem=True)
        found += pieces
    if not found:
        raise TaxonomyError(f"{phrase!r} holds no word")
    return tuple(found)
