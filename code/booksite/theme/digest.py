"""A digest of what every page's HTML depends on; when it changes, Sphinx writes all pages and copies all assets."""

import hashlib
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

#: The folder of this extension.
EXTENSION = Path(__file__).parents[1]


def look_digest(root: Path | str) -> str:
    """Digest of this extension and of the book's style sheets and pictures; `root` is the root of the book."""
    files = [path for path in EXTENSION.rglob("*") if path.suffix in {".py", ".js"}]
    files += Path(root, "code", "cnnbook", "practice").glob("*.json")  # texts that the browser's script takes in
    files += [path for path in Path(root, "book", "assets").rglob("*") if path.is_file()]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sorted(files))).hexdigest()[:16]


def set_digest(app: Sphinx, config: Config) -> None:
    """Store the digest as a configuration value that Sphinx compares with that of the last build."""
    config.cnnbook_look = look_digest(app.srcdir)


def setup(app: Sphinx) -> None:
    app.add_config_value("cnnbook_look", "", "html")
    app.connect("config-inited", set_digest)
