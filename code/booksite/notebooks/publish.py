"""The notebooks outside of the site: copied to a folder, or on the branch that Colab, Binder and Kaggle open.

The branch has one commit, without a parent, and each publication replaces it: what the notebooks are made from has its
history on the main branch, and whoever opens the branch fetches little. The same notebooks from the same commit give
the same commit here, so that nothing moves and Binder keeps its image. It is made in a repository of its own, so that
the working tree, the index and the branch of the book's checkout are not touched.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from booksite.notebooks import FOLDER, MANIFEST, stamp
from booksite.notebooks.addresses import BRANCH, Place
from cnnbook import CnnBookError
from cnnbook.data.files import write_unless_edited

#: Whoever publishes, the same for everybody: a name would make another commit of the same notebooks.
_IDENTITY = {"NAME": "Notebooks of the book", "EMAIL": "notebooks@invalid"}

_README = """# {title}: the notebooks

Made from [commit {short}]({source}) of the book; edit its pages there, not here. Each build replaces this branch.

{listing}

The first cell of each notebook installs the book's module where it is not installed. They run on any recent TensorFlow
and NumPy, and train nothing that the book has recorded. With `CNNBOOK_SHORT=1` in the environment, what trains all the
same stops after one epoch on the sample of images.

Code under the MIT licence, text and figures under [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/).
"""


class PublishError(CnnBookError):
    """The notebooks cannot be made, copied or pushed."""


def copy_notebooks(root: Path, folder: Path, *, force: bool = False) -> list[Path]:
    """Build the book, which takes seconds where nothing has changed, and copy its notebooks with their files.

    A file that is there with another content may have been edited: it is kept, and a `CnnBookError` says so, unless
    `force` is set.
    """
    if not (root / "_config.yml").is_file():
        raise PublishError(f"There is no book in {root.resolve()}; go to the root of a clone, where _config.yml is.")
    program = Path(sys.executable).with_name("jupyter-book")
    if subprocess.run([program, "build", "."], cwd=root, check=False).returncode:
        raise PublishError("The book does not build, so there are no notebooks; fix what is named above.")
    source = root / "_build" / "html" / FOLDER
    names = json.loads((source / MANIFEST).read_text(encoding="utf-8"))["notebooks"]
    files = [path for path in sorted(source.rglob("*")) if path.is_file() and path.name != MANIFEST]
    write_unless_edited({folder / path.relative_to(source): path.read_bytes() for path in files}, force=force)
    return [folder / name for name in names]


def assemble(site: Path, root: Path, target: Path, place: Place | None = None) -> Place:
    """Put into an empty folder what the branch holds: notebooks, the environment for Binder, a README.

    Gives the place that the notebooks install the module from: `place`, or the one that the site was built for.
    """
    manifest = site / FOLDER / MANIFEST
    if not manifest.is_file():
        raise PublishError(f"There are no notebooks in {manifest.parent}: build the book first, with `make book`.")
    content = json.loads(manifest.read_text(encoding="utf-8"))
    place = place or Place(content["repository"], content["site"], content["commit"])
    if not place.requirement:
        raise PublishError(
            "The notebooks do not say where to install the module from: set `repository: url:` in _config.yml or the "
            "variable CNNBOOK_REPOSITORY, and build again in a git checkout."
        )
    shutil.copytree(manifest.parent, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(MANIFEST))
    stamp(target, place)
    shutil.copytree(root / ".binder", target / ".binder")
    with (target / ".binder" / "requirements.txt").open("a", encoding="utf-8") as file:
        file.write(f"{place.requirement}\n")
    readme = _README.format(
        title=content["title"],
        short=place.commit[:10],
        source=f"{place.repository}/tree/{place.commit}",
        listing="\n".join(f"- [{title}]({name})" for name, title in content["notebooks"].items()),
    )
    (target / "README.md").write_text(readme, encoding="utf-8")
    return place


def publish(site: Path, root: Path, remote: str, branch: str = BRANCH, place: Place | None = None) -> str:
    """Replace a branch of a remote, a name or an address, by the notebooks of the built site; gives the commit."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        source = assemble(site, root, folder, place).commit
        commit = _commit(folder, source, _date(root, source))
        _git(root, "fetch", "--quiet", temporary, "HEAD")
    _git(root, "push", "--force", "--no-verify", remote, f"{commit}:refs/heads/{branch}")
    return commit


def _commit(folder: Path, source: str, date: str) -> str:
    """Make a repository of a folder, with one commit, which depends on the files, the source's hash and date alone."""
    who = {**_IDENTITY, **({"DATE": date} if date else {})}
    environment = {f"GIT_{role}_{what}": text for role in ("AUTHOR", "COMMITTER") for what, text in who.items()}
    own = ("-c", "commit.gpgsign=false", "-c", "core.autocrlf=false")
    _git(folder, "init", "--quiet", "--template=")
    _git(folder, *own, "add", "--all", "--force")
    message = f"Notebooks of {source}"
    _git(folder, *own, "commit", "--quiet", "--no-verify", "--message", message, environment=environment)
    return _git(folder, "rev-parse", "HEAD")


def _date(root: Path, commit: str) -> str:
    """The date of a commit; empty for one that this checkout does not have."""
    try:
        return _git(root, "show", "--no-patch", "--format=%cI", commit)
    except PublishError:
        return ""


def _git(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(
        command, env={**os.environ, **(environment or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise PublishError(f"git {' '.join(arguments)} failed in {folder}: {done.stderr.strip()}")
    return done.stdout.strip()
