"""A tiny server that answers as Elasticsearch does, or as it does not."""

import json
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]
Answer = tuple[int, Json]

CUT = 0  # as a status: the connection is closed without a word


class Server:
    """Answers each request with the next prepared answer, the last one for ever, and keeps what was asked."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.answers: list[Callable[[list[Json]], Answer]] = []
        self.asked: list[list[Json]] = []
        self.product = "Elasticsearch"
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                lines = [json.loads(line) for line in body.splitlines() if line]
                outer.asked.append(lines)
                answer = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                status, content = answer(lines)
                data = json.dumps(content).encode()
                if status == CUT:
                    self.connection.close()
                    return
                self.send_response(status)
                if outer.product:
                    self.send_header("X-Elastic-Product", outer.product)
                self.send_header("Content-Type", "application/vnd.elasticsearch+json;compatible-with=9")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_PUT = do_GET = do_POST  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls is not None:
            self.http.socket = tls.wrap_socket(self.http.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.http.server_port}"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,))
        self.thread.start()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()

    def ids(self) -> list[list[str]]:
        """The ids that each request wrote."""
        return [[line["index"]["_id"] for line in lines if "index" in line] for lines in self.asked]
