"""What a link says about the page behind it: its address, its words, and the shape that its address shares
with others. Pure.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from services.kit.host_names import registered

ENOUGH = 3  # points that make an article
DEEPEST = 10  # steps of a path that count
COMPANY = 3  # links of a shape with words like headlines make it one of articles

DATE = re.compile(
    r"/(?:19|20)\d\d(?:[/-]?[01]?\d(?:[/-]?[0-3]?\d)?)?(?=[/-]|\b)|\d{4}-\d\d-\d\d(?=\b|_)|/\d\d?-\d\d?-(?:19|20)\d\d(?=/|$)"
)
ONLY_DATE = re.compile(r"^(?:\d{1,4}(?:[-.]\d{1,2}){0,2}|\d{1,2}[-.]\d{1,2}[-.]\d{4})$")
NUMBER = re.compile(r"\d{5,}")
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{24,}", re.IGNORECASE)
IDENTIFIER = re.compile(r"(?<![^-_./,~])(?=[0-9A-Za-z]*[A-Za-z])(?:[A-Za-z]*\d){2}[0-9A-Za-z]*(?![^-_./,~])")
SHORTEST_IDENTIFIER = 6
ASKED_FOR = re.compile(r"(?:^|&)(?:p|id|\w*(?:id|article|story|news|nid|aid))=\d{3,}(?:&|$)", re.IGNORECASE)
SHARED = re.compile(r"(?:^|&)(?:share|replytocom|action)=", re.IGNORECASE)
DOCUMENT = re.compile(r"\.(?:s?html?|ece|cms|stm|story|php|aspx?|amp)$", re.IGNORECASE)
FILE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|pdf|mp[34]|m3u8?|xml|rss|json|zip|ics|css|js|docx?|xlsx?)$",
    re.IGNORECASE,
)
# Parts of a path that lead to lists, people, services and shops, not to articles.
ELSEWHERE = frozenset(
    """
        abo abonnement abonnements abonnieren about account accounts ads advertise advertising
        advertorial advertorials agb anmelden anzeige anzeigen app apps auteur auteurs auth author
        authors autor autoren autores autori branded-content byline cart categoria categorias
        categorie categories category columnista columnistas contact contacto contributors cookie
        cookies coupons datenschutz donate epaper etiket etiqueta etiquetas faq feed feeds forfatter
        gutscheine hilfe identity-service impressum imprint info-pages journalist journalistes
        journalists keyword keywords kontakt label log-in login logout mein member members menu my
        newsletter newsletters oauth ofertas-descuentos pages paid-post partner-content penulis
        preferences privacy privacy-policy profil profile promoted register registration rss search
        search-results settings sign-in sign-up signataires signin signup sitemap sitemaps sponsored
        staff stichwort subscribe subscription subscriptions suche suscribete suscripcion
        suscripciones tac-gia tag tag-page tags tags-temas terms terms-of-service user users
        vouchers werbung yazar yazarlar
    """.split()  # noqa: SIM905
)
# These, too, unless there is a date, or a number and a long name: some are sections as well.
PERHAPS_ELSEWHERE = frozenset(
    """
        archiv archive archives bio biography careers dossier dossiers events help info jobs legal page people
        person personen podcast podcasts shop shopping specials team thema theme themen themes topic topico
        topicos topics vergleich wetter weather
    """.split()  # noqa: SIM905
)
SERVICE = re.compile(
    r"^(?:lists?|liste|rubrik|rubrique|comments?|reply|print|mail|email|pdf|share|send|drucken|imprimir|imprimer|login.*|authorize|"
    r"impressum|datenschutz.*|privacy.*|cookies?-.*|terms-(?:of|and|und)-.*|nutzungsbedingungen.*|"
    r"confidentialite.*|mentions-legales|aviso-legal|politica-de-.*|about-(?:us|the-|this-).*|"
    r"(?:ueber|contact|kontakt)-.*|newsletter.*)$",
    re.IGNORECASE,
)
HOSTS_ELSEWHERE = frozenset(
    """
        abo abos account accounts ads anzeigen auth autos careers connect coupons epaper e-paper gutscheine
        help hilfe id immo immobilien jobs kleinanzeigen login mediadaten my newsletter newsletters profile
        secure shop sso stellen stellenmarkt store subscribe subscription support tickets trauer vergleich
    """.split()  # noqa: SIM905
)
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")


@dataclass(frozen=True, slots=True)
class Shape:
    """What addresses made by one program share: `exact` with the names of folders, `general` without."""

    exact: str
    general: str


def of_address(url: str) -> int:
    """Points for what an address looks like; -5 and less where it leads elsewhere."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    steps = [step for step in path.lower().split("/") if step]
    if FILE.search(path) or (not steps and not parts.query):
        return -9
    slug = steps[-1] if steps else ""
    host = parts.hostname or ""
    if not ELSEWHERE.isdisjoint(steps):
        return -5
    if SHARED.search(parts.query) or SERVICE.match(DOCUMENT.sub("", slug)):
        return -5
    if host != registered(host) and host.partition(".")[0] in HOSTS_ELSEWHERE:
        return -5
    breaks = max((_breaks(step) for step in (steps[-3:] if slug.isdecimal() else steps[-1:])), default=0)
    dated = DATE.search(path) is not None
    numbered = _numbered(path) or NUMBER.search(parts.query) is not None
    points = 3 if breaks >= 4 else 2 if breaks >= 2 and (dated or numbered) else 1 if breaks >= 2 else 0
    points += 2 * dated + 2 * numbered
    points += 1 if DOCUMENT.search(path) else 0
    points += 1 if ASKED_FOR.search(parts.query) and not numbered else 0
    if ONLY_DATE.match(slug) and all(step.count("-") < 3 for step in steps):
        points -= 4 * dated  # all that was published on a day
    if not PERHAPS_ELSEWHERE.isdisjoint(steps) and not (dated or (numbered and breaks >= 3)):
        points -= 3
    return points or -1


def of_title(title: str) -> int:
    """Points for words that read like a headline."""
    if UNSPACED.search(title):
        letters = len(title)
        return 2 if letters >= 10 else 0 if letters >= 6 else -2
    words = len(title.split())
    if words >= 5 and len(title) >= 25:
        return 2
    return 1 if words >= 3 and len(title) >= 12 else -1 if title else -2


@lru_cache(maxsize=16_384)
def shape(url: str) -> Shape:
    """Both in a few characters: s for a long name, w for a short one, 9 for a number, Y for a year."""
    parts = urlsplit(url)
    steps = [step for step in unquote(parts.path).lower().split("/") if step][-DEEPEST:]
    kinds = [_kind(step) for step in steps]
    asked = "&".join(
        sorted(f"{pair.partition('=')[0]}=9" for pair in parts.query.split("&") if pair[-1:].isdecimal())
    )
    asked = f"?{asked}" if asked else ""
    folders = [step if kind == "w" else kind for step, kind in zip(steps[:-1], kinds, strict=False)]
    exact = "/".join([*folders, *kinds[-1:]])
    return Shape(f"/{exact}{asked}"[:120], f"/{'/'.join(kinds)}{asked}"[:120])


def same_publisher(url: str, page: str) -> bool:
    """Whether both are of one site, hosts beneath one registered name included."""
    return registered(urlsplit(url).hostname or "") == registered(urlsplit(page).hostname or "")


def company(links: list[tuple[str, str, int]]) -> list[int]:
    """Further points for links, given as address, title and points so far: where most links of a shape have
    words like headlines, the shape is one of articles.
    """
    shapes = [shape(url) for url, _, _ in links]
    titles = [of_title(title) for _, title, _ in links]
    members: dict[str, list[int]] = {}
    for of, title, (_, _, points) in zip(shapes, titles, links, strict=True):
        if points > -3:
            for name in {of.exact, of.general}:
                members.setdefault(name, []).append(title)
    lively = {
        name
        for name, found in members.items()
        if found.count(2) >= COMPANY and found.count(2) >= 0.55 * len(found)
    }
    return [
        (2 if title == 2 else 1 if title >= 0 else 0)
        if not lively.isdisjoint((of.exact, of.general)) and not _is_section(url)
        else 0
        for of, title, (url, _, _) in zip(shapes, titles, links, strict=True)
    ]


def _is_section(url: str) -> bool:
    """A single word after the host."""
    parts = urlsplit(url)
    return not parts.query and re.fullmatch(r"/[a-z]+/?", parts.path) is not None


def _breaks(step: str) -> int:
    return step.count("-") + step.count("_") + step.count("%") // 6


def _numbered(path: str) -> bool:
    if NUMBER.search(path) or UUID.search(path):
        return True
    return any(len(found[0]) >= SHORTEST_IDENTIFIER for found in IDENTIFIER.finditer(path))


def _kind(step: str) -> str:
    ending = DOCUMENT.search(step)
    stem = step[: ending.start()] if ending else step
    tail = ending[0].lower() if ending else ""
    if stem.isdecimal():
        year = len(stem) == 4 and stem[:2] in {"19", "20"}
        return ("Y" if year else "n" if len(stem) < 3 else "9") + tail
    kind = "s" if stem.count("-") + stem.count("_") + stem.count(" ") >= 2 else "w"
    return kind + ("9" if _numbered(stem) else "") + tail
