"""Links of the built site to other sites: whether they still arrive.

``python -m booksite.outside _build/html`` asks every address once and ends with exit code 1 if one is gone. It is
no part of a build or of the gate: other people's servers rest, and a book must not depend on them.
"""

import argparse
import http.client
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

from booksite.gate import book_pages

_TRIES, _PAUSE, _TIMEOUT, _AT_A_TIME = 3, 5.0, 30, 8  # the pause and the time limit in seconds

#: Answers of servers that are there but do not talk to programs, or not now: no reason to call a link broken.
_NOT_NOW = {401, 403, 406, 429, 503}

_AGENT = "Mozilla/5.0 (compatible; link check of a textbook)"


def outward_links(site):
    """Addresses on other sites, each with the pages that link to it.

    Parameters
    ----------
    site : path
        The folder of the built site.

    Returns
    -------
    dict of str to list of str
        Pages by address, without the addresses' anchors.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    """
    site = Path(site).resolve()
    if not site.is_dir():
        raise FileNotFoundError(f"there is no folder {site}; build the site first with `make book`")
    found = {}
    for page in book_pages(site):
        for tag, address in page.links:
            if tag == "a" and urlsplit(address).scheme in ("http", "https"):
                found.setdefault(urldefrag(address).url, set()).add(page.name)
    return {address: sorted(pages) for address, pages in sorted(found.items())}


def fault(address, *, tries=_TRIES, pause=_PAUSE):
    """What is wrong with an address, in words; None where it arrives.

    Parameters
    ----------
    address : str
    tries : int
        How often to ask before a server that does not answer counts as gone.
    pause : float
        Seconds between two tries.
    """
    request = urllib.request.Request(address, headers={"User-Agent": _AGENT})
    for left in reversed(range(tries)):
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT):
                return None
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in _NOT_NOW:
                return None
            found = f"the server answers {error.code}"
            if error.code < 500:
                return found
        except (OSError, http.client.HTTPException, ValueError) as error:
            found = f"no answer ({error})"
        if left:
            time.sleep(pause)
    return found


def main(arguments=None):
    """Follow every link of the site to other sites; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m booksite.outside", description=main.__doc__)
    parser.add_argument("site", type=Path, metavar="SITE", help="the built site, for example _build/html")
    options = parser.parse_args(arguments)
    try:
        links = outward_links(options.site)
    except FileNotFoundError as error:
        print(f"booksite.outside: {error}", file=sys.stderr)
        return 1
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        faults = dict(zip(links, pool.map(fault, links), strict=True))
    broken = {address: found for address, found in faults.items() if found}
    for address, found in broken.items():
        print(f"{address}: {found}; linked from {', '.join(links[address])}.", file=sys.stderr)
    print(f"{len(links)} links to other sites, {len(broken)} broken")
    return 1 if broken or not links else 0


if __name__ == "__main__":
    sys.exit(main())
