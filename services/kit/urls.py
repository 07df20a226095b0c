"""Addresses: which of them mean the same page.

An article is known by its canonical URL, so crawler and cleaner must agree on it to the letter: both
call `canonical_of_page`.
"""

import hashlib
import re
from html import unescape
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

import idna

from services.kit import url_rules

ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
IN_PATH = "/%:@!$&'()*+,;=~-._"
# Caches that serve other sites' pages as AMP: the address follows.
AMP_CACHE = re.compile(
    r"^https?://(?:(?:www\.)?google\.[a-z.]{2,6}/amp|[\w-]+\.cdn\.ampproject\.org/[cvi](?:/s|))/(s/)?(?=[\w-]+\.)",
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
    - Parameters in order, without those that say how a reader came (services/kit/url_rules).
    - AMP and mobile twins, index documents and print views become the page that they stand for; `m.` and its
      kin become `www.`. A trailing slash stays: whether it matters, only the site knows.
    """
    text = _out_of_cache(url.strip())
    try:
        parts = urlsplit(text.replace("\\", "/"))
        scheme, port = parts.scheme.lower(), parts.port
    except ValueError as error:
        raise ValueError(f"not an http(s) address: {url[:200]!r} ({error})") from error
    if scheme not in PORTS or not parts.hostname:
        raise ValueError(f"not an http(s) address: {url[:200]!r}")
    host = _host(parts.hostname)
    where = host if port is None or port == PORTS[scheme] else f"{host}:{port}"
    query = _query(parts.query)
    path = _path(parts.path, query)
    fragment = parts.fragment if parts.fragment.startswith("!/") else ""  # pages that scripts tell apart
    return urlunsplit((scheme, where, path, query, quote(fragment, safe=IN_PATH + "?")))


def _out_of_cache(url: str) -> str:
    found = AMP_CACHE.match(url)
    if found is None:
        return url
    secure = found[1] or "/s" in found[0][8:]
    return f"{'https' if secure else 'http'}://{url[found.end() :]}"


def _host(name: str) -> str:
    if ":" in name:
        return f"[{name}]"
    host = unquote(name).rstrip(".").lower()
    if not host:
        raise ValueError("not an http(s) address: it names no host")
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError) as error:
            raise ValueError(f"not an http(s) address: no host is called {name[:100]!r}") from error
    labels = host.split(".")
    if labels[0] in url_rules.MOBILE and len(labels) > 2:
        return ".".join(["www", *labels[1:]])
    if len(labels) > 3 and labels[1] == "m":  # en.m.wikipedia.org
        return ".".join([labels[0], *labels[2:]])
    return host


def _path(path: str, query: str) -> str:
    path = _without_dots(_one_escaping(path)) or "/"
    path = url_rules.SESSION.sub("", path)
    path = url_rules.AMP_EXTENSION.sub("", path)
    path = url_rules.AMP_TAIL.sub(r"\1", path)
    path = url_rules.AMP_HEAD.sub("", path)
    return path if query else url_rules.INDEX.sub("/", path)


def _one_escaping(text: str) -> str:
    """Unreserved characters bare, all others escaped in upper case: an escaped slash is not a slash."""

    def one(found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        return character if character in UNRESERVED else found[0].upper()

    bare = re.sub(r"%(?![0-9a-fA-F]{2})", "%25", text)
    return ESCAPE.sub(one, quote(bare, safe=IN_PATH, errors="surrogatepass"))


def _without_dots(path: str) -> str:
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
    if not query:
        return ""
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    kept = sorted(pair for pair in pairs if not url_rules.says_nothing(*pair))
    return urlencode(kept, errors="surrogateescape")


def canonical_of_page(url: str, html: str) -> str:
    """What the page calls its own address (<link rel=canonical>), if it names one on the same site that is
    neither the front page nor a section; else the address that answered.
    """
    own = canonical(url)
    for tag in LINK.findall(html[:HEAD]):
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
