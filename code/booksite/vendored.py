"""What the site takes from npm lies in one folder below ``_build`` that Sphinx copies to ``_static``."""

import shutil
from pathlib import Path

from sphinx.errors import ConfigError

#: The typeface of the text (SIL Open Font License): all weights in one file, upright and italic.
TYPEFACE = "@fontsource-variable/source-sans-3"
_FONT_FILES = ("source-sans-3-latin-wght-normal.woff2", "source-sans-3-latin-wght-italic.woff2")


def find_package(root, name):
    """Find the folder of an npm package, or say in one sentence how to get it.

    Raises
    ------
    sphinx.errors.ConfigError
        ``node_modules`` does not hold it.
    """
    folder = Path(root, "node_modules", name)
    if not (folder / "package.json").is_file():
        raise ConfigError(
            f"The site needs the npm package {name}, and {folder} is not there: run `npm ci` or `make setup`."
        )
    return folder


def vendored_folder(app):
    """Return the folder for copies of other projects' files; it is made, and listed for Sphinx, on first use."""
    folder = Path(app.outdir).parent / ".vendored"
    folder.mkdir(parents=True, exist_ok=True)
    if str(folder) not in app.config.html_static_path:
        app.config.html_static_path.append(str(folder))
    return folder


def copy_if_other(source, target):
    """Copy a file unless the copy is there already, so that Sphinx sees no new file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists() or target.stat().st_size != source.stat().st_size:
        shutil.copyfile(source, target)


def copy_typeface(app, config):
    """Copy the typeface, and its licence, which has to go with it."""
    package, fonts = find_package(app.srcdir, TYPEFACE), vendored_folder(app) / "fonts"
    for name in _FONT_FILES:
        copy_if_other(package / "files" / name, fonts / name)
    copy_if_other(package / "LICENSE", fonts / "source-sans-3-licence.txt")


def setup(app):
    app.connect("config-inited", copy_typeface)
