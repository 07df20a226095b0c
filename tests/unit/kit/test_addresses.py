"""Only machines of the public internet are asked, whatever a page or a name server says."""

import asyncio
import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from services.kit.addresses import PrivateAddress, PublicResolver, address, literal, private_hosts, public


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("127.8.8.8", False),
        ("10.1.2.3", False),
        ("172.31.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("255.255.255.255", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("192.0.2.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fd00:ec2::254", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.215.14", True),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("no address", False),
    ],
)
def test_public(address: str, expected: bool) -> None:
    assert public(address) is expected


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("paper.example", None),
        ("1.example", None),
        ("", None),
    ],
)
def test_addresses_in_whatever_spelling(host: str, address: str | None) -> None:
    assert literal(host) == address


class Names(AbstractResolver):
    """A name server that may change its mind."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = self.answers.pop(0)
        return [
            ResolveResult(hostname=host, host=one, port=port, family=family, proto=0, flags=0)
            for one in found
        ]

    async def close(self) -> None:
        pass


def test_a_name_leads_only_to_public_addresses() -> None:
    resolver = PublicResolver(
        ["desk.example"], Names(["10.0.0.1", "93.184.215.14"], ["127.0.0.1"], ["10.0.0.1"])
    )

    async def hosts(name: str) -> list[str]:
        return [found["host"] for found in await resolver.resolve(name, 80)]

    async def ask() -> None:
        assert await hosts("paper.example") == ["93.184.215.14"]
        # The name shows another address now: the connection goes to what was checked, so it is refused.
        with pytest.raises(PrivateAddress, match=r"leads to 127\.0\.0\.1.*NEWSWATCH_PRIVATE_HOSTS"):
            await hosts("paper.example")
        assert await hosts("desk.example") == ["10.0.0.1"]

    asyncio.run(ask())


def test_exceptions_are_for_one_port_where_they_name_one() -> None:
    named = private_hosts("desk.example, 10.0.0.7", ["http://127.0.0.1:8090/feed"])
    assert named == {"desk.example", "10.0.0.7", "127.0.0.1:8090"}
    resolver = PublicResolver(named, Names())
    assert resolver.refuses("127.0.0.1", 8090) is None
    assert "no address of the public internet" in (resolver.refuses("127.0.0.1", 9200) or "")
    assert resolver.refuses("10.0.0.7", 1) is None
    assert resolver.refuses("paper.example", 80) is None


@pytest.mark.parametrize(
    ("text", "host", "asked"),
    [
        (" https://one.example/a b?c=d e#f ", "one.example", "/a%20b?c=d%20e"),
        ("http://one.example/a\r\nGET /b HTTP/1.1", "one.example", "/aGET%20/b%20HTTP/1.1"),
        ("http://127.0.0.1:1\\@good.example/", "127.0.0.1", "/@good.example/"),
        ("http://good.example@127.0.0.1/", "127.0.0.1", "/"),
        ("http://good.example:80@127.0.0.1/x", "127.0.0.1", "/x"),
        ("http:\\\\127.0.0.1\\a", "127.0.0.1", "/a"),
        ("http://①②⑦.⓪.⓪.①/", "127.0.0.1", "/"),
        ("http://[::1]/", "::1", "/"),
        ("http://zürich.example/é", "xn--zrich-kva.example", "/%C3%A9"),
        ("http://one.example/%E9?a=%26", "one.example", "/%E9?a=%26"),
    ],
)
def test_there_is_one_reading_of_an_address(text: str, host: str, asked: str) -> None:
    found = address(text)
    assert (found.raw_host, found.raw_path_qs) == (host, asked)


@pytest.mark.parametrize(
    "text",
    ["ftp://one.example/", "file:///etc/passwd", "javascript:alert(1)", "one.example", "//one.example", "",
     "http://", "http://one.example:port/", "http://one.example:99999/", "http://[::1",
     "http://x/" + "x" * 9000],
)  # fmt: skip
def test_what_is_no_address_is_not_asked(text: str) -> None:
    with pytest.raises(ValueError, match=r"address|[Pp]ort|host|IPv6|URL"):
        address(text)
