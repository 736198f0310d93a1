"""What every page's HTML depends on: when it changes, Sphinx writes all pages and copies all assets again."""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from booksite.digests import file_digest

#: The folder of this extension.
EXTENSION = Path(__file__).parents[1]


def look_digest(root: Path | str) -> str:
    """Digest of this extension and of the book's style sheets and pictures; `root` is the root of the book."""
    files = [path for path in EXTENSION.rglob("*") if path.suffix in {".py", ".js"}]
    texts = Path(root, "code", "cnnbook").glob("**/*.json")  # the browser's scripts hold some of them
    assets = [path for path in Path(root, "book", "assets").rglob("*") if path.is_file()]
    return file_digest(EXTENSION, files) + file_digest(root, [*texts, *assets])


def set_look(app: Sphinx, config: Config) -> None:
    """Store the digest as a configuration value that Sphinx compares with that of the last build."""
    config.cnnbook_look = look_digest(app.srcdir)


def setup(app: Sphinx) -> None:
    app.add_config_value("cnnbook_look", "", "html")
    app.connect("config-inited", set_look)
