"""Links of the built site to other sites: whether they still arrive.

It is not part of a build or of the gate: other people's servers go down at times, and a book must not depend on them.
"""

import http.client
import sys
import time
import urllib.error
import urllib.request
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

from booksite.gate.pages import book_pages

_TRIES, _PAUSE, _TIMEOUT, _AT_A_TIME = 3, 5.0, 30, 8  # the pause and the time limit in seconds

#: Answers of servers that are there but refuse programs, or are busy: no reason to call a link broken.
_NOT_BROKEN = {401, 403, 406, 429, 503}

_AGENT = "Mozilla/5.0 (compatible; link check of a textbook)"


def outward_links(site: Path | str) -> dict[str, list[str]]:
    """Addresses on other sites, without anchors, each with the pages that link to it."""
    site = Path(site).resolve()
    if not site.is_dir():
        raise FileNotFoundError(f"there is no folder {site}; build the site first with `make book`")
    pages = defaultdict(set)
    for page in book_pages(site):
        for tag, address, _ in page.links:
            if tag == "a" and urlsplit(address).scheme in ("http", "https"):
                pages[urldefrag(address).url].add(page.name)
    return {address: sorted(pages[address]) for address in sorted(pages)}


def fault(address: str, *, tries: int = _TRIES, pause: float = _PAUSE) -> str | None:
    """What is wrong with an address, in words; None if it arrives.

    A server that does not answer is asked again after `pause` seconds, `tries` times in all.
    """
    request = urllib.request.Request(address, headers={"User-Agent": _AGENT})
    for tries_left in reversed(range(tries)):
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT):
                return None
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in _NOT_BROKEN:
                return None
            problem = f"the server answers {error.code}"
            if error.code < 500:
                return problem
        except (OSError, http.client.HTTPException, ValueError) as error:
            problem = f"no answer ({error})"
        if tries_left:
            time.sleep(pause)
    return problem


def check_links(site: Path | str) -> int:
    """Follow every link of the site to other sites; returns 1 if one is broken, or if there is none at all."""
    links = outward_links(site)
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        faults = dict(zip(links, pool.map(fault, links), strict=True))
    broken = {address: problem for address, problem in faults.items() if problem}
    for address, problem in broken.items():
        print(f"{address}: {problem}; linked from {', '.join(links[address])}.", file=sys.stderr)
    print(f"{len(links)} links to other sites, {len(broken)} broken")
    return 1 if broken or not links else 0
