"""Lucene's Monitor as peer: the same queries and articles, matched by Java in a process of its own.

Maven fetches it once into .cluster/lucene; without Maven or a JDK of 21 or later there is no such peer, and
`Absent` says what is missing.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from schemas.events import TaggedArticle
from services.kit.query.evaluate import prepare, same_case
from services.kit.query.tree import And, Keyword, Node, Not, Or, Phrase, Prefix, Word

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
HEAP = "12g"


class Absent(Exception):
    """There is no such peer here. The message says what is missing."""


@dataclass(frozen=True, slots=True)
class Lucene:
    """`matches` has the number of matches of each article."""

    rate: float
    p99_ms: float
    load_s: float
    memory_mb: float
    matches: tuple[int, ...]


def run(folder: Path, queries: Iterable[Node], articles: Sequence[TaggedArticle], seconds: float) -> Lucene:
    """Files are written to the folder. Absent where it cannot run here."""
    java, jars = _java(), _jars()
    with (folder / "lucene-articles.txt").open("w", encoding="utf-8") as out:
        out.writelines(_article(article) for article in articles)
    with (folder / "lucene-queries.txt").open("w", encoding="utf-8") as out:
        out.writelines(f"{_query(query)}\n" for query in queries)
    done = subprocess.run(
        [
            java,
            f"-Xmx{HEAP}",
            "--add-modules",
            "jdk.incubator.vector",
            "-XX:ActiveProcessorCount=1",
            "-cp",
            f"{jars}/*",
            str(HERE / "Peer.java"),
            str(folder / "lucene-articles.txt"),
            str(folder / "lucene-queries.txt"),
            str(seconds),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Absent(f"Lucene's Monitor failed: {done.stderr.strip()[-2000:]}")
    figures, matches = done.stdout.strip().splitlines()[-2:]
    rate, p99, load, memory = map(float, figures.split())
    return Lucene(rate, p99, load, memory, tuple(map(int, matches.split())))


def _java() -> str:
    asked = [sys.executable, str(ROOT / "deploy" / "local" / "cluster.py"), "java"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False)
    if found.returncode:
        raise Absent(found.stderr.strip() or "no JDK of 21 or later")
    return str(Path(found.stdout.strip()) / "bin" / "java")


def _jars() -> Path:
    jars = ROOT / ".cluster" / "lucene"
    if not any(jars.glob("lucene-monitor-*.jar")):
        if shutil.which("mvn") is None:
            raise Absent("mvn: not found; install Maven, it fetches Lucene")
        goal = ["dependency:copy-dependencies", f"-Djars={jars}"]
        done = subprocess.run(
            ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), *goal],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Absent(f"mvn failed: {(done.stdout or done.stderr).strip()[:500]}")
    return jars


def _article(article: TaggedArticle) -> str:
    tokens = prepare(article).tokens
    title, text = " ".join(tokens["title"].sequence), " ".join(tokens["text"].sequence)
    source, language = same_case(article.source), same_case(article.language or "")
    return f"{title}\t{text}\t{source}\t{language}\n"


def _query(node: Node) -> str:
    """Prefix notation, parts separated by tabs: and/or COUNT (is|not QUERY)…, keyword FIELD VALUE, or
    word/prefix/phrase/near FIELD WITHIN TOKENS.
    """
    match node:
        case And(parts) | Or(parts):
            name = "and" if isinstance(node, And) else "or"
            return "\t".join([name, str(len(parts)), *(_clause(part) for part in parts)])
        case Keyword(field, value):
            return f"keyword\t{field}\t{same_case(value)}"
        case Word(token, field):
            return f"word\t{field or ''}\t0\t{token}"
        case Prefix(start, field):
            return f"prefix\t{field or ''}\t0\t{start}"
        case Phrase(tokens, field, None):
            return f"phrase\t{field or ''}\t0\t{' '.join(tokens)}"
        case Phrase(tokens, field, within):
            return f"near\t{field or ''}\t{within}\t{' '.join(dict.fromkeys(tokens))}"
        case _:
            raise ValueError(f"{node}: not among the made-up subscriptions")


def _clause(node: Node) -> str:
    return f"not\t{_query(node.part)}" if isinstance(node, Not) else f"is\t{_query(node)}"
