"""The cleaner's step, in the process that services.kit.apart gives it: a page may hang or kill that."""

from schemas.events import Article, RawPage
from schemas.topics import ARTICLES, RAW
from services.cleaner.core import clean
from services.cleaner.history import History
from services.kit.apart import serve
from services.kit.limit import limited
from services.kit.step import Step


def main() -> None:
    history = History()  # of this process's share of the pages; learned anew after a restart

    def cleaned(page: RawPage) -> Article:
        return history.without_furniture(clean(page))

    serve(Step("cleaner", RAW, ARTICLES, limited(cleaned, die=True)))


if __name__ == "__main__":
    main()
