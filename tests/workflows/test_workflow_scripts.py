"""The scripts of the workflows, and steps of the workflows themselves, run for real in a clean clone."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / ".github" / "scripts"


def load(name):
    """A script as a module; the folder is no package, and is hidden."""
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where dataclasses look for it
    spec.loader.exec_module(module)
    return module


run_steps, preview_comment, weekly_issue = map(load, ("run_steps", "preview_comment", "weekly_issue"))


# --- the expressions of GitHub ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("vars.GPU_RUNNER != ''", True),
        ("vars.GPU_RUNNER == ''", False),
        ("vars.UNKNOWN == ''", True),
        ("matrix.python", "3.12"),
        ("vars.UNKNOWN || 'ubuntu'", "ubuntu"),
        ("vars.GPU_RUNNER || 'ubuntu'", "gpu"),
        ("vars.GPU_RUNNER && 'a' || 'b'", "a"),
        ("'it''s' == 'IT''S'", True),
        ("inputs.cache == 'true'", True),
        ("!cancelled() && (failure() || success())", True),
        ("always()", True),
        ("failure()", False),
        ("!(1 == 1)", False),
    ],
)
def test_expressions(expression, value):
    values = {"vars.GPU_RUNNER": "gpu", "matrix.python": "3.12", "inputs.cache": True}
    assert run_steps.evaluate(expression, values) == value


@pytest.mark.parametrize("expression", ["contains(a.*.b, 'failure')", "a[0]", "(a", "a ==", "a b", "fromJSON(a)"])
def test_what_is_not_known_is_refused_and_not_guessed(expression):
    with pytest.raises(run_steps.Unsupported):
        run_steps.evaluate(expression, {})


# --- steps of a small workflow ---------------------------------------------------------------------------------------

_WORKFLOW = """
on: push
env: {GREETING: hello}
jobs:
  job:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@0000000000000000000000000000000000000000 # v0.0.0
      - {name: hand on, id: first, run: 'echo "HANDED=$GREETING" >> "$GITHUB_ENV"; echo "size=3" >> "$GITHUB_OUTPUT"'}
      - name: take
        env: {SIZE: "${{ steps.first.outputs.size }} ${{ matrix.python }}"}
        run: |
          echo "$HANDED $SIZE" > taken
          mkdir -p below
      - {name: for a GPU, if: "vars.GPU_RUNNER != ''", run: touch gpu}
      - {name: with a token, env: {GH_TOKEN: "${{ github.token }}"}, run: touch token}
      - {name: below, working-directory: below, shell: bash, run: 'false | true; touch reached'}
      - {name: after, run: touch after}
      - {name: only then, if: failure(), run: touch failed}
      - {name: whatever was, if: "${{ !cancelled() }}", run: touch both}
  called: {uses: ./.github/workflows/other.yml}
"""


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.yml"
    path.write_text(_WORKFLOW)
    clone = tmp_path / "clone"
    clone.mkdir()
    return path, clone


def test_steps_run_in_order_until_one_fails(small):
    path, clone = small
    said = []
    steps = run_steps.read_steps(run_steps.read_job(path, "job"), {"matrix.python": "3.12"})
    assert run_steps.run_steps(steps, clone, out=said.append) == "below"
    assert (clone / "taken").read_text() == "hello 3 3.12\n"
    assert sorted(path.name for path in clone.rglob("*") if path.is_file()) == ["both", "failed", "taken"]
    assert said == [
        "left out  actions/checkout@0000000000000000000000000000000000000000 (the clean clone stands for it)",
        "run  hand on",
        "run  take",
        "left out  for a GPU (its condition does not hold: success() && (vars.GPU_RUNNER != ''))",
        "left out  with a token (it holds a token of GitHub's)",
        "run  below",
        "FAILED    below (exit code 1)",
        "left out  after (a step before it failed)",
        "run  only then",
        "run  whatever was",
        "5 steps ran, the job failed at: below",
    ]


def test_a_list_runs_nothing(small):
    path, clone = small
    said = []
    steps = run_steps.read_steps(run_steps.read_job(path, "job"), {"vars.GPU_RUNNER": "gpu"})
    assert run_steps.run_steps(steps, clone, listing=True, out=said.append) is None
    assert "would run  for a GPU" in said
    assert list(clone.iterdir()) == []


def test_one_step_can_be_asked_for_and_a_wrong_name_is_an_error(small):
    path, clone = small
    job = run_steps.read_job(path, "job")
    assert run_steps.run_steps(run_steps.read_steps(job, {}), clone, only=["after"], out=print) is None
    assert [path.name for path in clone.iterdir()] == ["after"]
    with pytest.raises(run_steps.Unsupported, match="there is no step 'before', only"):
        run_steps.run_steps(run_steps.read_steps(job, {}), clone, only=["before"], out=print)


def test_a_job_that_is_not_there_or_lies_elsewhere_is_an_error(small):
    with pytest.raises(run_steps.Unsupported, match=r"no job 'jub' in small\.yml, only job, called"):
        run_steps.read_job(small[0], "jub")
    with pytest.raises(run_steps.Unsupported, match=r"'called' calls \./\.github/workflows/other\.yml"):
        run_steps.read_job(small[0], "called")


def git(folder, *arguments):
    subprocess.run(["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b", *arguments], check=True)


def test_a_clean_clone_has_what_is_not_committed_yet_and_nothing_that_is_ignored(tmp_path):
    source, clone = tmp_path / "source", tmp_path / "clone"
    source.mkdir()
    git(source, "init", "--quiet")
    for name in ("same", "changed", "removed"):
        (source / name).write_text("committed")
    (source / ".gitignore").write_text("ignored\n")
    git(source, "add", ".")
    git(source, "commit", "--quiet", "-m", "first")
    (source / "changed").write_text("new")
    (source / "removed").unlink()
    for name in ("deep/added", "ignored"):
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_text("new")
    run_steps.clean_clone(clone, source)
    files = [path for path in clone.rglob("*") if path.is_file() and ".git" not in path.parts]
    assert {path.relative_to(clone).as_posix(): path.read_text() for path in files} == {
        ".gitignore": "ignored\n",
        "same": "committed",
        "changed": "new",
        "deep/added": "new",
    }


# --- steps of the book's workflows -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clean clone of the book, with this environment for its own; its module comes from the clone."""
    clone = tmp_path_factory.mktemp("clean") / "clone"
    run_steps.clean_clone(clone)
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv/bin/python").write_text(f'#!/bin/sh\nPYTHONPATH="{clone}/code" exec "{sys.executable}" "$@"\n')
    (clone / ".venv/bin/python").chmod(0o755)
    return clone


def do(clone, workflow, job, *steps, **environment):
    """Run steps of a workflow as a person would, by the command line."""
    arguments = [word for step in steps for word in ("--step", step)]
    done = subprocess.run(
        [
            sys.executable,
            str(clone / ".github/scripts/run_steps.py"),
            workflow,
            job,
            "--folder",
            str(clone),
            *arguments,
        ],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def write_site(site, text):
    (site / "book").mkdir(parents=True)
    (site / "book/intro.html").write_text(f"<article><h1>Begin</h1><p>{text}</p></article>")
    (site / "index.html").write_text('<meta http-equiv="Refresh" content="0; url=book/intro.html" />')


@pytest.mark.slow
def test_both_stages_of_a_preview(clone, tmp_path):
    """The list of the first stage's step is what the second stage's step makes a comment of."""
    write_site(tmp_path / "main/_build/html", "as it was")
    write_site(clone / "_build/html", "as it is")
    code, said = do(clone, "preview.yml", "preview", "List the changed pages", RUNNER_TEMP=str(tmp_path))
    assert (code, "changed  book/intro.html" in said) == (0, True), said
    assert "Changed pages" in (clone / "_build/html/index.html").read_text()
    assert "+as it is" in (clone / "changes.html").read_text()

    (clone / "first-stage").mkdir()
    (clone / "changes.json").rename(clone / "first-stage/changes.json")
    # GitHub's own variables are not handed on by the script; the step's address is made of them.
    given = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "ada/engine", "RUN": "7"}
    job = run_steps.read_job(clone / ".github/workflows/preview-deploy.yml", "comment")
    steps = list(run_steps.read_steps(job | {"env": given}, {}, clone))
    assert run_steps.run_steps(steps, clone, only=["Write the comment"], out=print) is None
    comment = (clone / "comment.md").read_text()
    assert comment.startswith("<!-- preview -->\n**Preview: 1 page differs.**\n\n- changed: `book/intro.html`\n")
    assert "(https://github.com/ada/engine/actions/runs/7#artifacts)" in comment


@pytest.mark.slow
def test_the_gate_of_the_publishing_workflow_closes(clone, tmp_path):
    """On a site with a traceback, and on a notebook from the bundle that does not open."""
    source = tmp_path / "notebooks"
    source.mkdir()
    (source / "one.ipynb").write_text("{}")
    git(source, "init", "--quiet", "--initial-branch", "notebooks")
    git(source, "add", ".")
    git(source, "commit", "--quiet", "-m", "Notebooks")
    (clone / "_build").mkdir(exist_ok=True)
    git(source, "bundle", "create", "--quiet", str(clone / "_build/notebooks.bundle"), "notebooks")
    write_site(tmp_path / "html", "Traceback (most recent call last)")
    if (clone / "_build/html").exists():
        (clone / "_build/html").rename(tmp_path / "of another test")
    (tmp_path / "html").rename(clone / "_build/html")
    code, said = do(clone, "publish.yml", "gate", "Unpack the notebooks", "Is the site fit to be published?")
    assert code == 1
    assert "book/intro.html: a traceback is on the page" in said
    assert "one.ipynb: the notebook does not open" in said
    assert said.splitlines()[-1] == "2 steps ran, the job failed at: Is the site fit to be published?"


# --- the other scripts -----------------------------------------------------------------------------------------------


def change(**fields):
    return {"kind": "changed", "page": "book/intro.html", "title": "Begin", "lines": 2} | fields


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "changed"},
        ["book/intro.html"],
        [change(kind="**merged**")],
        [change(page="book/intro.html](https://example.org)")],
        [change(page="book/@everybody.html")],
        [change(page="../../secrets.html")],
        [change(page="book/`code`.html")],
        [change(page="book/intro.html\n# A heading")],
        [change(page=None)],
        [change(page="a" * 200 + ".html")],
    ],
)
def test_a_list_with_anything_but_names_of_pages_is_refused(tmp_path, content):
    path = tmp_path / "changes.json"
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"is no list|is no change of a page"):
        preview_comment.read(path)


def test_a_list_that_is_too_large_or_leads_elsewhere_is_refused(tmp_path):
    large, link = tmp_path / "large.json", tmp_path / "link.json"
    large.write_text("[" + " " * preview_comment.LARGEST + "]")
    link.symlink_to("/etc/hostname")
    for path in (large, link):
        with pytest.raises(ValueError, match="is larger than 1000000 bytes, or no file of its own"):
            preview_comment.read(path)


def test_titles_of_pages_do_not_reach_the_comment(tmp_path):
    path = tmp_path / "changes.json"
    path.write_text(json.dumps([change(title="<img src=x> @everybody"), change(kind="removed")]))
    text = preview_comment.comment(preview_comment.read(path), "https://example.org/run")
    assert text.splitlines()[1:5] == [
        "**Preview: 2 pages differ.**",
        "",
        "- changed: `book/intro.html`",
        "- removed: `book/intro.html`",
    ]
    assert "everybody" not in text


def test_a_long_list_is_cut():
    text = preview_comment.comment([("added", f"book/{number}.html") for number in range(500)], "x")
    assert text.count("\n- added: ") == preview_comment.MOST
    assert "- and 300 more" in text


_GOOD, _BAD = {"newest": {"result": "success"}}, {"newest": {"result": "success"}, "colab": {"result": "failure"}}


@pytest.mark.parametrize(
    ("jobs", "issue", "starts"),
    [
        (_GOOD, None, None),
        (_GOOD, 12, ["issue", "close", "12"]),
        (_BAD, None, ["issue", "create", "--title", weekly_issue.TITLE]),
        (_BAD, 12, ["issue", "edit", "12"]),
        ({"newest": {"result": "skipped"}}, None, ["issue", "create"]),
    ],
)
def test_the_weekly_run_keeps_one_issue(jobs, issue, starts):
    found = weekly_issue.call(jobs, "https://example.org/run", issue)
    assert found is None if starts is None else found[: len(starts)] == starts
    if jobs is _BAD:
        assert found[-1] == "[The last weekly run](https://example.org/run) did not succeed in: colab."


def issue(number, title=weekly_issue.TITLE, login="app/github-actions", is_bot=True):
    return {"number": number, "title": title, "author": {"login": login, "is_bot": is_bot}}


def test_the_issue_is_found_by_its_whole_title():
    issues = [issue(3, "The weekly run fails on my machine"), issue(9)]
    assert weekly_issue.number_of(issues) == 9
    assert weekly_issue.number_of(issues[:1]) is None


@pytest.mark.parametrize(("login", "is_bot"), [("eve", False), ("github-actions", False), ("app/another", True)])
def test_an_issue_of_the_same_title_by_somebody_else_is_left_alone(login, is_bot):
    assert weekly_issue.number_of([issue(3, login=login, is_bot=is_bot)]) is None
    assert weekly_issue.number_of([issue(3, login=login, is_bot=is_bot), issue(9), issue(12)]) == 9


def test_github_is_asked_who_wrote_an_issue(monkeypatch):
    asked = []
    monkeypatch.setattr(weekly_issue, "gh", lambda *arguments: asked.append(arguments) or json.dumps([issue(9)]))
    for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("JOBS", json.dumps(_GOOD))
    weekly_issue.main()
    listed, closed = asked
    assert set(listed[listed.index("--json") + 1].split(",")) == issue(9).keys()
    assert closed[:3] == ("issue", "close", "9")


@pytest.mark.slow
def test_a_gpu_that_is_not_there_is_missed():
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / "require_gpu.py")],
        env=os.environ | {"CUDA_VISIBLE_DEVICES": "-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "A GPU was asked for and TensorFlow" in done.stderr


@pytest.mark.slow
def test_notebooks_are_run_from_their_own_folder_and_a_failure_is_told(tmp_path):
    for name, code in {"below/good": "open('beside')", "bad": "1 / 0"}.items():
        path = tmp_path / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]), path)
    (tmp_path / "below/beside").touch()
    command = [sys.executable, str(SCRIPTS / "run_notebooks.py")]
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "1 notebooks ran, 1 failed"
    assert "ZeroDivisionError" in done.stderr
    good = subprocess.run([*command, str(tmp_path / "below")], capture_output=True, text=True, check=False)
    assert (good.returncode, good.stdout.splitlines()[-1]) == (0, "1 notebooks ran, 0 failed")
    (tmp_path / "empty").mkdir()
    assert subprocess.run([*command, str(tmp_path / "empty")], stdout=subprocess.DEVNULL, check=False).returncode == 1
