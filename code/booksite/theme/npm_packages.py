"""What the site takes from npm packages: copied to one folder below ``_build``, which Sphinx copies to ``_static``."""

import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

#: The typeface of the text (SIL Open Font License): all weights in one file, upright and italic.
TYPEFACE = "@fontsource-variable/source-sans-3"
TYPEFACE_FILES = ("source-sans-3-latin-wght-normal.woff2", "source-sans-3-latin-wght-italic.woff2")

#: What the editor of cells is joined from (MIT): each of these groups has a licence of its own.
EDITOR = (
    *("@codemirror/view", "@lezer/common", "@lezer/python"),
    *("style-mod", "w3c-keyname", "crelt", "@marijn/find-cluster-break"),
)


def find_package(root: Path | str, name: str) -> Path:
    """Folder of an npm package; a `ConfigError` says how to install it where ``node_modules`` does not hold it."""
    folder = Path(root, "node_modules", name)
    if not (folder / "package.json").is_file():
        raise ConfigError(
            f"The site needs the npm package {name}, and {folder} is missing: run `npm ci` or `make setup`."
        )
    return folder


def vendored_folder(app: Sphinx) -> Path:
    """Folder for copies of other projects' files; it is made, and listed for Sphinx, on first use."""
    folder = Path(app.outdir).parent / ".vendored"
    folder.mkdir(parents=True, exist_ok=True)
    if str(folder) not in app.config.html_static_path:
        app.config.html_static_path.append(str(folder))
    return folder


def copy_if_changed(source: Path, target: Path) -> None:
    """Copy a file unless a copy of the same size is there, so that Sphinx does not see a new file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists() or target.stat().st_size != source.stat().st_size:
        shutil.copyfile(source, target)


def copy_licences(app: Sphinx, config: Config) -> None:
    """Copy the licences of the typeface and the editor, which have to go with them; others write these themselves."""
    licence = find_package(app.srcdir, TYPEFACE) / "LICENSE"
    copy_if_changed(licence, vendored_folder(app) / "fonts" / "source-sans-3-licence.txt")
    texts = [f"{name}\n\n{Path(find_package(app.srcdir, name), 'LICENSE').read_text('utf-8')}" for name in EDITOR]
    target, text = vendored_folder(app) / "run-editor-licences.txt", "\n\n".join(texts)
    if not target.is_file() or target.read_text("utf-8") != text:
        target.write_text(text, "utf-8")


def setup(app: Sphinx) -> None:
    app.connect("config-inited", copy_licences)
