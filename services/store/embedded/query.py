"""The embedded store's index: its fields, an article as a document, a query as a tantivy query.

All is exact but the phrase with `within`: tantivy's slop minds the order and counts otherwise, so such
a query finds candidates (a superset) and the evaluator decides on each of them.

An event is one term for every way of asking for it: each field either its value or ANY, then the
count. One term holds what belongs to one event, so two events never answer together; a question about
the count picks its terms from the index's dictionary.
"""

from collections.abc import Iterator
from itertools import product

from tantivy import (
    Document,
    FieldType,
    Index,
    Occur,
    Query,
    Schema,
    SchemaBuilder,
    Searcher,
    TextAnalyzerBuilder,
    Tokenizer,
)

from schemas.events import Event, ThreadedArticle
from services.kit.query.evaluate import compared_keywords, same_case, spaced_tokens
from services.kit.query.tree import (
    And,
    EventMatch,
    Everything,
    Keyword,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Published,
    Word,
)
from services.store.terms import micros, published_micros

TEXT_FIELDS = ("title", "text")
KEYWORD_FIELDS = ("author", "site", "source", "language", "country", "topic", "entity")

_ANALYZER = "tokens"
_ANY = "*"
_BETWEEN = "\x1f"


def make_schema() -> Schema:
    builder = SchemaBuilder()
    builder.add_unsigned_field("num", indexed=True, fast=True)
    builder.add_unsigned_field("seq", fast=True)
    builder.add_integer_field("published", indexed=True, fast=True)
    for field in TEXT_FIELDS:
        builder.add_text_field(field, tokenizer_name=_ANALYZER, index_option="position")
    for field in (*KEYWORD_FIELDS, "event"):
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    return builder.build()


def open_up(index: Index) -> None:
    """Teach an opened index our tokens; it looks for news only when told to."""
    index.register_tokenizer(_ANALYZER, TextAnalyzerBuilder(Tokenizer.whitespace()).build())
    index.config_reader("manual")


def make_document(num: int, seq: int, article: ThreadedArticle) -> Document:
    document = Document()
    document.add_unsigned("num", num)
    document.add_unsigned("seq", seq)
    document.add_integer("published", published_micros(article))
    # What the evaluator compares is what is indexed.
    for text_field, tokens in spaced_tokens(article).items():
        document.add_text(text_field, tokens)
    for field, values in compared_keywords(article).items():
        for value in values:
            document.add_text(field, value)
    for term in {term for event in article.events for term in _event_terms(event)}:
        document.add_text("event", term)
    return document


def is_exact(node: Node) -> bool:
    """Whether translate() finds just what matches, so that nobody needs to look again."""
    match node:
        case And(parts) | Or(parts):
            return all(is_exact(part) for part in parts)
        case Not(part):
            return is_exact(part)
        case Phrase():
            return node.within is None
        case _:
            return True


def translate(node: Node, schema: Schema, searcher: Searcher) -> Query:
    """What matches the node, and where the node is not exact perhaps more."""
    return _Translator(schema, searcher).query(node, surely=False)


class _Translator:
    def __init__(self, schema: Schema, searcher: Searcher) -> None:
        self._schema = schema
        self._searcher = searcher

    def query(self, node: Node, surely: bool) -> Query:
        """Where the node is not exact: nothing but matches if `surely`, all matches and more if not."""
        match node:
            case And(parts):
                return _all_of([self.query(part, surely) for part in parts])
            case Or(parts):
                return _any_of([self.query(part, surely) for part in parts])
            case Not(part):
                return Query.boolean_query(
                    [(Occur.Must, Query.all_query()), (Occur.MustNot, self.query(part, not surely))]
                )
            case Word(token, field):
                return _any_of([self._term(name, token) for name in _fields(field)])
            case Prefix(start, field):
                pattern = _literal(start) + ".*"
                return _any_of([Query.regex_query(self._schema, name, pattern) for name in _fields(field)])
            case Phrase(tokens, field, within):
                if within is not None and surely:
                    return Query.empty_query()
                return _any_of([self._phrase(name, tokens, within) for name in _fields(field)])
            case Keyword(field, value):
                return self._term(field, same_case(value))
            case Published(after, before):
                lower, upper = (None if moment is None else micros(moment) for moment in (after, before))
                if lower is None and upper is None:
                    return Query.all_query()
                return Query.range_query(self._schema, "published", FieldType.Integer, lower, upper)
            case Everything():
                return Query.all_query()
            case EventMatch():
                terms = self._event_terms(node)
                return Query.term_set_query(self._schema, "event", terms) if terms else Query.empty_query()

    def _term(self, field: str, value: str) -> Query:
        return Query.term_query(self._schema, field, value)

    def _phrase(self, field: str, tokens: tuple[str, ...], within: int | None) -> Query:
        if within is not None or len(tokens) == 1:
            return _all_of([self._term(field, token) for token in dict.fromkeys(tokens)])
        return Query.phrase_query(self._schema, field, list(tokens))

    def _event_terms(self, node: EventMatch) -> list[str]:
        asked = (node.type, node.actor, node.target, node.status)
        start = _BETWEEN.join(_ANY if value is None else value for value in asked) + _BETWEEN
        terms = [term for term, _ in self._searcher.terms_with_prefix("event", start)]
        if node.count_min is None and node.count_max is None:
            return terms
        low = node.count_min if node.count_min is not None else 0
        counts = [(term, term.rpartition(_BETWEEN)[2]) for term in terms]
        return [
            term
            for term, count in counts
            if count and low <= int(count) and (node.count_max is None or int(count) <= node.count_max)
        ]


def _event_terms(event: Event) -> Iterator[str]:
    count = "" if event.count is None else str(event.count)
    actors, targets = ([code.upper() for code in codes] for codes in (event.actor, event.target))
    fields = ([event.type.lower(), _ANY], [*actors, _ANY], [*targets, _ANY], [event.status, _ANY])
    for values in product(*fields):
        yield _BETWEEN.join((*values, count))


def _fields(field: str | None) -> tuple[str, ...]:
    return TEXT_FIELDS if field is None else (field,)


def _all_of(queries: list[Query]) -> Query:
    return Query.boolean_query([(Occur.Must, query) for query in queries])


def _any_of(queries: list[Query]) -> Query:
    return Query.boolean_query([(Occur.Should, query) for query in queries])


def _literal(text: str) -> str:
    """As a regular expression of tantivy's, which knows fewer escapes than Python's re.escape makes."""
    return "".join(f"\\{char}" if char in r"\.+*?()|[]{}^$#&-~" else char for char in text)
