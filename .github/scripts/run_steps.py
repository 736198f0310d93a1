"""Run the steps of a workflow's job that need no GitHub, in order, in a clean clone.

    .venv/bin/python .github/scripts/run_steps.py WORKFLOW JOB [--set NAME=VALUE ...] [--list] [--step NAME ...]

WORKFLOW is a file of .github/workflows, JOB one of its jobs, NAME a name such as matrix.python, vars.GPU_RUNNER or
github.ref. The clone has the last commit, and on top of it what is not committed yet. A composite action of this
repository is opened, and its steps are run. Left out, and listed with the reason, are steps that use an action of
somebody else, steps that hold a token, and steps whose condition does not hold. The first step that fails ends the job;
then only steps run that wait for a failure, as on GitHub.
"""

import argparse
import dataclasses
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
SHELLS = {None: ["bash", "-e"], "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"]}

# What an action would have done, and what does it here.
_ACTIONS = {
    "actions/checkout": "the clean clone stands for it",
    "actions/setup-python": "this machine's Python stands for it",
    "actions/setup-node": "this machine's Node.js stands for it",
    "actions/cache": "this machine's own caches stand for it",
}
# Of a workflow, a `make` or a git hook that this may run in.
_NOT_HANDED_ON = ("GITHUB_", "MAKE", "MFLAGS", "GIT_")
_TOKENS = re.compile(r"\bsecrets\b|\bgithub\.token\b")


class Unsupported(Exception):
    """Something in a workflow that this script does not know; better said than guessed."""


# --- GitHub's expressions --------------------------------------------------------------------------------------------

_PARTS = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+)|(?P<name>[A-Za-z_][\w.-]*)|(?P<sign>&&|\|\||[=!]=|[!()]))"
)


def evaluate(expression, values, failed=False):
    """The value of an expression such as ``vars.GPU_RUNNER != '' && !cancelled()``.

    Parameters
    ----------
    expression : str
        Without ``${{ }}``. Names, texts, whole numbers, ``== != ! && ||`` and brackets, and the four functions that
        ask how the job stands.
    values : dict of str to str
        By full name, for example ``matrix.python``; what is not in it is empty, as on GitHub.
    failed : bool
        Whether a step has failed.

    Raises
    ------
    Unsupported
        If there is anything else in it.
    """
    tokens, place = [], 0
    text = expression.strip()
    while place < len(text):
        match = _PARTS.match(text, place)
        if not match:
            raise Unsupported(f"the expression {expression!r}")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        place = match.end()
    states = {"success": not failed, "failure": failed, "always": True, "cancelled": False}
    result = _either(tokens, values, states)
    if tokens:
        raise Unsupported(f"the expression {expression!r}")
    return result


def _take(tokens, *signs):
    if tokens and tokens[0][0] == "sign" and tokens[0][1] in signs:
        return tokens.pop(0)[1]
    return None


def _either(tokens, *context):
    left = _both(tokens, *context)
    while _take(tokens, "||"):
        right = _both(tokens, *context)
        left = left or right
    return left


def _both(tokens, *context):
    left = _compared(tokens, *context)
    while _take(tokens, "&&"):
        right = _compared(tokens, *context)
        left = left and right
    return left


def _compared(tokens, *context):
    left = _single(tokens, *context)
    sign = _take(tokens, "==", "!=")
    if not sign:
        return left
    return (as_text(left).lower() == as_text(_single(tokens, *context)).lower()) == (sign == "==")


def _single(tokens, values, states):
    if _take(tokens, "!"):
        return not _single(tokens, values, states)
    if _take(tokens, "("):
        inner = _either(tokens, values, states)
        if not _take(tokens, ")"):
            raise Unsupported("an expression with a bracket that nothing closes")
        return inner
    kind, text = tokens.pop(0) if tokens else (None, "nothing")
    if kind == "text":
        return text[1:-1].replace("''", "'")
    if kind == "number":
        return text
    if kind == "name" and _take(tokens, "("):
        if text not in states or not _take(tokens, ")"):
            raise Unsupported(f"the function {text}")
        return states[text]
    if kind == "name":
        return {"true": True, "false": False}.get(text, values.get(text, ""))
    raise Unsupported(f"{text!r} in an expression")


def as_text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def fill(text, values):
    """Replace each ``${{ }}`` in a text."""
    return re.sub(r"\$\{\{(.*?)\}\}", lambda match: as_text(evaluate(match[1], values)), as_text(text))


# --- steps -----------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Step:
    """A step: its name, its script (None where it has none), and why it is not run here, if so.

    `condition`, `environment` and `folder` are still in GitHub's words; they are filled in when the step's turn comes.
    """

    name: str
    script: str | None
    left_out: str | None = None
    condition: str = "success()"
    environment: dict = dataclasses.field(default_factory=dict)
    folder: str = "."
    shell: str | None = None
    id: str | None = None
    values: dict = dataclasses.field(default_factory=dict)


def read_job(path, job):
    """A job of a workflow file, with the workflow's own environment put into the job's."""
    workflow = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    if job not in workflow["jobs"]:
        raise Unsupported(f"there is no job {job!r} in {Path(path).name}, only {', '.join(workflow['jobs'])}")
    found = workflow["jobs"][job]
    if "uses" in found:
        raise Unsupported(f"the job {job!r} calls {found['uses']}: name that file and its job instead")
    return found | {"env": workflow.get("env", {}) | found.get("env", {})}


def read_steps(job, values, root=ROOT):
    """Steps of a job; a composite action of the repository is replaced by the steps inside it."""
    for number, step in enumerate(job["steps"], start=1):
        name = step.get("name") or step.get("uses") or f"step {number}"
        environment = job.get("env", {}) | step.get("env", {})
        condition = condition_of(step)
        shared = {"condition": condition, "environment": environment, "id": step.get("id"), "values": values}
        if "uses" in step and step["uses"].startswith("./"):
            action = yaml.safe_load(Path(root, step["uses"], "action.yml").read_text(encoding="utf-8"))
            inputs = {f"inputs.{key}": one.get("default", "") for key, one in action.get("inputs", {}).items()}
            inputs |= {f"inputs.{key}": fill(value, values) for key, value in step.get("with", {}).items()}
            for inner in read_steps(action["runs"], values | inputs, root):
                both = f"({condition}) && ({inner.condition})"
                yield dataclasses.replace(inner, name=f"{name}: {inner.name}", condition=both)
        elif "uses" in step:
            action = step["uses"].partition("@")[0]
            yield Step(name, None, _ACTIONS.get(action, f"{action} needs GitHub"), **shared)
        elif _TOKENS.search(str(environment) + step["run"]):
            yield Step(name, step["run"], "it holds a token of GitHub's", **shared)
        elif step.get("shell") not in SHELLS:
            raise Unsupported(f"the shell {step['shell']!r} of the step {name!r}")
        else:
            folder = step.get("working-directory", ".")
            yield Step(name, step["run"], shell=step.get("shell"), folder=folder, **shared)


def condition_of(step):
    """A step's condition; one that asks nothing about how the job stands has GitHub's ``success() &&`` before it."""
    condition = str(step.get("if", "success()")).strip()
    condition = re.sub(r"^\$\{\{(.*)\}\}$", r"\1", condition).strip()
    asked = re.search(r"\b(?:success|failure|always|cancelled)\(", condition)
    return condition if asked else f"success() && ({condition})"


def run_steps(steps, clone, *, only=(), listing=False, out=print):
    """Run steps in a folder, one after another.

    Parameters
    ----------
    steps : iterable of Step
    clone : Path
        Where; the steps may change it.
    only : collection of str
        Names of the steps to run; empty, all of them.
    listing : bool
        Only say what would be run.

    Returns
    -------
    str or None
        The name of the first step that failed; None if none did.
    """
    with tempfile.TemporaryDirectory() as temporary:
        files = {name: Path(temporary, name) for name in ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT")}
        files["GITHUB_STEP_SUMMARY"] = Path(temporary, "GITHUB_STEP_SUMMARY")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_HANDED_ON)}
        environment |= {"CI": "true", "GITHUB_WORKSPACE": str(clone)}
        environment.setdefault("RUNNER_TEMP", temporary)
        environment |= {name: str(file) for name, file in files.items()}
        outputs, failure, ran, known = {}, None, 0, set()
        for step in steps:
            known.add(step.name)
            reason = step.left_out
            values = step.values | outputs | {f"env.{name}": value for name, value in environment.items()}
            if not reason and only and step.name not in only:
                reason = "not asked for"
            if not reason and not evaluate(step.condition, values, failed=failure is not None):
                reason = "a step before it failed" if failure else f"its condition does not hold: {step.condition}"
            if reason:
                out(f"left out  {step.name} ({reason})")
                continue
            out(f"{'would run' if listing else 'run'}  {step.name}")
            if listing:
                continue
            for file in files.values():
                file.write_text("")
            own = {name: fill(value, values) for name, value in step.environment.items()}
            script = Path(temporary, "script.sh")
            script.write_text(fill(step.script, values), encoding="utf-8")
            command = [*SHELLS[step.shell], str(script)]
            done = subprocess.run(command, cwd=clone / fill(step.folder, values), env=environment | own, check=False)
            ran += 1
            environment |= pairs(files["GITHUB_ENV"])
            folders = files["GITHUB_PATH"].read_text().split()
            environment["PATH"] = os.pathsep.join([*reversed(folders), environment["PATH"]])
            outputs |= {
                f"steps.{step.id}.outputs.{name}": value for name, value in pairs(files["GITHUB_OUTPUT"]).items()
            }
            if done.returncode:
                out(f"FAILED    {step.name} (exit code {done.returncode})")
                failure = failure or step.name
    unknown = sorted(set(only) - known)
    if unknown:
        raise Unsupported(f"there is no step {unknown[0]!r}, only {', '.join(sorted(known))}")
    if not listing:
        out(f"{ran} steps ran, {'the job failed at: ' + failure if failure else 'none failed'}")
    return failure


def pairs(file):
    """What a step handed on by ``NAME=VALUE`` lines in a file of GitHub's."""
    found = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("=")
        if not equals or "<<" in name:
            raise Unsupported(f"the line {line!r} in {file.name}")
        found[name] = value
    return found


def clean_clone(folder, root=ROOT):
    """Clone the repository, and lay over it what is not committed yet: changed, new and removed files."""
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(root), str(folder)], check=True)
    listed = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"]
    names = subprocess.run(listed, check=True, stdout=subprocess.PIPE, text=True).stdout.split("\0")
    for name in filter(None, names):
        source, target = Path(root, name), Path(folder, name)
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
        else:
            target.unlink(missing_ok=True)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workflow", metavar="WORKFLOW", help="a file of .github/workflows, for example test.yml")
    parser.add_argument("job", metavar="JOB", help="one of its jobs")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="for example vars.GPU_RUNNER=x"
    )
    parser.add_argument("--step", action="append", default=[], metavar="NAME", help="run this step and no other")
    parser.add_argument("--list", action="store_true", help="say what would be run, and what not and why")
    parser.add_argument("--folder", type=Path, metavar="FOLDER", help="run in this folder instead of a clean clone")
    options = parser.parse_args(arguments)
    try:
        given = dict(one.split("=", 1) for one in options.set)
    except ValueError:
        parser.error("--set takes NAME=VALUE")
    given = {"runner.os": "Linux", "github.ref": "refs/heads/main"} | given
    with tempfile.TemporaryDirectory() as temporary:
        clone = options.folder or Path(temporary, "clone")
        try:
            job = read_job(ROOT / ".github" / "workflows" / options.workflow, options.job)
            steps = list(read_steps(job, given))
            if not options.folder and not options.list:
                clean_clone(clone)
            failure = run_steps(steps, clone, only=options.step, listing=options.list, out=_say)
        except Unsupported as error:
            print(f"run_steps.py does not know {error}", file=sys.stderr)
            return 2
    return 1 if failure else 0


def _say(line):
    print(line, flush=True)  # before what the step itself prints


if __name__ == "__main__":
    sys.exit(main())
