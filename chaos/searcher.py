"""Someone who searches a lot, in a process of its own.

`python -m chaos.searcher HOST COOKIE SECONDS`

Eight ask at once for what is nowhere, for as long as they are told, and print how it was answered.
"""

import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlencode

AT_ONCE = 8
QUERIES = ("가나다라", "나다라마", "가나다라마", "가나다라 나다라마")
"""All their pairs of signs stand in every message of the room, and they themselves in none."""


def search(host: str, cookie: str, number: int, until: float) -> Counter[str]:
    """One of them; how often each status was answered, and how often there was more."""
    seen: Counter[str] = Counter()
    line = HTTPConnection(host, timeout=60)
    while time.monotonic() < until:
        query = urlencode({"q": QUERIES[number % len(QUERIES)]})
        line.request("GET", f"/api/v1/search?{query}", headers={"Cookie": cookie})
        answer = line.getresponse()
        body = json.loads(answer.read())
        seen[str(answer.status)] += 1
        if answer.status == 429:
            time.sleep(float(answer.headers["Retry-After"]))
        elif body.get("more"):
            seen["more"] += 1
    line.close()
    return seen


def main() -> None:
    host, cookie, seconds = sys.argv[1:]
    until = time.monotonic() + float(seconds)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        told = pool.map(lambda number: search(host, cookie, number, until), range(AT_ONCE))
        print(json.dumps(sum(told, Counter[str]())))


if __name__ == "__main__":
    main()
