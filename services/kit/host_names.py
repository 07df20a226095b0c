"""Hosts in the one form in which they are compared: names by IDNA 2008 and UTS 46, addresses as WHATWG's URL
standard writes them. Pure.
"""

import ipaddress
import re
from functools import lru_cache
from urllib.parse import unquote

import idna

from services.kit.url_rules import HOSTERS, MOBILE, SECOND_LEVEL

NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
NUMBER = re.compile(r"0x[0-9a-f]*|\d+")
LONGEST = 253


@lru_cache(maxsize=8192)
def canonical_host(name: str) -> str:
    """ValueError where nothing can be called so. What serves telephones (`m.` and its kin) becomes `www.`."""
    if ":" in name:
        return f"[{_version_6(name)}]"
    host = unquote(name).lower()
    if not host.isascii():
        host = _punycode(host)
    host = host.removesuffix(".")
    if len(host) > LONGEST or NAME.fullmatch(host) is None:
        raise ValueError(f"no host is called {name[:100]!r}")
    if NUMBER.fullmatch(host.rpartition(".")[2]):
        return _version_4(host)
    return _for_everybody(host)


def registered(host: str) -> str:
    """The part that somebody has registered, as far as two lists of a few names can tell it."""
    labels = host.split(".")
    return ".".join(labels[-_registered(labels) :])


def _registered(labels: list[str]) -> int:
    if len(labels) < 3 or labels[-1].isdecimal():
        return len(labels)
    below = len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL  # m.example.org, not m.org or m.co.uk
    return 3 if below or labels[-2] in HOSTERS else 2


def _punycode(host: str) -> str:
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        pass
    try:  # what IDNA 2008 no longer allows, as emoji, browsers still find
        labels = idna.uts46_remap(host, std3_rules=False).split(".")
        return ".".join(
            label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}"
            for label in labels
        )
    except (idna.IDNAError, UnicodeError) as error:
        raise ValueError(f"no host is called {host[:100]!r}") from error


def _for_everybody(host: str) -> str:
    labels = host.split(".")
    least = _registered(labels)
    while len(labels) > least and labels[0] in MOBILE:
        labels = labels[1:] if labels[1] in MOBILE or labels[1] == "www" else ["www", *labels[1:]]
    while len(labels) > least + 1 and labels[1] == "m":  # en.m.wikipedia.org
        labels = [labels[0], *labels[2:]]
    return ".".join(labels)


def _version_4(host: str) -> str:
    """From any of its spellings: four numbers or fewer, decimal, octal or hexadecimal."""
    parts = host.split(".")
    if len(parts) > 4:
        raise ValueError(f"{host!r} is no IPv4 address")
    try:
        numbers = [_number(part) for part in parts]
        if any(number > 255 for number in numbers[:-1]):
            raise ValueError
        value = sum(number << 8 * (3 - place) for place, number in enumerate(numbers[:-1]))
        if numbers[-1] >= 1 << 8 * (5 - len(parts)):
            raise ValueError
        return str(ipaddress.IPv4Address(value + numbers[-1]))
    except ValueError as error:
        raise ValueError(f"{host!r} is no IPv4 address") from error


def _number(part: str) -> int:
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8 if len(part) > 1 and part.startswith("0") else 10)


def _version_6(text: str) -> str:
    address = ipaddress.IPv6Address(text)
    if "%" in text:
        raise ValueError("an address with a zone means something on one machine only")
    inner = address.ipv4_mapped
    if inner is None:
        return address.compressed
    return f"::ffff:{int(inner) >> 16:x}:{int(inner) & 0xFFFF:x}"
