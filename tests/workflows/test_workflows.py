"""The workflows of GitHub: two linters find nothing, and what the linters do not know holds too."""

import math
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import booksite.__main__
import cnnbook.__main__
from cnnbook.data import layouts, sources

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github"
WORKFLOWS = {
    path.name: yaml.safe_load(path.read_text("utf-8")) for path in sorted((FOLDER / "workflows").glob("*.yml"))
}
ACTION = yaml.safe_load((FOLDER / "actions/setup/action.yml").read_text("utf-8"))
JOBS = [(name, job) for name, workflow in WORKFLOWS.items() for job in workflow["jobs"]]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
ON = True  # YAML reads the key `on` as the truth value

# Whose token can change something, and what; every other job may read.
WRITES = {
    ("publish.yml", "notebooks"): {"contents": "write"},
    ("publish.yml", "editions"): {"contents": "write"},
    ("publish.yml", "deploy"): {"pages": "write", "id-token": "write"},
    ("preview-deploy.yml", "comment"): {"pull-requests": "write"},
    ("weekly.yml", "report"): {"issues": "write"},
}


def job_of(name, job):
    return WORKFLOWS[name]["jobs"][job]


def steps():
    """Every step of every workflow and of the composite action: where it stands, and the step."""
    for name, job in JOBS:
        for step in job_of(name, job).get("steps", []):
            yield f"{name}: {job}: {step.get('name', step.get('uses'))}", step
    for step in ACTION["runs"]["steps"]:
        yield f"action.yml: {step.get('name', step.get('uses'))}", step


def commands():
    """The command of every step that has one: where it stands, and its words."""
    return [(where, shlex.split(step["run"])) for where, step in steps() if "run" in step]


# --- the linters -----------------------------------------------------------------------------------------------------


def program(name):
    """A linter's program: beside this Python, else on the path."""
    beside = Path(sys.executable).parent
    path = shutil.which(name, path=f"{beside}{os.pathsep}{os.environ.get('PATH', '')}")
    if not path:
        pytest.fail(f"{name} is not installed: `make test` installs it, or `pip install -r tests/requirements.txt`")
    return path


def lint(name, folder, *arguments):
    """Run a linter in a folder that has a .github; returns its exit code and what it says."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # actionlint looks for shellcheck there
    environment = {key: value for key, value in os.environ.items() if key not in ("GH_TOKEN", "GITHUB_TOKEN")}
    done = subprocess.run(
        [program(name), *arguments],
        cwd=folder,
        env=environment | {"PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.fixture
def copy(tmp_path):
    """A copy of .github that a test may spoil: returns a function that replaces a text in one of its files."""
    shutil.copytree(FOLDER, tmp_path / ".github", ignore=shutil.ignore_patterns("*.png"))
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)

    def spoil(name, good, bad):
        path = tmp_path / ".github/workflows" / name
        text = path.read_text("utf-8")
        assert good in text
        path.write_text(text.replace(good, bad), "utf-8")
        return tmp_path

    return spoil


def test_actionlint_finds_nothing(copy):
    folder = copy("test.yml", "make test", "make test")
    assert lint("actionlint", folder) == (0, "")


def test_zizmor_finds_nothing(copy):
    code, output = lint("zizmor", copy("test.yml", "make test", "make test"), "--offline", ".github")
    assert (code, "No findings to report" in output) == (0, True), output


@pytest.mark.parametrize(
    ("name", "good", "bad", "says"),
    [
        ("test.yml", "matrix.python }}", "matrix.version }}", 'property "version" is not defined'),
        ("publish.yml", "needs: [test, execute]", "needs: [tests, execute]", "tests"),
        ("weekly.yml", "17 4 * * 1", "17 25 * * 1", "cron"),
        ("weekly.yml", 'cache: "false"', 'caches: "false"', 'input "caches" is not defined'),
    ],
)
def test_actionlint_finds_a_planted_fault(copy, name, good, bad, says):
    code, output = lint("actionlint", copy(name, good, bad))
    assert code == 1
    assert says in output


@pytest.mark.parametrize(
    ("name", "good", "bad", "says"),
    [
        ("test.yml", "@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "@v7.0.1", "unpinned-uses"),
        ("test.yml", "persist-credentials: false", "fetch-depth: 1", "artipacked"),
        ("test.yml", "run: make test", "run: make test ${{ github.head_ref }}", "template-injection"),
        ("preview-deploy.yml", "# zizmor: ignore[dangerous-triggers]", "#", "dangerous-triggers"),
        ("preview.yml", "  pull_request:\n", "  pull_request_target:\n", "dangerous-triggers"),
    ],
)
def test_zizmor_finds_a_planted_fault(copy, name, good, bad, says):
    code, output = lint("zizmor", copy(name, good, bad), "--offline", ".github")
    assert code != 0
    assert f"[{says}]" in output


# --- pins, limits, tokens --------------------------------------------------------------------------------------------


def test_the_workflows_are_those_of_the_book():
    expected = {"test.yml", "execute.yml", "publish.yml", "preview.yml", "preview-deploy.yml", "weekly.yml"}
    assert set(WORKFLOWS) == expected
    assert all(workflow["name"] == name.removesuffix(".yml") for name, workflow in WORKFLOWS.items())


def test_actions_are_pinned_by_commit_and_say_their_version():
    versions = {}
    for path in [*(FOLDER / "workflows").glob("*.yml"), FOLDER / "actions/setup/action.yml"]:
        for line in re.findall(r"uses: (.*)", path.read_text("utf-8")):
            if line.startswith("./"):
                assert Path(ROOT, line).exists()
                continue
            action, commit, version = re.fullmatch(r"([\w/.-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)", line).groups()
            versions.setdefault(action, set()).add((commit, version))
    assert len(versions) == 9
    assert {action: pins for action, pins in versions.items() if len(pins) > 1} == {}, "one pin of each action"


def test_no_checkout_leaves_its_token_behind():
    checkouts = [step for _, step in steps() if "actions/checkout@" in step.get("uses", "")]
    assert len(checkouts) >= 9
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@pytest.mark.parametrize(("name", "job"), JOBS)
def test_jobs_have_a_time_limit_and_the_least_permissions(name, job):
    settings = job_of(name, job)
    assert WORKFLOWS[name]["permissions"] == {}, "of jobs that do not say what they need"
    if "uses" not in settings:  # a called workflow has limits of its own
        assert 1 <= settings["timeout-minutes"] <= 350
    writes = {scope: access for scope, access in settings["permissions"].items() if access != "read"}
    assert writes == WRITES.get((name, job), {})


def test_workflows_do_not_run_twice_at_a_time():
    groups = {name: workflow["concurrency"]["group"] for name, workflow in WORKFLOWS.items()}
    assert len({group.partition("-${{")[0] for group in groups.values()}) == len(groups), "each has a group of its own"
    assert WORKFLOWS["publish.yml"]["concurrency"]["cancel-in-progress"] is False
    # Of a group one run may wait; a run of another branch, started by hand, would take the place of main's.
    assert groups["publish.yml"] == "publish-${{ github.ref }}"


def test_the_spending_note_agrees_with_the_time_limits():
    for name, workflow in WORKFLOWS.items():
        minutes = 0
        for job in workflow["jobs"].values():
            runs = math.prod(map(len, job.get("strategy", {}).get("matrix", {}).values()))
            minutes += runs * job.get("timeout-minutes", 0)
        note = re.search(r"# Spending: .*?at most (\d+) minutes", (FOLDER / "workflows" / name).read_text("utf-8"))
        assert note, f"{name} has no spending note"
        assert int(note[1]) == minutes, name


# --- what publishes, and what runs code ------------------------------------------------------------------------------


def runs_code(job):
    """Whether a job runs what the book brings: in its steps, by the action, or in the workflow that it calls."""
    job_steps = job.get("steps", [])
    scripts = " ".join(step.get("run", "") for step in job_steps)
    calls = [part["uses"] for part in [job, *job_steps] if part.get("uses", "").startswith("./")]
    return bool(calls or re.search(r"\bmake\b|\.venv|cnnbook|\bpip\b|\bnpm\b|jupyter", scripts))


def holds_token(job):
    """Whether a job is given a token or a secret, as a called workflow is all of them by ``secrets: inherit``."""
    return bool(re.search(r"\bsecrets\b|github\.token", str(job)))


@pytest.mark.parametrize(("name", "job"), JOBS)
def test_a_job_that_runs_the_books_code_holds_no_token_to_write_with(name, job):
    """And a job that holds one runs nothing but git, gh, jq and Python's own library."""
    settings = job_of(name, job)
    assert not (runs_code(settings) and ((name, job) in WRITES or holds_token(settings)))


@pytest.mark.parametrize(
    "job",
    [
        {"uses": "./.github/workflows/test.yml", "secrets": "inherit"},
        {"uses": "./.github/workflows/test.yml", "secrets": {"KEY": "${{ secrets.KEY }}"}},
        {"steps": [{"uses": "./.github/actions/setup"}, {"uses": "a/b", "with": {"key": "${{ secrets['KEY'] }}"}}]},
        {"steps": [{"run": "make test", "env": {"GH_TOKEN": "${{ github.token }}"}}]},
    ],
)
def test_a_job_that_runs_code_beside_a_token_is_seen(job):
    assert runs_code(job)
    assert holds_token(job)


def test_the_scripts_beside_a_token_need_python_alone():
    """What a job with a token runs is in scripts whose imports are Python's own, or each other."""
    for script in ("preview_comment", "weekly_issue", "add_editions", "github"):
        text = (FOLDER / "scripts" / f"{script}.py").read_text("utf-8")
        imports = set(re.findall(r"^(?:import|from) (\w+)", text, re.M))
        assert imports
        assert imports <= sys.stdlib_module_names | {"github"}


def test_publishing_waits_for_test_execute_and_the_gate_on_main_only():
    jobs = WORKFLOWS["publish.yml"]["jobs"]
    assert WORKFLOWS["publish.yml"][ON]["push"] == {"branches": ["main"]}
    assert jobs["test"]["uses"] == "./.github/workflows/test.yml"
    assert jobs["execute"]["uses"] == "./.github/workflows/execute.yml"
    assert set(jobs["gate"]["needs"]) == {"test", "execute"}
    assert jobs["gate"]["if"] == "github.ref == 'refs/heads/main'"  # it can be started by hand on another branch
    assert jobs["notebooks"]["needs"] == jobs["editions"]["needs"] == "gate"
    assert set(jobs["deploy"]["needs"]) == {"gate", "notebooks", "editions"}
    for name in ("notebooks", "editions", "deploy"):
        assert "if" not in jobs[name], "a condition can make a job start although one before it failed"
        assert not any("if" in step for step in jobs[name]["steps"])


def test_no_step_runs_always():
    assert [where for where, step in steps() if "always()" in str(step.get("if", ""))] == []


def test_pull_requests_get_no_secret():
    for name, workflow in WORKFLOWS.items():
        if "pull_request" in workflow[ON]:
            text = (FOLDER / "workflows" / name).read_text("utf-8")
            assert not re.search(r"secrets\.|secrets: inherit|github\.token|GITHUB_TOKEN", text), name
        assert "pull_request_target" not in workflow[ON]


def test_the_jobs_with_a_token_check_nothing_out_but_the_scripts():
    assert WORKFLOWS["preview-deploy.yml"][ON]["workflow_run"]["workflows"] == [WORKFLOWS["preview.yml"]["name"]]
    checkouts = [
        step["with"]
        for name, job in WRITES
        for step in job_of(name, job)["steps"]
        if "actions/checkout@" in step.get("uses", "")
    ]
    assert checkouts == [{"sparse-checkout": ".github/scripts", "persist-credentials": False}] * 4


def test_every_push_and_pull_request_is_tested_on_every_python_of_the_book():
    triggers = WORKFLOWS["test.yml"][ON]
    # On main publish.yml calls it; the branch of notebooks has no tests.
    assert triggers["push"] == {"branches-ignore": ["main", "notebooks"]}
    assert triggers["pull_request"] is None
    allowed = re.search(r"\(3, (\d+)\) <= sys.version_info\[:2\] <= \(3, (\d+)\)", MAKEFILE)
    first, last = (int(minor) for minor in allowed.groups())
    matrix = WORKFLOWS["test.yml"]["jobs"]["test"]["strategy"]["matrix"]
    assert matrix == {"python": [f"3.{minor}" for minor in range(first, last + 1)]}
    assert f'requires-python = ">=3.{first}"' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_each_week_the_suite_and_the_strict_build_run_with_onednn_and_without():
    """A processor decides on it where nobody does, and both must hold."""
    job = job_of("weekly.yml", "newest")
    assert job["strategy"] == {"fail-fast": False, "matrix": {"onednn": ["0", "1"]}}
    assert job["env"] == {"TF_ENABLE_ONEDNN_OPTS": "${{ matrix.onednn }}"}
    assert {"make test", "make test-weekly"} <= {step.get("run") for step in job["steps"]}
    for target in ("test", "test-weekly"):
        assert re.search(rf"^{target}: .*\n\t.*jupyter-book build \. -W --keep-going -n\n\t.*pytest", MAKEFILE, re.M)


def test_a_gpu_that_was_asked_for_is_used():
    """Every recipe is trained afresh where there is a GPU, and one recipe where there is none."""
    job = WORKFLOWS["execute.yml"]["jobs"]["execute"]
    assert job["runs-on"] == "${{ vars.GPU_RUNNER || 'ubuntu-24.04' }}"
    conditions = {step["run"]: step["if"] for step in job["steps"] if "GPU_RUNNER" in step.get("if", "")}
    with_gpu = [run for run, condition in conditions.items() if condition == "vars.GPU_RUNNER != ''"]
    without = [run for run, condition in conditions.items() if condition == "vars.GPU_RUNNER == ''"]
    assert len(with_gpu) + len(without) == len(conditions)
    assert with_gpu == ["make gpu", "make execute RECORD=--all"]
    assert without == ["make execute"]
    assert "$(BIN)/python .github/scripts/require_gpu.py" in MAKEFILE
    assert re.search(r"^RECORD \?= one-layer --seeds 1$", MAKEFILE, re.M)
    uploaded = [step["with"]["path"] for step in job["steps"] if "upload-artifact@" in step.get("uses", "")]
    assert uploaded == ["_build/html", "_build/notebooks.bundle", "code/cnnbook/results", "_build/html/reports"]


def test_what_is_published_comes_from_packages_that_are_checked_by_hashes():
    """`make test-colab` alone takes versions as they come: nothing of it is published."""
    rules = re.sub(r"\\\n", " ", MAKEFILE).partition("\ntest-colab:")
    installs = re.findall(r"\bpip install\b.*", rules[0] + rules[2].partition("\n\n")[2])
    assert len(installs) == 5
    assert [line for line in installs if "--require-hashes -r" not in line and not line.endswith(" -e .")] == []
    own, gpu = (pins((ROOT / name).read_text("utf-8")) for name in ("requirements.txt", "requirements-gpu.txt"))
    assert gpu["tensorflow"] == own["tensorflow-cpu"]
    assert {name: gpu[name] for name in gpu.keys() & own.keys()} == {
        name: own[name] for name in gpu.keys() & own.keys()
    }
    assert {"nvidia-cudnn-cu12", "keras", "numpy"} <= gpu.keys()


def pins(lock):
    """The versions of each package of a lock that may be installed on Linux; every one of them has hashes."""
    entries = re.findall(r"^([\w.-]+)==(\S+)(.*)\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", lock, re.M)
    assert len(entries) == len(re.findall(r"^[^\s#]", lock, re.M))
    versions = {}
    for name, version, marker, _ in entries:
        if not re.search(r"sys_platform (?:!= 'linux'|== '(?!linux))", marker):
            versions.setdefault(name, set()).add(version)
    return versions


def test_the_data_set_is_kept_apart_from_packages_and_by_the_jobs_that_need_it():
    """Any of them may write its cache, which nobody overwrites: what the key stands for has to be in it."""
    kept = [step for step in ACTION["runs"]["steps"] if "actions/cache@" in step.get("uses", "")]
    packages, data = (step["with"] for step in kept)
    assert Path(data["path"]).name == sources.cache_folder().name
    assert data["key"] == f"cifar10-{layouts.PUBLISHED.batches[-1].md5}"
    assert "restore-keys" not in data
    for path in packages["path"].split():  # the file's name may be a pattern
        assert not Path(data["path"]).match(path)
        assert Path(path) not in Path(data["path"]).parents
    assert kept[-1]["if"] == "inputs.cache == 'true' && inputs.data == 'true'"
    for name, job in JOBS:
        script = "\n".join(step.get("run", "") for step in job_of(name, job).get("steps", []))
        needs = bool(re.search(r"make test$|-m cnnbook data", script, re.M))
        for step in job_of(name, job).get("steps", []):
            inputs = step.get("with", {})
            if step.get("uses") == "./.github/actions/setup" and inputs.get("cache") != "false":
                assert (inputs.get("data") == "true") == needs, f"{name}: {job}"


# --- commands --------------------------------------------------------------------------------------------------------

# A maintainer can type each of them, and the shell has nothing to do but to start it.
OURS = re.compile(
    r"make [a-z-]+( [A-Z]+=\S+)*"
    r"|\.venv/bin/python -m (cnnbook|booksite) [^&|;<>$`\n]+"
    r"|(python3 )?\.github/scripts/\w+\.(py|sh)[^&|;<>$`\n]*"
    r"|gh auth setup-git"
)


def test_every_step_is_one_make_target_or_one_command_of_ours():
    assert [(where, step["run"]) for where, step in steps() if "run" in step and not OURS.fullmatch(step["run"])] == []


@pytest.mark.parametrize(
    "run", ["make book && make test", "make book\nmake test", "make test | tail", "pip install x", "make x; rm -r y"]
)
def test_a_step_of_several_commands_is_refused(run):
    assert not OURS.fullmatch(run)


def test_targets_of_make_are_there():
    targets = {words[1] for _, words in commands() if words[0] == "make"}
    assert {"setup", "book", "test", "newest", "audit", "execute", "gate"} <= targets
    assert targets <= set(re.findall(r"^([\w-]+):", MAKEFILE, re.M))


def test_make_help_lists_every_command():
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(["make", "help"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    listed = re.findall(r"^  make ([\w-]+) +\S", done.stdout, re.M)
    assert len(listed) == len(done.stdout.splitlines())
    assert set(listed) == set(re.search(r"^\.PHONY: (.*)", MAKEFILE, re.M)[1].split())


def test_commands_of_the_packages_are_there():
    """In the workflows and in the Makefile; an unknown command or option would end the test."""
    parsers = {"cnnbook": cnnbook.__main__.command_parser, "booksite": lambda _: booksite.__main__.command_parser()}
    lines = [shlex.join(words) for _, words in commands()] + MAKEFILE.replace("$(RECORD)", "one-layer").splitlines()
    calls = re.findall(r"python -m (cnnbook|booksite) ([^&\n\\]*)", "\n".join(lines))
    for package, arguments in calls:
        words = shlex.split(arguments)
        parsers[package](words[0]).parse_args(words)
    called = {(package, arguments.split()[0]) for package, arguments in calls}
    expected = {("cnnbook", "data"), ("cnnbook", "record"), ("booksite", "links"), ("booksite", "gate")}
    assert expected | {("booksite", "notebooks"), ("booksite", "downloads")} <= called


def test_scripts_are_there_and_each_is_used():
    text = MAKEFILE + "\n".join(shlex.join(words) for _, words in commands())
    used = set(re.findall(r"\.github/scripts/(\w+\.(?:py|sh))", text))
    assert used | {"github.py"} == {path.name for path in (FOLDER / "scripts").glob("*.*")}


def test_dependabot_watches_every_list_of_packages_and_groups_what_it_finds():
    updates = yaml.safe_load((FOLDER / "dependabot.yml").read_text("utf-8"))["updates"]
    assert [update["package-ecosystem"] for update in updates] == ["uv", "npm", "github-actions"]
    for update in updates:
        assert [group["patterns"] for group in update["groups"].values()] == [["*"]]
        assert update["cooldown"]["default-days"] >= 7
    folders = {f"/{path.parent.relative_to(ROOT).as_posix()}" for path in FOLDER.glob("actions/*/action.yml")}
    assert set(updates[-1]["directories"]) == {"/", *folders}  # "/" stands for the workflows
