"""How well and how fast articles are tagged, beside a keyword search in the same run.

Quality: precision and recall of each event type and language on the golden sentences
(tests/unit/tagger/sentences) or on a folder of the same kind. An event is right when type, actor, target,
count and status are. The keyword search is what most alerting does: a word of expulsion and a word for
diplomats in the same sentence.

Topics: how often the main subject of a text is right, on tests/golden/topics.yaml. Real pages have no such
truth; with --pages, JSON Lines of `newswatch clean`, the part of the site where a page stands is a weak one.

Speed: articles of 3 kB, one core, all languages loaded; the texts are those of the sample newsroom again and
again, and with --pages those pages once each. Beside it the keyword search, and spaCy's small English model
where it is installed.

python -m benchmarks.tagging [--sentences FOLDER] [--pages FILE] [--seconds 5]
"""

import argparse
import importlib.util
import json
import re
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import yaml

from schemas.events import Event
from services.newsroom.core import edition
from services.newsroom.library import load
from services.tagger.core import annotate
from services.tagger.knowledge import load_knowledge
from services.tagger.model import Keyword, Knowledge
from services.tagger.words import tokens

FOLDER = Path(__file__).parents[1] / "tests/unit/tagger/sentences"
TOPICS = Path(__file__).parents[1] / "tests/golden/topics.yaml"
MODEL = "en_core_web_sm"
PUBLISHED = datetime(2023, 5, 10, tzinfo=UTC)
SHORT = {"e": "expulsion", "c": "mission_closure", "r": "recall", "x": "relations_cut", "s": "summons"}
SIZE = 3000  # characters of an article
_EXPELLED = re.compile(
    "(?i)expel|expuls|ausweis|ausgewiesen|espell|espuls|высл|высыл|vyhost|wydal|utvis|sınır dışı"
    "|طرد|驱逐|追放"
)
_DIPLOMATS = re.compile(
    "(?i)diplom|ambassad|botschaft|embaj|посол|посла|дипломат|velvysl|外交官|大使|سفير|دبلوماسي"
)


class Sentence(NamedTuple):
    """A sentence and what it tells: (type, actor, target, count, status)."""

    language: str
    text: str
    told: frozenset[tuple[str, str, str, str, str]]


def sentences(folder: Path) -> Iterator[Sentence]:
    for path in sorted(folder.glob("*.yaml")):
        golden = yaml.safe_load(path.read_text(encoding="utf-8"))
        for text, *told in golden["finds"]:
            yield Sentence(path.stem, text, frozenset(map(_fields, told)))
        for text in golden["nothing"]:
            yield Sentence(path.stem, text, frozenset())


def _fields(told: str) -> tuple[str, str, str, str, str]:
    left, right = told.split(">")
    kind, _, actor = left.strip().partition(" ")
    *target, count, status = right.split()
    return SHORT.get(kind, kind), actor.strip(), "".join(target), count, status


def _found(event: Event) -> tuple[str, str, str, str, str]:
    count = "-" if event.count is None else str(event.count)
    return event.type, ",".join(event.actor), ",".join(event.target), count, event.status


def by_keywords(sentence: str) -> bool:
    return bool(_EXPELLED.search(sentence) and _DIPLOMATS.search(sentence))


class Score(NamedTuple):
    """Counts of right, false and missed."""

    right: int
    false: int
    missed: int

    def __str__(self) -> str:
        precision = self.right / (self.right + self.false) if self.right + self.false else 1.0
        recall = self.right / (self.right + self.missed) if self.right + self.missed else 1.0
        return f"precision {precision:.3f}  recall {recall:.3f}  of {self.right + self.missed}"


def quality(folder: Path, knowledge: Knowledge) -> None:
    whole: dict[str, Counter[str]] = {}
    alone: Counter[str] = Counter()
    keywords: Counter[str] = Counter()
    friends = wrong = 0
    for sentence in sentences(folder):
        events = annotate("", sentence.text, sentence.language, PUBLISHED, knowledge).events
        found = {_found(event) for event in events}
        for name, told in (
            ("right", found & sentence.told),
            ("false", found - sentence.told),
            ("missed", sentence.told - found),
        ):
            for kind, *_ in told:
                whole.setdefault(f"event {kind}", Counter())[name] += 1
                whole.setdefault(f"language {sentence.language}", Counter())[name] += 1
                whole.setdefault("all", Counter())[name] += 1
        expelled = any(kind == "expulsion" for kind, *_ in sentence.told)
        seen = any(event.type == "expulsion" for event in events)
        alone[_verdict(expelled, seen)] += 1
        keywords[_verdict(expelled, by_keywords(sentence.text))] += 1
        if not sentence.told:
            friends += 1
            wrong += bool(found)
    for name in sorted(whole):
        print(f"{name:32} {_score(whole[name])}")
    print(f"{'expulsion, the type alone':32} {_score(alone)}")
    print(f"{'expulsion, by keywords':32} {_score(keywords)}")
    print(f"false friends: {wrong} of {friends} sentences that tell nothing")


def _verdict(told: bool, seen: bool) -> str:
    if told:
        return "right" if seen else "missed"
    return "false" if seen else "none"


def _score(counts: Counter[str]) -> Score:
    return Score(counts["right"], counts["false"], counts["missed"])


def main_subject(title: str, text: str, language: str | None, knowledge: Knowledge) -> str | None:
    """The code of the subject at the top that has the highest score; the section is not told."""
    topics = annotate(title, text, language, None, knowledge).topics
    tops = [topic for topic in topics if topic.code.endswith("000000")]
    return max(tops, key=lambda topic: topic.score).code if tops else None


def subjects(knowledge: Knowledge) -> None:
    right: Counter[str] = Counter()
    every: Counter[str] = Counter()
    labels = {rule.code: rule.label for rule in knowledge.topics}
    for code, texts in yaml.safe_load(TOPICS.read_text(encoding="utf-8")).items():
        for language, title, text in texts:
            found = main_subject(title, text, language, knowledge) == code
            for name in (f"subject {labels[code]}"[:32], f"subjects in {language}", "subjects"):
                every[name] += 1
                right[name] += found
    for name in sorted(every):
        print(f"{name:32} accuracy {right[name] / every[name]:.3f}  of {every[name]}")


def sections(pages: Path, knowledge: Knowledge) -> None:
    agreed = told = found = every = 0
    for line in pages.read_text(encoding="utf-8").splitlines():
        page = json.loads(line)
        every += 1
        main = main_subject(page.get("title") or "", page.get("text") or "", page.get("language"), knowledge)
        found += main is not None
        meant = {
            knowledge.topics[index].code
            for match in knowledge.sections.matches(tokens(page.get("section") or ""))
            if isinstance(match.meaning, Keyword)
            for index, _ in match.meaning.topics
        }
        told += bool(meant)
        agreed += main in meant
    print(f"pages: {found} of {every} have a subject; {agreed} of the {told} whose section names one agree")


def rate_once(tag: Callable[[str, str, str | None], object], pages: Path) -> float:
    """Articles a second of processor time, each page seen once and cut to SIZE."""
    rows = [json.loads(line) for line in pages.read_text(encoding="utf-8").splitlines()]
    articles = [(row.get("title") or "", row.get("text") or "", row.get("language")) for row in rows]
    began = time.process_time()
    for title, text, language in articles:
        tag(title, text[:SIZE], language)
    return len(articles) / (time.process_time() - began)


def rate(tag: Callable[[str, str, str], object], seconds: float) -> float:
    """Articles a second of processor time, a few articles again and again."""
    start = datetime(2026, 3, 2, tzinfo=UTC)
    articles = [
        (item.title, (("\n\n".join(item.body) + "\n\n") * 4)[:SIZE], item.language)
        for item in edition(load(), 1, start)
    ]
    for article in articles:
        tag(*article)
    began, done = time.process_time(), 0
    while time.process_time() - began < seconds:
        tag(*articles[done % len(articles)])
        done += 1
    return done / (time.process_time() - began)


def main() -> None:
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("--sentences", type=Path, default=FOLDER)
    reader.add_argument("--pages", type=Path, help="output of newswatch clean")
    reader.add_argument("--seconds", type=float, default=5)
    options = reader.parse_args()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    knowledge = load_knowledge()
    started = time.process_time() - began
    quality(options.sentences, knowledge)
    subjects(knowledge)
    if options.pages:
        sections(options.pages, knowledge)
    phrases = sum(len(each.keys) + len(each.vocabulary) for each in knowledge.languages.values())
    print(
        f"start: {started:.2f} s for {len(knowledge.languages)} languages, {len(knowledge.events)} types of "
        f"event, {len(knowledge.topics)} topics, {phrases} phrases"
    )

    def tag(title: str, text: str, language: str | None) -> object:
        return annotate(title, text, language, PUBLISHED, knowledge)

    def search(title: str, text: str, _language: str) -> object:
        return [line for line in (title, *text.split(". ")) if by_keywords(line)]

    print(f"tagged: {rate(tag, options.seconds):.0f} articles of {SIZE} characters a second on one core")
    if options.pages:
        print(f"tagged, each page once: {rate_once(tag, options.pages):.0f} a second")
    print(f"by keywords, expulsions alone: {rate(search, options.seconds):.0f} a second")
    if importlib.util.find_spec("spacy") and importlib.util.find_spec(MODEL):
        import spacy  # noqa: PLC0415 - a peer that may be absent

        model = spacy.load(MODEL)
        peer = rate(lambda title, text, _language: model(f"{title}\n\n{text}"), options.seconds)
        print(f"by {MODEL}: {peer:.0f} a second")
    else:
        print(f"by {MODEL}: not installed")
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"memory: {used / 1024:.0f} MB in all, {(used - before) / 1024:.0f} MB of it for tagger and texts")


if __name__ == "__main__":
    main()
