"""A publisher for tests: a web server with one feed, whose pages a test hands in."""

import html
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Press:
    """Serves what was published, newest first in its feed."""

    def __init__(self) -> None:
        self._pages: dict[str, tuple[str, str]] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> "Press":
        press = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, kind, body = press.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def publish(self, name: str, title: str, page: str) -> str:
        """Put a page under /name, and into the feed; returns its address."""
        with self._lock:
            self._pages[f"/{name}"] = (title, page)
        return f"{self.url}/{name}"

    def answer(self, path: str) -> tuple[int, str, bytes]:
        with self._lock:
            pages = dict(self._pages)
        if path == "/feed.xml":
            items = "".join(
                f"<item><title>{html.escape(title)}</title><link>{self.url}{name}</link></item>"
                for name, (title, _) in reversed(pages.items())
            )
            feed = f'<rss version="2.0"><channel><title>Test press</title>{items}</channel></rss>'
            return 200, "application/rss+xml", feed.encode()
        if path in pages:
            return 200, "text/html; charset=utf-8", pages[path][1].encode()
        return 404, "text/plain", b"nothing here\n"

    def sources(self, file: Path) -> Path:
        """A catalogue with this publisher alone."""
        file.write_text(
            f"sources:\n  - id: press\n    name: Test press\n    language: en\n    home: {self.url}/\n"
            f"    feeds: ['{self.url}/feed.xml']\n    crawl_delay: 0\n"
            "    poll_seconds: 1\n    sample: true\n",
            encoding="utf-8",
        )
        return file


def article_page(title: str, paragraphs: list[str]) -> str:
    """An article as a plain publisher would put it."""
    body = "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in paragraphs)
    name = html.escape(title)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title></head>'
        f"<body><nav><a href='/'>Home</a></nav><article><h1>{name}</h1>{body}</article></body></html>"
    )
