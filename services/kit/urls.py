"""Addresses: which of them mean the same page.

An article is known by its canonical URL, so crawler and cleaner must agree on it to the letter: both
call `canonical_of_page`.
"""

import hashlib
import re
from functools import lru_cache
from html import unescape
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from services.kit import url_rules
from services.kit.host_names import canonical_host

ESCAPE = re.compile(r"%([0-9a-fA-F]{2})?")
UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# RFC 3986: what may stand bare in a path, and in a query or fragment; escapes are looked at alone.
IN_PATH = "/%:@!$&'()*+,;=~-._"
IN_QUERY = IN_PATH + "?"
PLAIN_PATH = re.compile(r"[A-Za-z0-9/:@!$&'()*+,;=~._-]*")
PLAIN_QUERY = re.compile(r"[A-Za-z0-9/:@!$&'()*+,;=~._?-]*")
HAS_A_FORM = re.compile(r"/\.|;|amp|index\.|default\.", re.IGNORECASE)  # which url_rules and dots may change
ENTITY = re.compile(r"^(?:amp;|#0*38;)+", re.IGNORECASE)
SLASHES = re.compile(r"^(https?):(?:[/\\]|[/\\]{3,})(?=[^/\\?#@]*[^/\\?#@.]\.[^/\\?#@.])", re.IGNORECASE)
# Caches that serve other sites' pages as AMP: the address follows.
AMP_CACHE = re.compile(
    r"^https?://(?:(?:www\.)?google\.[a-z.]{2,6}/amp|[\w-]+\.(?:cdn\.ampproject\.org|bing-amp\.com)/[cvi](?:/s|))"
    r"/(s/)?(?=[\w-]+\.)",
    re.IGNORECASE,
)
HEAD = 200_000
LINK = re.compile(r"<link\b[^>]{0,2000}>", re.IGNORECASE)
REL = re.compile(r"""\brel\s*=\s*["']?\s*canonical\b""", re.IGNORECASE)
HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.IGNORECASE)
OF_ARTICLE = re.compile(r"\d{3,}|[^/-]+(?:-[^/-]+){2,}|\.(?:html?|php|aspx?)$")
PORTS = {"http": 80, "https": 443}


def canonical(url: str) -> str:
    """The address in the one form in which an article is known. ValueError for what is no http(s) address.

    - Scheme, host and escapes in one case, hosts as Punycode; dot segments, default ports, fragments, names
      of users and sessions dropped. The scheme stays as it is: which one a site serves, its redirects say.
    - Escapes by RFC 3986: bare what is unreserved, escaped what must be, the rest as it was: `%2F` is no `/`.
    - Parameters in alphabetical order, without those that say how a reader came (services/kit/url_rules).
    - AMP and mobile twins, index documents and print views become the page that they stand for; `m.` and its
      kin become `www.`. A trailing slash stays: whether it matters, only the site knows.
    - What every browser forgives is forgiven: backslashes, a wrong number of slashes before the host.
    """
    text = _out_of_cache(SLASHES.sub(r"\1://", url.strip()))
    if "\\" in text:
        end = _end_of_path(text)
        text = text[:end].replace("\\", "/") + text[end:]
    try:
        parts = urlsplit(text)
        scheme, port = parts.scheme, parts.port
        named = parts.hostname if scheme in PORTS else None
        host = canonical_host(named) if named else ""
    except ValueError as error:
        raise ValueError(f"not an http(s) address: {url[:200]!r} ({error})") from error
    if not host:
        raise ValueError(f"not an http(s) address: {url[:200]!r}")
    where = host if port is None or port == PORTS[scheme] else f"{host}:{port}"
    query = _query(parts.query) if parts.query else ""
    path = _path(parts.path, query)
    # Pages that scripts tell apart.
    told_apart = parts.fragment.startswith("!") and len(parts.fragment) > 1
    fragment = _one_escaping(parts.fragment, PLAIN_QUERY, IN_QUERY) if told_apart else ""
    return urlunsplit((scheme, where, path, query, fragment))


def _end_of_path(url: str) -> int:
    return min((at for mark in "?#" if (at := url.find(mark)) >= 0), default=len(url))


def _out_of_cache(url: str) -> str:
    while "amp" in url and (found := AMP_CACHE.match(url)):
        secure = found[1] or "/s" in found[0][8:]
        url = f"{'https' if secure else 'http'}://{url[found.end() :]}"
    return url


def _path(path: str, query: str) -> str:
    path = _one_escaping(path, PLAIN_PATH, IN_PATH)
    if HAS_A_FORM.search(path) is None:
        return path or "/"
    path = url_rules.SESSION.sub("", path)
    before: str | None = None
    while path != before:  # one form may hide in another
        before = path
        path = without_dots(path) or "/"
        path = url_rules.AMP_EXTENSION.sub("", path)
        path = url_rules.AMP_TAIL.sub(r"\1", path)
        path = url_rules.AMP_HEAD.sub("", path)
        if not query:
            path = url_rules.INDEX.sub("/", path)
    return path


def _one_escaping(text: str, plain: re.Pattern[str], bare: str) -> str:
    """Unreserved characters bare, all others escaped in upper case: an escaped slash is not a slash."""
    if plain.fullmatch(text):
        return text
    return ESCAPE.sub(_one_escape, quote(text, safe=bare, errors="surrogatepass"))


def _one_escape(found: re.Match[str]) -> str:
    if found[1] is None:
        return "%25"
    character = chr(int(found[1], 16))
    return character if character in UNRESERVED else found[0].upper()


def without_dots(path: str) -> str:
    """RFC 3986, 5.2.4."""
    if "/." not in path:
        return path if path.startswith("/") or not path else f"/{path}"
    kept: list[str] = []
    segments = path.split("/")[1:]
    for place, segment in enumerate(segments):
        last = place == len(segments) - 1
        if segment == "..":
            if kept:
                kept.pop()
            if last:
                kept.append("")
        elif segment == ".":
            if last:
                kept.append("")
        else:
            kept.append(segment)
    return "/" + "/".join(kept)


def _query(query: str) -> str:
    kept = []
    for part in query.split("&"):
        if not part:
            continue
        given = ENTITY.sub("", part) if ";" in part else part  # an ampersand that was escaped twice
        name, equals, value = given.partition("=")
        if _says_nothing(name, value):
            continue
        kept.append(
            (
                _one_escaping(name, PLAIN_QUERY, IN_QUERY),
                equals,
                _one_escaping(value, PLAIN_QUERY, IN_QUERY),
            )
        )
    if len(kept) > 1:
        kept.sort()
    return "&".join(map("".join, kept))


def _says_nothing(name: str, value: str) -> bool:
    if "%" in name:
        name = unquote(name)
    return _is_tracking(name) or url_rules.says_nothing(name, value)


@lru_cache(maxsize=8192)
def _is_tracking(name: str) -> bool:
    return url_rules.TRACKING.match(name) is not None


def canonical_of_page(url: str, html: str) -> str:
    """What the page calls its own address (<link rel=canonical>), if it names one on the same site that is
    neither the front page nor a section; else the address that answered.
    """
    own = canonical(url)
    for link in LINK.finditer(html, 0, HEAD):
        tag = link[0]
        if not REL.search(tag):
            continue
        href = HREF.search(tag)
        if href is None:
            continue
        try:
            named = canonical(
                urljoin(url, unescape(next(group for group in href.groups() if group is not None)))
            )
        except ValueError:
            return own
        # A front page named as canonical is a template's mistake; another site's would merge strangers.
        home = urlsplit(named).path == "/" and urlsplit(own).path != "/"
        return own if home or site(named) != site(own) or _is_section_of(named, own) else named
    return own


def _is_section_of(named: str, own: str) -> bool:
    """Whether one is a folder in which the other lies: /world of /world/norway-expels-eight. A folder with a
    number or several words may be an article of several pages.
    """
    folder, path = urlsplit(named).path.rstrip("/"), urlsplit(own).path.rstrip("/")
    return path.startswith(f"{folder}/") and not OF_ARTICLE.search(folder)


def article_id(canonical_url: str) -> str:
    """sha256 of the canonical URL, in hex."""
    return hashlib.sha256(canonical_url.encode()).hexdigest()


def site(url: str) -> str:
    """The host without www. and its kin."""
    host = (urlsplit(url).hostname or "").lower()
    return re.sub(r"^(www\d?|m|amp|mobile)\.", "", host)


def outward(url: str) -> str | None:
    """The address, if it may be a link: http or https, with a host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None
