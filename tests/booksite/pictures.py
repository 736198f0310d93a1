"""Write a picture of every page as a maintainer should look at it: `make pictures` fills `_build/pictures`.

Light and dark at 1280 CSS pixels, a phone of 390, a screen of 1920, and the printed page as PDF. A page that asks for a
missing file stops it.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import chromium
from built import SITE, built_pages
from playwright.sync_api import sync_playwright

FOLDER = SITE.parent / "pictures"
#: A picture of a whole page has no edge of a screen for a phone's controls to stay at.
NOTHING_STAYS = ".lab-group { position: relative !important; }"
VIEWS = {"light": (1280, "light"), "dark": (1280, "dark"), "phone": (390, "light"), "wide": (1920, "light")}


def take(page):
    """Write all pictures of a page; its name is theirs, with the view behind it."""
    name = Path(page).stem
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        for view, (width, theme) in VIEWS.items():
            size = {"width": width, "height": 900}
            tab = browser.new_page(viewport=size, color_scheme=theme, reduced_motion="reduce")
            missing = []
            tab.on("requestfailed", lambda request, missing=missing: missing.append(request.url))
            tab.goto((SITE / page).as_uri(), wait_until="load")
            tab.evaluate("document.fonts.ready")
            tab.add_style_tag(content=NOTHING_STAYS)
            if missing:
                raise FileNotFoundError(f"{page} asks for {', '.join(missing)}; run `make clean book`")
            tab.screenshot(path=FOLDER / f"{name}-{view}.png", full_page=True)
            if view == "light":
                tab.pdf(path=FOLDER / f"{name}-print.pdf", format="A4")
            tab.close()
        browser.close()
    return name


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = [page for page in built_pages() if not sys.argv[1:] or Path(page).stem in sys.argv[1:]]
    with ProcessPoolExecutor() as workers:
        for name in workers.map(take, wanted):
            print(name)
