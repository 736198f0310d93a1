"""The theme ships two thousand icons, and the book uses twenty: its icon font and style sheet, cut down to those."""

import re
from collections.abc import Iterable
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from booksite.theme.fonts import subset_font

#: Icons that templates and pages ask for, by their Font Awesome names. Icons that the theme's style sheet draws by
#: itself (admonitions, external links) are found in the style sheet.
ICONS = (
    "angle-left",
    "angle-right",
    "arrow-up",
    "bars",
    "chevron-down",
    "chevron-right",
    "circle-half-stroke",
    "download",
    "list",
    "magnifying-glass",
    "moon",
    "outdent",
    "sun",
    "xmark",
)

_STYLES = "styles/pydata-sphinx-theme.css"
_FONTS = "vendor/fontawesome/webfonts"
_FONT = "fa-solid-900"

#: Files of the theme and of Jupyter Book that no page of this book asks for, below ``_static``.
UNUSED_FILES = (
    "scripts/*.map",
    "scripts/fontawesome.js*",
    "styles/*.map",
    "locales/*/LC_MESSAGES/*",
    "sphinx-thebe.*",
    "images/logo_*",
    "sbt-webpack-macros.html",
    "webpack-macros.html",
)

#: The families of the theme's fonts, and the one that stays, cut down.
_FAMILIES = {r"Font Awesome\ 6 Free", r"Font Awesome\ 6 Brands"}
_FACE = (
    r"@font-face{font-display:block;font-family:Font Awesome\ 6 Free;font-style:normal;font-weight:900;"
    f'src:url(../{_FONTS}/{_FONT}.woff) format("woff")}}'
)

_ICON_RULE = re.compile(r'((?:\.fa-[\w-]+:before,?)+)\{content:"\\([0-9a-f]+)"\}')
_FONT_FACE = re.compile(r"@font-face\{[^}]*Font Awesome[^}]*\}")
_PRIVATE_USE = re.compile("[\ue000-\uf8ff]")
_ESCAPED = re.compile(r'"\\([ef][0-9a-f]{3})"')


def trim_styles(css: str, icons: Iterable[str]) -> tuple[str, set[int]]:
    """The theme's style sheet without other icons and fonts, and the code points that the icon font must still hold.

    `icons` are names without ``fa-``; of Font Awesome's faces the solid one stays.
    """
    wanted = {f".fa-{name}:before" for name in icons}
    kept: set[str] = set()
    characters: set[int] = set()

    def keep(rule: re.Match[str]) -> str:
        names = wanted.intersection(rule[1].rstrip(",").split(","))
        if not names:
            return ""
        kept.update(names)
        characters.add(int(rule[2], 16))
        return f'{",".join(sorted(names))}{{content:"\\{rule[2]}"}}'

    css = _ICON_RULE.sub(keep, css)
    if missing := sorted(wanted - kept):
        raise ExtensionError(
            f"the theme's style sheet has no icon {', '.join(missing)}: correct booksite.theme.icons.ICONS"
        )
    characters |= {ord(character) for character in _PRIVATE_USE.findall(css)}
    characters |= {int(code, 16) for code in _ESCAPED.findall(css)}
    css = _FACE + _FONT_FACE.sub("", css)
    return re.sub(r"/\*# sourceMappingURL=.*?\*/", "", css), characters


def trim_static_files(app: Sphinx, exception: Exception | None) -> None:
    """Trim what Sphinx has copied to ``_static``, if it copied anything in this build."""
    if exception is None and app.builder.format == "html":
        trim_folder(Path(app.outdir, "_static"))


def trim_folder(static: Path) -> None:
    """Trim the theme's files in ``_static``; a theme with other fonts than those that this module knows is refused."""
    styles, source = static / _STYLES, static / _FONTS / f"{_FONT}.ttf"
    css = styles.read_text(encoding="utf-8")
    if css.startswith(_FACE):
        return  # as an earlier build left it
    families = set(re.findall(r"@font-face\{[^}]*?font-family:([^;}]*)", css))
    if not source.exists() or families != _FAMILIES:
        raise ExtensionError(
            f"the theme brings the fonts {', '.join(sorted(families)) or 'none'}, and booksite.theme.icons cuts down "
            f"{source.name} of {', '.join(sorted(_FAMILIES))}: take the theme that requirements.in pins, or correct it"
        )
    css, characters = trim_styles(css, ICONS)
    styles.write_text(css, encoding="utf-8")
    subset_font(source, source.with_suffix(".woff"), characters)
    for pattern in (f"{_FONTS}/*.ttf", f"{_FONTS}/*.woff2", *UNUSED_FILES):
        for path in static.glob(pattern):
            path.unlink()


def setup(app: Sphinx) -> None:
    app.connect("build-finished", trim_static_files)
