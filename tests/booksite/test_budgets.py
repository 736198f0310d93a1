"""What every page weighs, and how far it moves while it loads, against `budgets.toml`."""

import gzip
import re
import tomllib
from pathlib import Path
from urllib.parse import unquote, urlsplit

from built import SITE

BUDGETS = tomllib.loads(Path(__file__).with_name("budgets.toml").read_text("utf-8"))
_OBSERVER = """
window.shift = 0;
new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shift += entry.value; })
  .observe({ type: "layout-shift", buffered: true });
"""


def load(browser, address, width):
    """Open a page with nothing cached; give its layout shift, and the addresses that were asked for."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    try:
        context.add_init_script(_OBSERVER)
        tab, addresses = context.new_page(), []
        tab.on("request", lambda request: addresses.append(request.url))
        tab.goto(address, wait_until="networkidle")
        tab.evaluate("document.fonts.ready")
        return tab.evaluate("window.shift"), [name for name in addresses if name.startswith("http")]
    finally:
        context.close()


def weight(addresses):
    """Kilobytes that are sent for addresses of the site, gzipped unless the format is."""
    files = [SITE / unquote(urlsplit(address).path).lstrip("/") for address in addresses]
    packed = {".woff", ".woff2", ".png", ".ico"}
    sizes = [path.stat().st_size if path.suffix in packed else len(gzip.compress(path.read_bytes())) for path in files]
    return sum(sizes) / 1000


def test_a_page_stands_still_and_is_light(page, browser, site_address):
    for width in BUDGETS["widths"]:
        shift, addresses = load(browser, site_address + page, width)
        assert shift <= BUDGETS["layout_shift"], f"{width} px"
        assert len(addresses) <= BUDGETS["requests"], addresses
        kind = "kilobytes_of_photographs" if page in BUDGETS["photographs"] else "kilobytes"
        assert weight(addresses) <= BUDGETS[kind]


def test_little_stands_in_the_head(page):
    head = (SITE / page).read_text("utf-8").partition("</head>")[0]
    inline = "".join(re.findall(r"<(?:style|script)>(.*?)</", head, re.DOTALL))
    assert 100 < len(inline) <= 1000 * BUDGETS["kilobytes_in_head"]


def test_a_page_that_moves_is_seen(browser, tmp_path):
    """The observer finds what moves: a late line pushes the text down."""
    file = tmp_path / "moving.html"
    script = "setTimeout(() => document.body.prepend(document.createElement('h1')), 300)"
    file.write_text(f"<style>h1 {{ height: 300px }}</style><p style='height: 500px'>Text</p><script>{script}</script>")
    shift, _ = load(browser, file.as_uri(), 390)
    assert shift > BUDGETS["layout_shift"]
