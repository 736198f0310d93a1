"""What the site takes from npm packages: copied to one folder below ``_build``, which Sphinx copies to ``_static``."""

import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

#: The typeface of the text (SIL Open Font License): all weights in one file, upright and italic.
TYPEFACE = "@fontsource-variable/source-sans-3"
TYPEFACE_FILES = ("source-sans-3-latin-wght-normal.woff2", "source-sans-3-latin-wght-italic.woff2")


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


def copy_licence(app: Sphinx, config: Config) -> None:
    """Copy the licence of the typeface, which has to go with it; `theme.fonts` writes the typeface itself."""
    licence = find_package(app.srcdir, TYPEFACE) / "LICENSE"
    copy_if_changed(licence, vendored_folder(app) / "fonts" / "source-sans-3-licence.txt")


def setup(app: Sphinx) -> None:
    app.connect("config-inited", copy_licence)
