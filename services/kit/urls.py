"""Addresses: which of them mean the same page.

An article is known by its canonical URL, so crawler and cleaner must agree on it to the letter: both
call `canonical_of_page`.
"""

import hashlib
import re
from html import unescape
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

# Parameters that say how a reader came, never which page it is.
TRACKING = re.compile(
    r"^(utm_.*|at_(medium|campaign|custom\d|link.*|format|ptr.*)|ns_.*|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_cid|mc_eid|_ga|"
    r"ito|ocid|cmpid|ref|ref_src|ref_url|smid|smtyp|xtor|wt_.*|trk|guccounter|guce_.*|s_cid|ncid|traffic_source)$",
    re.IGNORECASE,
)
HEAD = 200_000
LINK = re.compile(r"<link\b[^>]{0,2000}>", re.IGNORECASE)
REL = re.compile(r"""\brel\s*=\s*["']?\s*canonical\b""", re.IGNORECASE)
HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.IGNORECASE)
PORTS = {"http": 80, "https": 443}


def canonical(url: str) -> str:
    """The address without what does not change the page: fragment, tracking parameters, default port,
    upper case in scheme and host, order of parameters. ValueError for what is no http(s) address.
    """
    parts = urlsplit(url.strip())
    scheme = parts.scheme.lower()
    if scheme not in PORTS or not parts.hostname:
        raise ValueError(f"not an http(s) address: {url[:200]!r}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname.rstrip(".")
    port = parts.port
    where = host if port is None or port == PORTS[scheme] else f"{host}:{port}"
    path = quote(unquote(parts.path), safe="/%:@!$&'()*+,;=~-._") or "/"
    pairs = sorted(
        pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not TRACKING.match(pair[0])
    )
    return urlunsplit((scheme, where, path, urlencode(pairs), ""))


def canonical_of_page(url: str, html: str) -> str:
    """What the page calls its own address (<link rel=canonical>), if it names one on the same site;
    else the address that answered.
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
        return own if home or site(named) != site(own) else named
    return own


def article_id(canonical_url: str) -> str:
    """sha256 of the canonical URL, in hex."""
    return hashlib.sha256(canonical_url.encode()).hexdigest()


def site(url: str) -> str:
    """The host without www. and its kin."""
    host = (urlsplit(url).hostname or "").lower()
    return re.sub(r"^(www\d?|m|amp|mobile)\.", "", host)
