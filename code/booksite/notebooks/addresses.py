"""Where the book lives: its repository, its published site, the commit that is built. Every link to them is made here.

The repository's address is set in ``_config.yml`` alone, as ``repository: url:``. A build in GitHub Actions, also of a
fork, uses the address of the repository that it runs in. Where an address is not known, no link is made.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import yaml
from sphinx.errors import ConfigError

#: The branch that holds the notebooks and nothing else, and that of the sources.
BRANCH, SOURCES = "notebooks", "main"

#: By forge: below a repository, where to change a file, to report something, and to report a hole in security.
_FEEDBACK = {
    "https://github.com/": ("/edit/{branch}/{file}", "/issues/new?title={file}", "/security"),
    "https://gitlab.com/": ("/-/edit/{branch}/{file}", "/-/issues/new?issue[title]={file}", "/-/issues"),
    "https://codeberg.org/": ("/_edit/{branch}/{file}", "/issues/new?title={file}", "/issues"),
}


@dataclass(frozen=True)
class Place:
    """The addresses that a build knows, else empty: the site's ends with a slash, the repository's does not."""

    repository: str = ""
    site: str = ""
    commit: str = ""

    @property
    def on_github(self) -> str:
        """``OWNER/NAME`` of a repository on GitHub, else empty: Colab, Binder and Kaggle open no others."""
        elsewhere, _, name = self.repository.partition("https://github.com/")
        return "" if elsewhere else name

    def page(self, docname: str, anchor: str = "") -> str:
        """Address of a page of the published site; empty where the site is not known."""
        return self.file(f"{docname}.html{'#' * bool(anchor)}{anchor}")

    def file(self, name: str) -> str:
        """Address of a file of the published site; empty where the site is not known."""
        return urljoin(self.site, name) if self.site else ""

    def feedback(self, file: str) -> tuple[str, str, str]:
        """Where to change a source file, to report a mistake in it, and a hole in security; empty on unknown forges."""
        for forge, pages in _FEEDBACK.items():
            if self.repository.startswith(forge):
                edit, report, security = (page.format(branch=SOURCES, file=quote(file)) for page in pages)
                return self.repository + edit, self.repository + report, self.repository + security
        return "", "", ""

    @property
    def requirement(self) -> str:
        """What pip installs the module from, at this commit; empty where that is not known."""
        return f"cnnbook[labs] @ git+{self.repository}@{self.commit}" if self.repository and self.commit else ""


def find_place(root: str | Path, environment: Mapping[str, str] = os.environ) -> Place:
    """Find a build's addresses in the environment, then in ``_config.yml``; GitHub Pages' is the site's default."""
    config = yaml.safe_load(Path(root, "_config.yml").read_text(encoding="utf-8")) or {}
    server, name = environment.get("GITHUB_SERVER_URL"), environment.get("GITHUB_REPOSITORY")
    repository = repository_address(
        environment.get("CNNBOOK_REPOSITORY")
        or (server and name and f"{server}/{name}")
        or _setting(config, "repository", "url")
    )
    site = site_address(_setting(config, "html", "baseurl")) or pages_address(repository)
    commit = current_commit(root) or environment.get("GITHUB_SHA", "")
    return Place(repository, site, commit)


def _setting(config: object, section: str, name: str) -> str:
    """A word of ``_config.yml``; empty where it is not set."""
    settings = config.get(section) if isinstance(config, Mapping) else None
    value = settings.get(name) if isinstance(settings, Mapping) else settings
    if not isinstance(value or "", str):
        raise ConfigError(f"_config.yml has {value!r} for `{section}: {name}:`; expected an address in quotes")
    return value or ""


#: Forges whose repositories are all OWNER/NAME; what follows in an address is a page about it.
_TWO_PARTS = {"github.com", "codeberg.org", "bitbucket.org", "git.sr.ht"}

#: Sites that show a repository of GitHub's, and what stands before its OWNER/NAME in their addresses.
_SHOW_GITHUB = {
    **dict.fromkeys(("github.dev", "github1s.com", "codespaces.new", "ssh.github.com"), ""),
    **dict.fromkeys(("colab.research.google.com", "nbviewer.org", "nbviewer.jupyter.org", "vscode.dev"), "github"),
    "mybinder.org": "v2 gh",
}

#: Hosts whose addresses look like a repository's and are none that pip, git and readers use alike.
_NO_FORGES = {"huggingface.co", "kaggle.com", "deepwiki.com", "cdn.jsdelivr.net", "raw.githack.com", "gitpod.io"}
_SITES = tuple(f".{host}" for host in ("github.com", "githubusercontent.com", "github.io", "github.dev", "gitlab.io"))

#: The path of a repository of any forge, and after it that of a page about it.
_PAGE_OF_ONE = re.compile(
    r"^(/+[^/]+/+[^/]+.*?)/+(?:src/(?:branch|commit|tag)|tree|blob|raw|blame|commits|edit|wikis)(?:/.*)?$"
)

#: What stands in the place of an owner in addresses of other things, anywhere and on GitHub.
_NO_OWNERS = {"users", "groups", "explore", "search", "settings", "dashboard", "help", "admin"}
_NO_OWNERS_ON_GITHUB = {
    *("orgs", "organizations", "topics", "login", "logout", "join", "notifications", "apps", "sponsors", "marketplace"),
    *("features", "pulls", "stars", "new", "codespaces", "issues", "enterprise", "about", "collections", "trending"),
    *("events", "account", "contact", "discussions", "security", "site", "pricing", "team", "readme", "resources"),
    *("solutions", "customer-stories", "sessions", "watching", "copilot", "education", "models", "gist", "import"),
}


def repository_address(text: str) -> str:
    """The address of a repository as pip, git and readers use it, from an address as people copy it.

    >>> repository_address(" https://www.GitHub.com/own/book/tree/main?tab=readme-ov-file#readme")
    'https://github.com/own/book'
    >>> repository_address("git@gitlab.com:group/part/book.git")
    'https://gitlab.com/group/part/book'
    """
    parts = _split("the repository", text)
    if not parts or parts.scheme == "file":
        return text.strip().rstrip("/")
    host = (parts.hostname or "").removeprefix("www.").removesuffix(".")
    names = [name for name in _PAGE_OF_ONE.sub(r"\1", parts.path.partition("/-/")[0]).split("/") if name]
    if host in _SHOW_GITHUB:
        before = _SHOW_GITHUB[host].split()
        host, names = "github.com", names[len(before) :] if names[: len(before)] == before else []
    if host in _TWO_PARTS:
        names = names[:2]
    if names:
        names[-1] = names[-1].removesuffix(".git").removesuffix(".wiki")
    is_repository = len(names) >= 2 and all(re.fullmatch(r"[\w.~+-]*\w[\w.~+-]*(?<!\.)", name) for name in names)
    port = f":{parts.port}" if parts.scheme in ("http", "https") and parts.port not in (None, 80, 443) else ""
    no_owners = _NO_OWNERS | _NO_OWNERS_ON_GITHUB if host == "github.com" else _NO_OWNERS
    is_page = host in _NO_FORGES or host.endswith(_SITES) or (port and host in _TWO_PARTS)
    if not is_repository or is_page or names[0].lower() in no_owners:
        raise ConfigError(
            f"The address of the repository is {text!r}, which names no repository: expected one such as "
            "https://github.com/OWNER/NAME."
        )
    host = f"[{host}]" if ":" in host else host
    scheme = parts.scheme if parts.scheme == "http" and host not in _TWO_PARTS else "https"
    return f"{scheme}://{host}{port}/{'/'.join(names)}"


def site_address(text: str) -> str:
    """The address of a published site, with a slash at its end, from an address as people copy it."""
    parts = _split("the site (html: baseurl:)", text)
    if not parts:
        return ""
    if parts.scheme not in ("http", "https"):
        raise ConfigError(f"The address of the site (html: baseurl:) is {text!r}: expected one that begins with https.")
    folder = re.sub(r"/(?:index\.html)?$", "", parts.path)
    if re.search(r"\.(?:x?html?|php)$", folder, re.IGNORECASE):
        raise ConfigError(
            f"The address of the site (html: baseurl:) is {text!r}, a page: expected the folder of the start page."
        )
    host = parts.netloc.rpartition("@")[2].lower()  # a name and password before it are nobody else's
    return f"{parts.scheme}://{host}{folder}/"


def _split(what: str, text: str) -> SplitResult | None:
    """The parts of an address, and of git's short form of one, HOST:PATH; None for an empty one."""
    address = text.strip()
    if not address:
        return None
    if short := re.fullmatch(r"(?:[\w.-]+@)?([\w-]+(?:\.[\w-]+)+):(?!//)(?!\d+(?:/|$))(.+)", address):
        address = f"ssh://{short[1]}/{short[2]}"
    try:
        parts = urlsplit(address.removeprefix("git+"))
        known = parts.scheme == "file" or (parts.hostname and (parts.port or 1))
    except ValueError:
        known = None
    if (
        not known
        or re.search(r"""[\s"'<>\\^`{|}\x00-\x1f\x7f]""", address)
        or parts.scheme not in ("http", "https", "ssh", "git", "file")
    ):
        raise ConfigError(
            f"The address of {what} is {text!r}: write it in full, without blanks and quotes, such as https://host/owner/name."
        )
    return parts


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
    return _git(root, "rev-parse", "HEAD") or "" if top and Path(top).resolve() == Path(root).resolve() else ""


def commit_dates(root: str | Path, folder: str = "book") -> dict[str, str]:
    """The dates (ISO) of the last commits to the files of a folder; empty where git does not know all commits."""
    if not current_commit(root) or _git(root, "rev-parse", "--is-shallow-repository") != "false":
        return {}
    date, dates = "", dict[str, str]()
    for line in (_git(root, "log", "--format=:%cs", "--name-only", "--", folder) or "").splitlines():
        if line.startswith(":"):
            date = line[1:]
        elif line:
            dates.setdefault(line, date)
    return dates


def commit_time(root: str | Path) -> datetime:
    """When that commit was made; the first time that a zip file can hold where there is none."""
    seconds = _git(root, "log", "-1", "--format=%ct") if current_commit(root) else ""
    return datetime.fromtimestamp(int(seconds), UTC) if seconds else datetime(1980, 1, 1, tzinfo=UTC)


def is_edited(root: str | Path) -> bool:
    """Whether a checkout differs from its commit, in files that its own ``.gitignore`` does not leave out.

    It is compared by an empty repository of this function's own that borrows the objects: flags of the usual index,
    such as assume-unchanged, and settings, attributes and filters of whoever builds can hide a change. Of the settings
    only those count by which git wrote the files.
    """
    commit, objects = current_commit(root), _git(root, "rev-parse", "--git-path", "objects")
    if not commit or not objects:
        return True
    settings = ["-c", f"core.attributesFile={os.devnull}"]
    for name in ("core.autocrlf", "core.eol", "core.fileMode"):
        if value := _git(root, "config", name):
            settings += ["-c", f"{name}={value}"]
    with tempfile.TemporaryDirectory() as folder:
        environment = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_ATTR_NOSYSTEM": "1"}
        hashes = f"--object-format={_git(root, 'rev-parse', '--show-object-format')}"
        _git(root, "init", "--quiet", "--template=", hashes, folder, environment=environment)
        environment["GIT_DIR"], environment["GIT_WORK_TREE"] = str(Path(folder, ".git")), str(Path(root).resolve())
        environment["GIT_OBJECT_DIRECTORY"] = str(Path(root, objects).resolve())
        ignored = [f"--exclude-from={Path(root, '.gitignore').resolve()}"] if Path(root, ".gitignore").is_file() else []
        known = _git(root, *settings, "read-tree", commit, environment=environment)
        changed = _git(root, *settings, "ls-files", "--modified", "--others", *ignored, environment=environment)
    return known is None or changed is None or bool(changed)


def _git(root: str | Path, *arguments: str, environment: Mapping[str, str] | None = None) -> str | None:
    """What git prints; None where it fails or is not installed.

    Variables of git's lead it to another repository, and to other settings.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "--no-replace-objects", "-c", "core.fsmonitor=false", "-C", str(root), *arguments]
    try:
        done = subprocess.run(
            command, env={**inherited, **(environment or {})}, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
