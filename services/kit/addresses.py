"""Which addresses may be connected to on somebody else's word: those of the public internet. A page, a
subscription, or whoever controls a name, must not make us ask our own machines.

Names are resolved here and the connection goes to an address that was checked, so that a name cannot show
another address in between (rebinding). What is public, IANA's registries tell, as Python knows them.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import SplitResult, quote, urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

LONGEST_ADDRESS = 8192  # characters; servers take no more
RESOLVERS = 32  # names that are looked up at the same time
DROPPED = re.compile(r"[\t\r\n]")
ESCAPED = re.compile(r"[\x00-\x20\x7f\"<>^`{|}]")
ANYWHERE = "*"  # among the private hosts: every host may be anywhere
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class PrivateAddress(OSError):
    """The name leads to a machine that is none of the public internet."""


def public(text: str) -> bool:
    """Whether it is the address of a machine on the public internet; an address within an address counts."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return public(str(inner))
    return address.is_global and not address.is_multicast and not address.is_reserved


def literal(host: str) -> str | None:
    """The address that a host spells in whatever way (127.1, 0x7f000001, 2130706433); None for a name."""
    host = host.strip("[]").rstrip(".")
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host)) if host and host[0].isdigit() else None
    except OSError:
        return None


def address(url: str) -> URL:
    """The http(s) address to ask, as browsers understand it: backslashes are slashes, blanks are escaped,
    ends of lines dropped. ValueError for what is none.

    What is judged and what is connected to must be one reading of the address, so everybody takes this one.
    """
    text = DROPPED.sub("", url.strip())
    if len(text) > LONGEST_ADDRESS:
        raise ValueError(f"an address of {len(text)} characters: {text[:100]!r}…")
    head, mark, query = text.partition("?")
    text = ESCAPED.sub(lambda found: quote(found[0]), head.replace("\\", "/") + mark + query)
    found = URL(text, encoded=True) if text.isascii() else URL(text)
    if found.scheme not in {"http", "https"} or not found.raw_host:
        raise ValueError(f"no http(s) address: {url[:200]!r}")
    return found


class SystemResolver(AbstractResolver):
    """The system's, in threads of its own: name servers that do not answer keep nobody else waiting."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(RESOLVERS, thread_name_prefix="resolve")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads,
            lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG),
        )
        return [
            ResolveResult(
                hostname=host,
                host=str(where[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, where in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class PublicResolver(AbstractResolver):
    """Resolves names to public addresses only. `private`: hosts, with or without a port, that may be
    anywhere, as a sample newsroom on this machine; `setting`: where people name them.
    """

    def __init__(
        self,
        private: Collection[str] = (),
        inner: AbstractResolver | None = None,
        setting: str = "NEWSWATCH_PRIVATE_HOSTS",
    ) -> None:
        self._private = frozenset(host.lower() for host in private)
        self._inner = inner or SystemResolver()
        self._way_out = f"if that is meant, name the host in {setting}"

    def refuses(self, host: str, port: int) -> str | None:
        """Why a host that spells an address may not be asked; names are judged when they are resolved."""
        address = literal(host)
        if address is None or self._may_be_private(host, port) or public(address):
            return None
        return f"{host} is no address of the public internet; {self._way_out}"

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if self._may_be_private(host, port):
            return found
        allowed = [result for result in found if public(result["host"])]
        if not allowed:
            where = ", ".join(sorted({result["host"] for result in found})) or "nowhere"
            raise PrivateAddress(f"{host} leads to {where}, none of the public internet; {self._way_out}")
        return allowed

    def _may_be_private(self, host: str, port: int) -> bool:
        name = host.lower().strip("[]")
        if ANYWHERE in self._private:
            return True
        return name in self._private or f"{name}:{port}" in self._private

    async def close(self) -> None:
        await self._inner.close()


def private_hosts(named: str, urls: Collection[str]) -> frozenset[str]:
    """Hosts from a list separated by commas, and those of the addresses, each with its port."""
    listed = {host.strip().lower() for host in named.split(",") if host.strip()}
    parts = [urlsplit(url) for url in urls]
    return frozenset(listed | {f"{part.hostname}:{port_of(part)}" for part in parts})


def port_of(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)
