"""Where the book lives: its repository, its published site, the commit that is built. Every link to them is made here.

The repository's address is set in ``_config.yml`` alone, as ``repository: url:``. A build in GitHub Actions, also of a
fork, uses the address of the repository that it runs in. Where an address is not known, no link is made.
"""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import yaml
from sphinx.errors import ConfigError

#: The branch that holds the notebooks and nothing else.
BRANCH = "notebooks"


@dataclass(frozen=True)
class Place:
    """The addresses that a build knows, else empty: the site's ends with a slash, the repository's does not."""

    repository: str = ""
    site: str = ""
    commit: str = ""

    @property
    def on_github(self) -> str:
        """``OWNER/NAME`` of a repository on GitHub, else empty: Colab, Binder and Kaggle open no others."""
        parts = urlsplit(self.repository)
        return parts.path.strip("/") if parts.netloc == "github.com" else ""

    def page(self, docname: str, anchor: str = "") -> str:
        """Address of a page of the published site; empty where the site is not known."""
        return self.file(f"{docname}.html{'#' * bool(anchor)}{anchor}")

    def file(self, name: str) -> str:
        """Address of a file of the published site; empty where the site is not known."""
        return urljoin(self.site, name) if self.site else ""

    @property
    def requirement(self) -> str:
        """What pip installs the module from, at this commit; empty where that is not known."""
        return f"cnnbook @ git+{self.repository}@{self.commit}" if self.repository and self.commit else ""


def find_place(root: str | Path, environment: Mapping[str, str] = os.environ) -> Place:
    """Find a build's addresses in the environment, then in ``_config.yml``; GitHub Pages' is the site's default."""
    config = yaml.safe_load(Path(root, "_config.yml").read_text(encoding="utf-8")) or {}
    server, name = environment.get("GITHUB_SERVER_URL"), environment.get("GITHUB_REPOSITORY")
    repository = (
        environment.get("CNNBOOK_REPOSITORY")
        or (server and name and f"{server}/{name}")
        or (config.get("repository") or {}).get("url")
        or ""
    )
    repository = _checked("the repository", repository).rstrip("/").removesuffix(".git")
    site = _checked("the site (html: baseurl:)", (config.get("html") or {}).get("baseurl") or pages_address(repository))
    commit = current_commit(root) or environment.get("GITHUB_SHA", "")
    return Place(repository, site and site.rstrip("/") + "/", commit)


def _checked(what: str, address: str) -> str:
    if address and not urlsplit(address).scheme:
        raise ConfigError(
            f"The address of {what} is {address!r}, without a scheme: write it in full, such as https://host/owner/name."
        )
    return address


def pages_address(repository: str) -> str:
    """Where GitHub Pages publishes the site of a repository; empty for repositories elsewhere.

    >>> pages_address("https://github.com/Ada/engine"), pages_address("https://github.com/ada/ada.github.io")
    ('https://ada.github.io/engine/', 'https://ada.github.io/')
    """
    owner, _, name = Place(repository).on_github.partition("/")
    if not name:
        return ""
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def current_commit(root: str | Path) -> str:
    """The commit that is checked out at `root`; empty without git, and for a copy inside another repository."""
    top = _git(root, "rev-parse", "--show-toplevel")
    return _git(root, "rev-parse", "HEAD") if top and Path(top).resolve() == Path(root).resolve() else ""


def commit_time(root: str | Path) -> datetime:
    """When that commit was made; the first time that a zip file can hold where there is none."""
    seconds = _git(root, "log", "-1", "--format=%ct") if current_commit(root) else ""
    return datetime.fromtimestamp(int(seconds), UTC) if seconds else datetime(1980, 1, 1, tzinfo=UTC)


def is_edited(root: str | Path) -> bool:
    """Whether a checkout differs from its commit."""
    return bool(_git(root, "status", "--porcelain"))


def _git(root: str | Path, *arguments: str) -> str:
    """What git prints; empty where it fails or is not installed."""
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
