"""Everything that is measured of a page in a browser: `audit` opens it once for each width, and says what falls short.

`test_audit.py` audits every page of the site, and shows each check a page on which it must find something.
"""

import gzip
import re
import tomllib
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import checks
import quiz_checks

BUDGETS = tomllib.loads(Path(__file__).with_name("budgets.toml").read_text("utf-8"))
_SCRIPT = Path(__file__).with_suffix(".js").read_text("utf-8")
_PACKED = {".woff", ".woff2", ".png", ".ico"}


class Finding(NamedTuple):
    """What falls short on a page, and where; what was measured, and what is allowed."""

    page: str
    what: str
    where: str


def audit(open_tab, site, address, page, widths=BUDGETS["widths"], thorough=False):
    """Audit a page of the folder `site`, which is served at `address`; `open_tab` is the fixture.

    Colours do not change with the width, nor other rules with the theme: so a phone is light and a screen dark, and the
    keyboard goes forward on the screen, unless the audit is `thorough` and does all of it in both.
    """
    head = (site / page).read_text("utf-8").partition("</head>")[0]
    inline = len("".join(re.findall(r"<(?:style|script)>(.*?)</", head, re.DOTALL))) / 1000
    if inline > BUDGETS["kilobytes_in_head"]:
        yield Finding(page, "weight", f"{inline:.1f} kB in the head, {BUDGETS['kilobytes_in_head']} allowed")
    for width in widths:
        phone = width < 500
        tab = open_tab(address + page, width=width, script=_SCRIPT, has_touch=phone, is_mobile=phone)
        tab.wait_for_load_state("networkidle")
        found = [*_loading(tab, site, address, page)]
        if thorough:
            tab.reload(wait_until="networkidle")  # what was fetched before is there at once
            if (shift := tab.evaluate("audit.shift()")) > BUDGETS["layout_shift"]:
                found.append(("layout shift", f"{shift:.3g} when it is loaded again"))
        found += _use(tab, width, thorough)
        found += [("console", error) for error in tab.errors]
        found += [("other host", name) for name in tab.addresses if not name.startswith((address, "data:"))]
        yield from (Finding(page, what, f"{width} px: {where}") for what, where in found)


def _loading(tab, site, address, page):
    """What a reader waits for, against the budgets."""
    kind = "kilobytes_of_photographs" if page in BUDGETS["photographs"] else "kilobytes"
    own = [name for name in tab.addresses if name.startswith(address)]
    measured = {"layout_shift": tab.evaluate("audit.shift()"), "requests": len(own), kind: weight(site, own)}
    for name, value in measured.items():
        if value > BUDGETS[name]:
            yield name.replace("_", " "), f"{value:.3g}, {BUDGETS[name]} allowed"


def weight(site, addresses):
    """Kilobytes that are sent for addresses of the site, gzipped unless the format is."""
    files = [site / unquote(urlsplit(address).path).lstrip("/") for address in addresses]
    return (
        sum(path.stat().st_size if path.suffix in _PACKED else len(gzip.compress(path.read_bytes())) for path in files)
        / 1000
    )


def _use(tab, width, thorough):
    """What a reader meets who answers and opens everything, with the keyboard, and enlarges the page."""
    phone, is_opened = width < 500, width in BUDGETS["opened_at"]
    if is_opened and not phone:  # before the answers are opened, after which none would count
        yield from (("quiz", fault) for fault in quiz_checks.answer_every_item(tab))
    tab.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    if not is_opened:
        return
    _search(tab.locator("main"))
    if phone:
        quiz_checks.answer_wrong(tab)
    first, second = ("light", "dark") if phone else ("dark", "light")
    for theme in (first, second) if thorough else (first,):
        tab.emulate_media(color_scheme=theme)
        rules = None if theme == first else checks.RULES_OF_COLOUR
        faults = [*checks.accessibility(tab, rules=rules), *_dialogs(tab, rules)]
        yield from (("accessibility", f"{theme}: {fault}") for fault in faults)
        yield from (("contrast", f"{theme}: {fault}") for fault in tab.evaluate("audit.pale()"))
    if thorough or not phone:  # a press takes 30 ms, and a page has a hundred places; the way back is the same
        for _ in range(tab.evaluate("audit.start", phone) + 1):
            tab.keyboard.press("Shift+Tab" if phone else "Tab")
        yield from (("keyboard", fault) for fault in tab.evaluate("audit.lost()"))
    # Half the width is what a magnification of 200 % leaves.
    for narrow in (width, BUDGETS["narrowest"] if phone else width // 2):
        tab.set_viewport_size({"width": narrow, "height": 900})
        yield from (("sideways", f"in {narrow} px {fault}") for fault in tab.evaluate("audit.sticksOut", narrow))


def _dialogs(tab, rules):
    """What axe finds in each dialog of the page, which is opened for it."""
    for opener in (".search-button__button", ".primary-toggle", ".secondary-toggle"):
        if (button := tab.locator(opener).locator("visible=true")).count() == 0:
            continue
        button.first.click()
        dialog = tab.locator("dialog[open]")
        if dialog.count() == 0:  # a contents column that is always there
            continue
        _search(dialog)
        yield from checks.accessibility(tab, "dialog[open]", rules)
        tab.keyboard.press("Escape")
        dialog.wait_for(state="hidden")


def _search(part):
    """Look for something if a part of the page has a field for it."""
    if (field := part.locator("[type=search]:visible")).count():
        field.fill("padding")
        part.locator(".search-hit").first.wait_for()


def table(findings):
    """Findings as lines to read."""
    rows = [("page", "what", "where, got, allowed"), *findings]
    pages, kinds = (max(len(row[column]) for row in rows) for column in (0, 1))
    return [f"{page:{pages}}  {what:{kinds}}  {where}" for page, what, where in rows]
