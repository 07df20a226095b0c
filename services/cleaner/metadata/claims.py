"""What a page says of its language: tags such as de-AT. Pure."""

from services.cleaner.metadata.page import Page
from services.cleaner.metadata.tree import document_language
from services.kit.language import is_tag, iso_639_1


def languages(page: Page) -> list[str]:
    """The languages it claims, ISO 639-1, the article's own claim before the template's."""
    found = (iso_639_1(tag) for tag in tags(page))
    return list(dict.fromkeys(code for code in found if code))


def tags(page: Page) -> list[str]:
    """Language tags in lower case with hyphens."""
    said = [*page.said("inLanguage"), document_language(page.tree)]
    said += page.meta(
        "og.locale", "inlanguage", "language", "contentlanguage", "dc.language", "dcterms.language"
    )
    return [tag.strip().lower().replace("_", "-") for tag in said if is_tag(tag)]
