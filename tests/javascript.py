"""Run the browser's modules of ``book/assets/scripts`` with Node.js."""

import functools
import json
import subprocess
import tempfile

from booksite.scripts import engine_options
from pages import BOOK

SCRIPTS = BOOK / "assets" / "scripts"
_ESBUILD = BOOK.parent / "node_modules" / ".bin" / "esbuild"


def bundle(name, *options):
    """Join an entry of the browser's scripts as the site does."""
    return _esbuild(name, "--format=iife", "--minify", *options)


def run(program, values):
    """Run a module that has the text of `values` as the constant `input`, and give what `output` says or promises."""
    source = f"{program}\nconst say = (said) => process.stdout.write(JSON.stringify(said));"
    source = f"{source}\nPromise.resolve(output(JSON.parse(input))).then(say);"
    source = f'import {{ readFileSync }} from "node:fs";\nconst input = readFileSync(0, "utf8");\n{source}'
    with tempfile.NamedTemporaryFile(suffix=".cjs") as file:  # longer than a command line may be
        file.write(_esbuild("--platform=node", "--format=cjs", text=source))
        file.flush()
        done = subprocess.run(["node", file.name], input=json.dumps(values).encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


@functools.cache
def _esbuild(*options, text=None):
    assert _ESBUILD.is_file(), "esbuild is not installed: run `make book` first (`make test` does)"
    command = [_ESBUILD, *options, *engine_options(BOOK.parent), "--bundle", "--charset=utf8", "--log-level=error"]
    done = subprocess.run(command, input=text and text.encode(), capture_output=True, check=True, cwd=SCRIPTS)
    return done.stdout
