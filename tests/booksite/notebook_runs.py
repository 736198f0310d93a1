"""The notebooks as a reader gets them: the branch in a bare repository, a fresh environment, one run of each."""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from built import ROOT

from booksite.notebooks.addresses import Place

#: What a fresh clone needs to install the module.
PACKAGE = ("code", "pyproject.toml", "README.md", "LICENSE")

AT_A_TIME = 2
RUNNER = Path(__file__).with_name("execute_notebook.py")


def git(folder, *arguments):
    """Run git, with a name for commits, and give what it prints."""
    who = ("-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", "-C", str(folder), *who, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
    return done.stdout.strip()


def snapshot(folder, root=ROOT):
    """Commit the module as it lies here, edits too, in a repository of its own; give its place."""
    names = git(root, "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *PACKAGE).split("\0")
    for name in filter(None, names):
        if (root / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, folder / name)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--message", "The module")
    return Place(folder.as_uri(), "", git(folder, "rev-parse", "HEAD"))


def bare_repository(folder):
    """Make an empty repository to push to."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--bare")
    return folder


def install(environment, *arguments):
    """Install into a virtual environment with the pinned versions; uv takes from its cache what it has."""
    uv = Path(sys.executable).with_name("uv")
    if not (environment / "bin" / "python").exists():
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, environment], check=True)
    command = [uv, "pip", "install", "--quiet", "--python", environment / "bin" / "python", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=environment)
    assert done.returncode == 0, done.stderr
    return environment / "bin" / "python"


def reader_environment(home):
    """The variables of a reader in short mode who has nothing of ours: no data set, no settings, no modules by path."""
    own = ("HOME", "XDG_CACHE_HOME", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "KERAS_HOME")
    dropped = {"PYTHONPATH", "VIRTUAL_ENV", "KERAS_BACKEND", "CNNBOOK_TRAIN", "CNNBOOK_FRESH_SINCE"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {
        **kept,
        **{name: str(home / name.lower()) for name in own},
        "PYTHONNOUSERSITE": "1",
        "CNNBOOK_SHORT": "1",
        "CNNBOOK_DATA": str(home / "no-data"),  # whoever asks for the data set all the same is told at once
    }


def execute(python, notebook, home):
    """Run a notebook from top to bottom in its folder; give seconds, peak memory in bytes, and the error or None."""
    home.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [python, RUNNER, notebook.name],
        cwd=notebook.parent,
        env=reader_environment(home),
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    if done.returncode:
        return {"seconds": 0.0, "peak": 0, "error": done.stderr[-3000:]}
    return json.loads(done.stdout.splitlines()[-1])


def execute_all(python, checkout, names, home):
    """Run notebooks, two at a time; give the results by name."""
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        runs = pool.map(lambda name: execute(python, checkout / name, home / name.replace("/", "-")), names)
        return dict(zip(names, runs, strict=True))
