"""Pages a second from a WARC file to messages, against bare reading of its records with warcio.

python -m benchmarks.replay
"""

import io
import tempfile
import time
from collections import Counter
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from benchmarks.pages import real_pages
from services.crawler.replay import replay

MOST_BYTES = 8 * 1024 * 1024


def write(file: Path) -> None:
    with file.open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        for page in real_pages():
            body = page.html.encode()
            record = writer.create_warc_record(
                page.url,
                "response",
                payload=io.BytesIO(body),
                length=len(body),
                http_headers=StatusAndHeaders(
                    "200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1"
                ),
                warc_headers_dict={"WARC-Date": "2026-11-20T10:00:00Z"},
            )
            writer.write_record(record)


def bare(file: Path) -> int:
    with file.open("rb") as stream:
        return sum(len(record.content_stream().read()) > 0 for record in ArchiveIterator(stream))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pages.warc.gz"
        write(file)
        bare(file)
        began = time.process_time()
        records = bare(file)
        peer = records / (time.process_time() - began)
        began = time.process_time()
        counts = Counter(found.outcome for found in replay(file, {}, MOST_BYTES))
        ours = counts["page"] / (time.process_time() - began)
        megabytes = file.stat().st_size / 1e6
    print(f"{records} records, {megabytes:.0f} MB compressed: {dict(counts)}")
    print(
        f"replay {ours:,.0f} pages/s of processor time; warcio alone {peer:,.0f}/s; ratio {ours / peer:.2f}"
    )


if __name__ == "__main__":
    main()
