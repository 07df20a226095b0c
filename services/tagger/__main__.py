"""The tagger's shell: news.articles.v1 → news.tagged.v1."""

from schemas.topics import ARTICLES, TAGGED
from services.kit.service import guarded, start
from services.kit.step import Step
from services.kit.stream import Stream, transform
from services.tagger.core import tag
from services.tagger.knowledge import load_knowledge
from services.tagger.spacy_names import finder


def main() -> None:
    service = start("tagger", "broker")
    knowledge = load_knowledge()
    names = finder(service.settings.spacy_models)
    handle = transform(Step("tagger", ARTICLES, TAGGED, lambda article: tag(article, knowledge, names)))
    Stream("tagger", [ARTICLES], handle, service.settings, service.metrics, service.health).run()


if __name__ == "__main__":
    guarded(main)
