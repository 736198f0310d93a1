"""The branch of the notebooks: what Colab, Binder and Kaggle open.

The branch has one commit, without a parent, and each publication replaces it: what the notebooks are made from has its
history on the main branch, and whoever opens the branch fetches little. The same notebooks from the same commit give
the same commit here, so that nothing moves and Binder keeps its image. The commit is made in git's object store:
working tree, index and checked-out branch are not touched.

    python -m booksite.notebooks.publish --remote origin
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from booksite import notebooks
from booksite.notebooks.addresses import BRANCH, Place
from cnnbook import CnnBookError

#: Whoever published: the same for everybody, since a name would make another commit of the same notebooks.
_IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Notebooks of the book"), ("EMAIL", "notebooks@invalid"))
}

_README = """# {title}: the notebooks

Made from [commit {short}]({source}) of the book; edit its pages there, not here. Each build replaces this branch.

{listing}

The first cell of each notebook installs the book's module where it is not installed. They run on any recent TensorFlow
and NumPy, and train nothing that the book has recorded. With `CNNBOOK_SHORT=1` in the environment, what trains all the
same stops after one epoch on the sample of images.

Code under the MIT licence, text and figures under [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/).
"""


class PublishError(CnnBookError):
    """The branch cannot be written."""


def assemble(site, root, target, place=None):
    """Put together what the branch holds: notebooks, pictures, the environment for Binder, a README.

    Parameters
    ----------
    site : path
        The built site.
    root : path
        The root of the book.
    target : path
        An empty folder.
    place : booksite.notebooks.addresses.Place, optional
        Left out, the one that the site was built for.

    Raises
    ------
    PublishError
        The site has no notebooks, or it is not known where to install the module from.
    """
    folder = Path(site, notebooks.FOLDER)
    manifest = folder / notebooks.MANIFEST
    if not manifest.is_file():
        raise PublishError(f"There are no notebooks in {folder}: build the book first, with `make book`.")
    content = json.loads(manifest.read_text(encoding="utf-8"))
    place = place or Place(content["repository"], content["site"], content["commit"])
    if not place.requirement:
        raise PublishError(
            "The notebooks do not say where to install the module from: set `repository: url:` in _config.yml or the "
            "variable CNNBOOK_REPOSITORY, and build again in a git checkout."
        )
    for path in (path for path in sorted(folder.rglob("*")) if path.is_file() and path != manifest):
        copy = Path(target, path.relative_to(folder))
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    notebooks.stamp(target, place)
    shutil.copytree(Path(root, ".binder"), Path(target, ".binder"))
    with Path(target, ".binder", "requirements.txt").open("a", encoding="utf-8") as file:
        file.write(f"{place.requirement}\n")
    listing = "\n".join(f"- [{title}]({name})" for name, title in content["notebooks"].items())
    readme = _README.format(
        title=content["title"],
        short=place.commit[:10],
        source=f"{place.repository}/tree/{place.commit}",
        listing=listing,
    )
    Path(target, "README.md").write_text(readme, encoding="utf-8")


def commit(root, folder, source=""):
    """Make a commit without a parent of all files in a folder, in the object store of the repository at `root`.

    Parameters
    ----------
    root, folder : path
    source : str
        The commit that the files were made from; its date becomes the new one's.

    Returns
    -------
    str
        The hash of the commit.
    """
    folder = Path(folder).resolve()
    with tempfile.TemporaryDirectory() as temporary:
        environment = {**os.environ, **_IDENTITY, "GIT_INDEX_FILE": str(Path(temporary, "index"))}
        own = ("-c", "core.autocrlf=false", f"--work-tree={folder}")
        _git(root, *own, "add", "--all", "--force", ".", environment=environment, folder=folder)
        tree = _git(root, "write-tree", environment=environment)
        date = _git(root, "show", "--no-patch", "--format=%cI", source) if source and _has(root, source) else ""
        if date:
            environment |= {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        return _git(root, "commit-tree", tree, "-m", f"Notebooks of {source or 'the book'}", environment=environment)


def publish(site, root, remote, branch=BRANCH, place=None):
    """Replace the branch of a remote by the notebooks of the built site.

    Parameters
    ----------
    site : path
        The built site.
    root : path
        The root of the book, a git checkout.
    remote : str
        Name or address.
    branch : str
    place : booksite.notebooks.addresses.Place, optional
        Left out, the one that the site was built for.

    Returns
    -------
    str
        The hash of the commit.

    Raises
    ------
    PublishError
        See `assemble`, and what git says when it refuses.
    """
    with tempfile.TemporaryDirectory() as temporary:
        assemble(site, root, temporary, place)
        source = (
            place.commit
            if place
            else json.loads(Path(site, notebooks.FOLDER, notebooks.MANIFEST).read_text(encoding="utf-8"))["commit"]
        )
        made = commit(root, temporary, source)
    _git(root, "push", "--force", "--no-verify", remote, f"{made}:refs/heads/{branch}")
    return made


def _has(root, source):
    command = ["git", "-C", str(root), "cat-file", "-e", f"{source}^{{commit}}"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _git(root, *arguments, environment=None, folder=None):
    where = subprocess.run(
        ["git", "-C", str(root), "rev-parse", "--absolute-git-dir"], capture_output=True, text=True, check=False
    )
    if where.returncode:
        raise PublishError(f"{root} is no git checkout: publish from a clone of the book.")
    command = ["git", f"--git-dir={where.stdout.strip()}", *arguments]
    done = subprocess.run(command, cwd=folder or root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PublishError(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def main(arguments=None):
    """Publish from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m booksite.notebooks.publish", description=__doc__.split("\n")[0])
    parser.add_argument("--remote", required=True, metavar="NAME", help="name or address of the repository to push to")
    parser.add_argument("--branch", default=BRANCH, metavar="NAME", help=f"default: {BRANCH}")
    parser.add_argument("--root", type=Path, default=Path(), metavar="FOLDER", help="root of the book (default: here)")
    options = parser.parse_args(arguments)
    try:
        made = publish(options.root / "_build" / "html", options.root, options.remote, options.branch)
    except (CnnBookError, OSError) as error:
        print(f"publish: {error}", file=sys.stderr)
        return 1
    print(f"{options.branch} of {options.remote} is now {made}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
