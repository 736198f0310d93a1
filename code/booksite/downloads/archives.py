"""Two archives: the site, to be opened from disk, and all notebooks with the worksheets."""

import posixpath
import re
from pathlib import Path

from booksite import site_manifest, zip_files
from booksite.downloads import DownloadError, front_page, reading
from booksite.lite import FOLDER as LITE
from booksite.notebooks import FOLDER, MANIFEST

#: What only a server can show, the downloads themselves, and the list of all files with these.
LEFT_OUT = (front_page.FOLDER, LITE, site_manifest.NAME)

#: In the line of links below a title: what runs on a server only, and the sentence about it.
_NEEDS_SERVER = re.compile(r"<(a|details)\b[^>]* data-needs-server\b.*?</\1>", re.DOTALL)


def make_site_zip(site: Path, folder: str, address: str | None = None) -> bytes:
    """Pack the site in a folder; links to what is left out go to the published site, if its address is known."""
    front = reading.front_page_of(site)
    files = {}
    for path in site.rglob("*"):
        name = path.relative_to(site).as_posix()
        if not path.is_file() or name.startswith(".") or name.split("/")[0] in LEFT_OUT:
            continue
        content = path.read_bytes()
        if path.suffix == ".html" and not name.startswith("_static/"):
            text = content.decode()
            if name == front:
                text = front_page.PLACE.fill(text, front_page.for_disk(address))
            content = _link_to_published_site(text, name, address).encode()
        files[f"{folder}/{name}"] = content
    return zip_files.zipped(files)


def _link_to_published_site(text: str, page: str, address: str | None) -> str:
    """Point links to what is left out to the published site; where its address is not known, remove them."""

    def point(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page), link[1]))
        if path.split("/")[0] not in LEFT_OUT:
            return link[0]
        return f'href="{address}{path}"' if address else ""

    if not address:
        text = _NEEDS_SERVER.sub("", text)
    return re.sub(r'href="((?![a-z]+:|#|//)[^"]+)"', point, text)


def make_notebooks_zip(site: Path, folder: str) -> bytes:
    """Pack the notebooks of the site in a folder, with the pictures beside them and the worksheets of the pages."""
    notebooks = site / FOLDER
    if not any(notebooks.rglob("*.ipynb")):
        raise DownloadError(f"There are no notebooks (.ipynb) in {notebooks}: run `make book`, which writes them.")
    worksheets = sorted((site / "_downloads").rglob("*.xlsx"))
    if not worksheets:
        raise DownloadError(f"The site in {site} has no worksheets (.xlsx): run `make book` again.")
    files = {
        f"{folder}/{path.relative_to(notebooks).as_posix()}": path.read_bytes()
        for path in notebooks.rglob("*")
        if path.is_file() and path.name != MANIFEST
    }
    for path in worksheets:
        name, content = f"{folder}/worksheets/{path.name}", path.read_bytes()
        if files.setdefault(name, content) != content:
            raise DownloadError(f"Two different files would be {name} in the archive of the notebooks: rename one.")
    return zip_files.zipped(files)
