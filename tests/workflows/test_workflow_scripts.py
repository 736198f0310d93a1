"""The scripts of the workflows, and the make targets that stand for their longer steps."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / ".github" / "scripts"


def load(name):
    """A script as a module; the folder is hidden and not a package."""
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


github, preview_comment, weekly_issue, add_editions = map(
    load, ("github", "preview_comment", "weekly_issue", "add_editions")
)


def git(folder, *arguments):
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    done = subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path):
    """A repository whose second commit edits a page, adds one, removes one and touches a file that is no page."""
    folder = tmp_path / "repository"
    (folder / "book/part").mkdir(parents=True)
    git(folder, "init", "--quiet")
    for name in ("book/intro.md", "book/part/old.md", "README.md"):
        (folder / name).write_text("as it was")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "first")
    for name in ("book/intro.md", "book/part/new.md", "README.md", "book/style.css"):
        (folder / name).write_text("as it is")
    (folder / "book/part/old.md").unlink()
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "second")
    return folder


def run_script(name, *arguments, folder=ROOT, **environment):
    command = [sys.executable, SCRIPTS / name] if name.endswith(".py") else [SCRIPTS / name]
    return subprocess.run(
        [*command, *arguments], cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False
    )


# --- the preview of a pull request -----------------------------------------------------------------------------------


def test_the_first_stage_links_the_pages_whose_sources_differ(repository):
    (repository / "site").mkdir()
    done = run_script("changed_pages.py", "HEAD^1", "site", folder=repository)
    assert (done.returncode, done.stdout) == (0, "2 pages differ from HEAD^1\n")
    links = re.findall(r'<a href="([^"]*)">', (repository / "site/changed.html").read_text())
    assert links == ["book/intro.html", "book/part/new.html"]


def test_the_pages_that_a_pull_request_changes_are_those_of_githubs_list():
    names = {"book/intro.md": "modified", "book/new.md": "added", "book/old.md": "removed", "book/a.css": "modified"}
    files = [{"filename": name, "status": status} for name, status in {**names, "README.md": "renamed"}.items()]
    assert preview_comment.changed_pages(files) == ["book/intro.md", "book/new.md"]


@pytest.mark.parametrize(
    ("count", "says"),
    [(0, "changes no page's source"), (1, "changes the source of 1 page"), (500, "changes the sources of 500 pages")],
)
def test_the_comment_says_how_many_pages_whose_word_that_is_and_names_them(count, says):
    text = preview_comment.comment([f"book/{number}.md" for number in range(count)], "https://example.org/7")
    assert text.startswith(f"<!-- preview -->\n**Preview: by GitHub's list of its files, this pull request {says}.**\n")
    assert "(https://example.org/7#artifacts)" in text
    assert "built by the pull request's own code" in text
    assert text.count("\n- `book/") == min(count, preview_comment.MOST)
    assert ("- and 300 more" in text) == (count == 500)


@pytest.mark.parametrize("name", ["a](https://example.org)", "a`**b**`", "a\n# b", "intr\u00f6", "a" * 200])
def test_a_name_that_is_more_than_letters_is_counted_and_not_shown(name):
    text = preview_comment.comment(["book/intro.md", f"book/{name}.md"], "https://example.org/7")
    assert "changes the sources of 2 pages" in text
    assert "- `book/intro.md`\n- and 1 more\n" in text
    assert name not in text


def entry(number, login, body):
    return {"id": number, "user": {"login": login}, "body": body}


PULLS = [{"number": 3, "head": {"sha": "new"}}]
OURS, EVES = entry(2, "github-actions[bot]", "<!-- preview -->"), entry(1, "eve", "<!-- preview --> mine")


@pytest.mark.parametrize(
    ("pulls", "comments", "target"),
    [
        ([], [], None),
        ([{"number": 3, "head": {"sha": "old"}}], [], None),
        (PULLS, [], ("POST", "repos/ada/engine/issues/3/comments")),
        (PULLS, [EVES, OURS], ("PATCH", "repos/ada/engine/issues/comments/2")),
        (PULLS, [EVES], ("POST", "repos/ada/engine/issues/3/comments")),
    ],
)
def test_a_pull_request_has_one_comment_of_ours(monkeypatch, pulls, comments, target):
    calls = []
    files = [[{"filename": "book/intro.md", "status": "added"}], [{"filename": "book/b.md", "status": "added"}]]

    def gh(*arguments):
        calls.append(arguments)
        return json.dumps(files if "/files" in arguments[-1] else [comments] if "--paginate" in arguments else pulls)

    monkeypatch.setattr(preview_comment, "gh", gh)
    environment = {"RUN": "7", "HEAD": "eve:main", "HEAD_SHA": "new", "GITHUB_SERVER_URL": "https://github.com"}
    for name, value in (environment | {"GITHUB_REPOSITORY": "ada/engine"}).items():
        monkeypatch.setenv(name, value)
    assert preview_comment.main() == 0
    writes = [call for call in calls if "--method" in call and "GET" not in call]
    assert [(call[2], call[3]) for call in writes] == ([target] if target else [])
    assert all("the sources of 2 pages" in call[5] for call in writes)
    # `--field` would read a file that a value names, and make numbers and truth values of others.
    assert all("--field" not in call for call in calls)


# --- the weekly issue ------------------------------------------------------------------------------------------------

SUCCESS, FAILURE = {"newest": {"result": "success"}}, {"newest": {"result": "success"}, "colab": {"result": "failure"}}


@pytest.mark.parametrize(
    ("jobs", "issue", "starts"),
    [
        (SUCCESS, None, None),
        (SUCCESS, 12, ["issue", "close", "12"]),
        (FAILURE, None, ["issue", "create", "--title", weekly_issue.TITLE]),
        (FAILURE, 12, ["issue", "edit", "12"]),
        ({"newest": {"result": "skipped"}}, None, ["issue", "create"]),
    ],
)
def test_the_weekly_run_keeps_one_issue(jobs, issue, starts):
    arguments = weekly_issue.gh_arguments(jobs, "https://example.org/run", issue)
    assert arguments is None if starts is None else arguments[: len(starts)] == starts
    if jobs is FAILURE:
        assert arguments[-1] == "[The last weekly run](https://example.org/run) did not succeed in: colab."


def issue(number, title=weekly_issue.TITLE, login="app/github-actions", is_bot=True):
    return {"number": number, "title": title, "author": {"login": login, "is_bot": is_bot}}


@pytest.mark.parametrize(
    ("issues", "number"),
    [
        ([issue(3, "The weekly run fails on my machine"), issue(9)], 9),
        ([issue(3, "The weekly run fails on my machine")], None),
        ([issue(3, login="eve", is_bot=False), issue(9), issue(12)], 9),
        ([issue(3, login="github-actions", is_bot=False)], None),
        ([issue(3, login="app/another")], None),
    ],
)
def test_the_issue_is_found_by_its_whole_title_and_its_author(issues, number):
    assert weekly_issue.open_issue_number(issues) == number


def test_github_is_asked_who_wrote_an_issue(monkeypatch):
    calls = []
    monkeypatch.setattr(weekly_issue, "gh", lambda *arguments: calls.append(arguments) or json.dumps([issue(9)]))
    for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("JOBS", json.dumps(SUCCESS))
    weekly_issue.main()
    listing, closing = calls
    assert set(listing[listing.index("--json") + 1].split(",")) == issue(9).keys()
    assert closing[:3] == ("issue", "close", "9")


# --- publishing ------------------------------------------------------------------------------------------------------


@pytest.fixture
def bundle(tmp_path):
    """A bundle of a branch of notebooks, with one that does not open."""
    source = tmp_path / "source"
    source.mkdir()
    git(source, "init", "--quiet", "--initial-branch", "notebooks")
    (source / "broken.ipynb").write_text("{}")
    git(source, "add", ".")
    git(source, "commit", "--quiet", "-m", "Notebooks")
    git(source, "bundle", "create", "--quiet", tmp_path / "notebooks.bundle", "notebooks")
    return tmp_path / "notebooks.bundle"


def test_the_bundle_replaces_the_branch_of_notebooks(tmp_path, bundle):
    remote = tmp_path / "ada" / "engine"
    git(tmp_path, "clone", "--quiet", "--bare", tmp_path / "source", remote)
    git(tmp_path / "source", "commit", "--quiet", "--amend", "-m", "Older notebooks")
    git(tmp_path / "source", "push", "--quiet", "--force", remote, "notebooks")
    environment = {"GITHUB_SERVER_URL": f"file://{tmp_path}", "GITHUB_REPOSITORY": "ada/engine"}
    done = run_script("push_notebooks.sh", bundle, folder=tmp_path, **environment)
    assert done.returncode == 0, done.stderr
    assert git(remote, "log", "--format=%s", "notebooks") == "Notebooks"
    assert run_script("push_notebooks.sh", "missing.bundle", folder=tmp_path, **environment).returncode != 0


def test_the_gate_closes_on_a_broken_site_and_a_broken_notebook(tmp_path, bundle):
    (tmp_path / "_build/html/book").mkdir(parents=True)
    (tmp_path / "_build/html/book/intro.html").write_text(
        "<article><h1>Begin</h1><p>Traceback (most recent call last)</p></article>"
    )
    shutil.copy(ROOT / "Makefile", tmp_path)
    bundle.rename(tmp_path / "_build/notebooks.bundle")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        ["make", "gate", "SETUP=", f"BIN={Path(sys.executable).parent}"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "book/intro.html: a traceback is on the page" in done.stdout
    assert "broken.ipynb: the notebook does not open" in done.stdout


class Releases:
    """GitHub's releases of a repository with some tags, as ``gh`` shows and changes them."""

    def __init__(self, folder, tags, releases):
        self.folder, self.tags, self.releases = folder, tags, releases  # a commit, and names of files, by tag

    def gh(self, *arguments):
        if arguments[0] == "api":
            tags = [{"name": tag, "commit": {"sha": commit}} for tag, commit in self.tags.items()]
            releases = [
                {"tag_name": tag, "draft": False, "assets": [{"name": name} for name in names]}
                for tag, names in self.releases.items()
            ]
            return json.dumps([tags if "/tags?" in arguments[-1] else releases])
        _, what, tag, *rest = arguments
        if what == "download":
            target = Path(rest[rest.index("--dir") + 1])
            target.mkdir()
            shutil.copy(self.folder / f"{tag}-site.tar.gz", target / "site.tar.gz")
            return ""
        assert (what == "create") == (tag not in self.releases)
        assert "site.tar.gz" not in self.releases.setdefault(tag, [])
        self.releases[tag].append("site.tar.gz")
        shutil.copy(rest[0], self.folder / f"{tag}-site.tar.gz")
        return ""


@pytest.fixture
def publish(tmp_path, monkeypatch):
    """Publish a front page from a commit, on a GitHub with some tags and releases; returns the site."""

    def publish(words, commit, releases, version=None):
        editions = [tag for tag in releases.tags if releases.tags[tag] == commit and tag[1:].isdecimal()]
        codemeta = tmp_path / "codemeta.json"
        codemeta.write_text(json.dumps({"version": version or f"{''.join(editions)[1:]}.0.0"}))
        monkeypatch.setattr(add_editions, "CODEMETA", codemeta)
        site = tmp_path / f"site of {commit}"
        (site / ".well-known").mkdir(parents=True)
        (site / ".well-known/security.txt").touch()
        (site / "index.html").write_text(words)
        monkeypatch.setattr(add_editions, "gh", releases.gh)
        monkeypatch.setenv("GITHUB_REPOSITORY", "ada/engine")
        monkeypatch.setenv("GITHUB_SHA", commit)
        add_editions.main(str(site))
        return site

    return publish


@pytest.mark.parametrize("releases", [{}, {"v1": ["notes.pdf"]}])
def test_an_edition_stays_where_it_is_while_the_book_goes_on(tmp_path, publish, releases):
    releases = Releases(tmp_path, {"v1": "first", "v1.1": "first", "version": "first", "v2": "later"}, releases)
    site = publish("the first edition", "first", releases)
    assert sorted(path.name for path in site.iterdir()) == [".well-known", "index.html", "v1"]
    site = publish("between two", "between", releases)
    assert (site / "index.html").read_text() == "between two"
    assert (site / "v1/index.html").read_text() == "the first edition"
    assert (site / "v1/.well-known/security.txt").is_file()
    site = publish("the second edition", "later", releases)
    assert (site / "v1/index.html").read_text() == "the first edition"
    assert (site / "v2/index.html").read_text() == "the second edition"
    assert not (site / "v2/v1").exists()


def test_an_edition_is_kept_once(tmp_path, publish):
    releases = Releases(tmp_path, {"v1": "first"}, {})
    publish("the first edition", "first", releases)
    (tmp_path / "site of first").rename(tmp_path / "published before")
    site = publish("built again", "first", releases)
    assert (site / "v1/index.html").read_text() == "the first edition"


def test_an_edition_of_another_version_is_refused(tmp_path, publish):
    releases = Releases(tmp_path, {"v1": "first", "v12": "twelfth"}, {})
    with pytest.raises(SystemExit, match=r"has the tag v1, .* is version 0\.1\.0: .* set the version to 1\.0\.0 in"):
        publish("the first edition", "first", releases, version="0.1.0")
    with pytest.raises(SystemExit, match=r"has the tag v12, .* is version 1\.2\.0"):
        publish("the twelfth edition", "twelfth", releases, version="1.2.0")
    assert releases.releases == {}


def test_of_two_tags_none_is_published_while_one_is_refused(tmp_path, publish):
    releases = Releases(tmp_path, {"v1": "first", "v2": "first"}, {})
    with pytest.raises(SystemExit, match="has the tag v2"):
        publish("the first edition", "first", releases, version="1.0.0")
    assert releases.releases == {}


def test_the_version_is_read_from_a_file_of_the_repository():
    assert json.loads(add_editions.CODEMETA.read_text("utf-8"))["version"].count(".") == 2


def test_without_an_edition_the_site_is_left_alone(tmp_path, publish):
    site = publish("a draft", "first", Releases(tmp_path, {}, {}))
    assert sorted(path.name for path in site.iterdir()) == [".well-known", "index.html"]


# --- GPUs and notebooks ----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_missing_gpu_is_an_error():
    done = run_script("require_gpu.py", CUDA_VISIBLE_DEVICES="-1")
    assert done.returncode == 1
    assert "A GPU was asked for and TensorFlow" in done.stderr


@pytest.mark.slow
def test_notebooks_run_from_their_own_folder_and_a_failure_is_told(tmp_path):
    for name, code in {"below/good": "open('beside')", "bad": "1 / 0"}.items():
        path = tmp_path / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]), path)
    (tmp_path / "below/beside").touch()
    done = run_script("run_notebooks.py", tmp_path)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "1 notebooks ran, 1 failed")
    assert "ZeroDivisionError" in done.stderr
    done = run_script("run_notebooks.py", tmp_path / "below")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "1 notebooks ran, 0 failed")
    (tmp_path / "empty").mkdir()
    assert run_script("run_notebooks.py", tmp_path / "empty").returncode == 1
