"""What a home page says about its publisher: name, language, country. Pure."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from services.kit.host_names import registered

LONGEST_NAME = 100
DEEPEST = 6
SEPARATOR = re.compile(r"\s+[-–—|·•»:/]+\s+|\s*[|·•»]\s*|:\s+")
# Parts of a title that are no name.
GENERIC = re.compile(
    r"^(?:home\s?page|home|welcome(?: to)?|start(?:seite)?|accueil|inicio|início|portada|etusivu|forside|"
    r"главная|الرئيسية|首页|首頁|ホーム|nachrichten|aktuelle nachrichten|actualités?|noticias|notícias|"
    r"notizie|nouvelles|nyheter|nyheder|nieuws|uutiset|uudised|haber(?:ler)?|haberleri|berita|tin tức|"
    r"vijesti|vesti|zprávy|správy|hírek|știri|ştiri|новини|вести|ειδήσεις|أخبار|اخبار|חדשות|समाचार|ข่าว|"
    r"新闻|新聞|ニュース|뉴스|wiadomości|новости|official (?:web)?site|online|"
    r"(?:the )?(?:latest|breaking|top|live|all)?[\s,&]*(?:news|headlines|stories)"
    r"(?:[\s,&]+(?:news|sports?|videos?|photos?|weather|analysis|opinion|and|today|online|headlines|politics|"
    r"world|business))*)$",
    re.IGNORECASE,
)
LOCALE = re.compile(r"^([A-Za-z]{2})(?:[-_][A-Za-z]{4})?(?:[-_]([A-Za-z]{2}))?(?:$|[-_.,;\s])")
# Domains of countries that the world uses for other things.
FOR_EVERYBODY = frozenset(
    """
        ac ag ai cc cd cx co dj eu fm gg gl im io ly me ms mu nu pm pw sc sh st tk to tv vc ws
    """.split()  # noqa: SIM905
)
ORGANISATIONS = frozenset({"NewsMediaOrganization", "Organization", "Corporation", "WebSite"})


@dataclass(frozen=True, slots=True)
class About:
    """`language` by ISO 639-1, `country` by ISO 3166-1 alpha-2, where the page says."""

    name: str
    language: str | None
    country: str | None


def about(tree: Any, url: str) -> About:
    """Of the page at that address; `tree` is None where it could not be read."""
    host = urlsplit(url).hostname or ""
    if tree is None:
        return About(_of_host(host), None, _of_domain(host))
    said = [node for script in tree.iter("script") for node in _described(script)]
    locales = [tree.get("lang") or tree.get("xml:lang") or "", *_metas(tree, "og:locale", "content-language")]
    locales += [str(node.get("inLanguage") or "") for node in said]
    found = [match for locale in locales if (match := LOCALE.match(locale.strip()))]
    language = found[0][1].lower() if found else None
    return About(_name(tree, said, host), language, _country(said, host, [match[2] for match in found]))


def _name(tree: Any, said: list[dict[str, Any]], host: str) -> str:
    title = _line(" ".join(tree.xpath("//head/title[1]//text()") or tree.xpath("//title[1]//text()")))
    named = [
        *_metas(tree, "og:site_name"),
        *(str(node["name"]) for node in said if isinstance(node.get("name"), str)),
        *_metas(tree, "application-name", "apple-mobile-web-app-title"),
    ]
    for given in named:
        if name := _without_generic(_line(given), host):
            return name
    return _without_generic(title, host) or _of_host(host)


def _without_generic(text: str, host: str) -> str:
    """The part of a title that is the publisher's name: the one that its host is called by, or the only one
    that is no generic word; of several the last.
    """
    parts = [part.strip() for part in SEPARATOR.split(text) if part.strip()]
    parts = [part for part in parts if not GENERIC.match(part)]
    if not parts:
        return ""
    label = registered(host).partition(".")[0]
    called = [
        part for part in parts if _letters(part) and (_letters(part) in label or label in _letters(part))
    ]
    return min(called, key=len)[:LONGEST_NAME] if called else parts[-1][:LONGEST_NAME]


def _of_host(host: str) -> str:
    return registered(host.removeprefix("www.")) or host


def _country(said: list[dict[str, Any]], host: str, regions: list[str | None]) -> str | None:
    for node in said:
        address = node.get("address")
        country = address.get("addressCountry") if isinstance(address, dict) else None
        if isinstance(country, dict):
            country = country.get("name")
        if isinstance(country, str) and re.fullmatch("[A-Za-z]{2}", country.strip()):
            return "GB" if country.strip().upper() == "UK" else country.strip().upper()
    by_domain = _of_domain(host)
    if by_domain is not None:
        return by_domain
    named = [region.upper() for region in regions if region]
    # en_US is many programs' default and says nothing.
    return next((region for region in named if region != "US"), None)


def _of_domain(host: str) -> str | None:
    last = host.rpartition(".")[2].lower()
    if len(last) != 2 or not last.isalpha() or last in FOR_EVERYBODY:
        return None
    return {"uk": "GB", "su": "RU"}.get(last, last.upper())


def _metas(tree: Any, *names: str) -> list[str]:
    found = []
    for name in names:
        for node in tree.iter("meta"):
            keys = (node.get("property"), node.get("name"), node.get("http-equiv"))
            if name in {(key or "").lower() for key in keys} and (node.get("content") or "").strip():
                found.append(str(node.get("content")))
    return found


def _described(script: Any) -> list[dict[str, Any]]:
    """The organisations and sites that a page describes for machines (schema.org in JSON-LD)."""
    if "ld+json" not in (script.get("type") or ""):
        return []
    try:
        return list(_organisations(json.loads(script.text or ""), DEEPEST))
    except (ValueError, RecursionError):
        return []


def _organisations(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth == 0:
        return
    if isinstance(value, list):
        for each in value:
            yield from _organisations(each, depth - 1)
    if not isinstance(value, dict):
        return
    kinds = value.get("@type")
    if not ORGANISATIONS.isdisjoint(kinds if isinstance(kinds, list) else [kinds]):
        yield value
    for key in ("@graph", "publisher", "mainEntity"):
        yield from _organisations(value.get(key), depth - 1)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def _line(text: str) -> str:
    return " ".join(text.split())[:300]
