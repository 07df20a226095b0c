"""An answer that knows who gave it and what was asked, for the archive."""

from aiohttp import ClientResponse
from aiohttp.connector import Connection


class Answer(ClientResponse):
    """`peer`: the IP address at the other end; empty where there is none to be known."""

    peer = ""

    async def start(self, connection: Connection) -> ClientResponse:
        # Now: a short answer has given its connection back before anybody can ask.
        name = connection.transport.get_extra_info("peername") if connection.transport else None
        self.peer = str(name[0]) if name else ""
        return await super().start(connection)


def sent(answer: ClientResponse) -> tuple[tuple[str, str], ...]:
    """The headers of the request, in the order in which they went out."""
    return tuple((str(name), value) for name, value in answer.request_info.headers.items())
