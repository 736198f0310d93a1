"""``python -m cnnbook lite``: put JupyterLite, with the notebooks that run in a browser, into the built site."""

from pathlib import Path

from cnnbook.site.lite import pyodide


def add_arguments(parser):
    """Declare what the command takes."""
    parser.add_argument(
        "--site",
        type=Path,
        default=Path("_build", "html"),
        metavar="FOLDER",
        help="the built site (default: %(default)s)",
    )
    parser.add_argument(
        "--vendor-pyodide",
        action="store_true",
        help="put Pyodide into the site too, so that nothing comes from elsewhere",
    )
    parser.add_argument(
        "--pyodide-packages",
        default=pyodide.CDN,
        metavar="WHERE",
        help="with it: folder or address of the packages that belong to Pyodide (default: %(default)s)",
    )


def run(options):
    """Build, and say what is there.

    Raises
    ------
    LiteError
        A part cannot be made; an older folder stays as it was.
    """
    from cnnbook.site.lite import folder

    made, paths = folder.build(Path(), options.site, vendor=options.vendor_pyodide, packages=options.pyodide_packages)
    size = sum(file.stat().st_size for file in made.rglob("*") if file.is_file())
    for path in paths:
        print(f"runs in the browser: {path}")
    print(f"wrote {made} ({len(paths)} notebooks, {size / 1e6:.1f} MB)")
