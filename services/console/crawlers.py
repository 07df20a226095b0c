"""Why an address was never seen, asked of the crawlers: only they know how far it came."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

PATIENCE = 2.0  # seconds
UNKNOWN = (
    "no crawler is known here (NEWSWATCH_CRAWLER_URLS)",
    "on the crawler's machine newswatch why tells whether a source covers it, and how far it came",
)


def unseen(crawlers: Iterable[str], url: str) -> list[str]:
    """Lines: why there is no article of the address, and the next step last; of several crawlers' answers
    that of the one to which it came nearest.
    """
    asked = list(crawlers)
    if not asked:
        return list(UNKNOWN)
    with ThreadPoolExecutor(len(asked)) as threads:
        answers = list(threads.map(lambda crawler: _ask(crawler, url), asked))
    told = [answer for answer in answers if "told" in answer]
    if not told:
        why = "; ".join(
            f"{crawler}: {answer['error']}" for crawler, answer in zip(asked, answers, strict=True)
        )
        return [f"no crawler answers: {why}", UNKNOWN[1]]
    return [str(line) for line in max(told, key=lambda answer: int(answer.get("how_far", 0)))["told"]]


def _ask(crawler: str, url: str) -> dict[str, Any]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(
            f"{crawler.rstrip('/')}/unseen?{urlencode({'url': url})}", timeout=PATIENCE
        ) as answer:
            found = json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return {"error": f"HTTP {error.code}"}
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        return {"error": getattr(reason, "strerror", None) or str(reason) or type(reason).__name__}
    return (
        found if isinstance(found, dict) and isinstance(found.get("told"), list) else {"error": "no answer"}
    )
