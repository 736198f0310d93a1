"""Cells in the page without a browser: which are marked, how they run, and what stands in for Keras' layers."""

import hashlib
import json
import sys
from base64 import b64encode
from subprocess import run as run_program

import pytest
from bs4 import BeautifulSoup
from built import ROOT, SITE, built_pages
from lite_browser import packages_of_pyodide

from booksite import run, scripts
from booksite.lite import LiteError, pyodide
from booksite.notebooks.names import names_of
from booksite.run import keras_layers, runner
from cnnbook.checkers import parameters

SOURCES = ["import keras", "def f(layers):\n    ...", "check_f(f)", "def g(x):\n    ...", "keras.Model", "1 + 1"]


def test_a_starter_is_a_function_without_a_body_that_a_later_cell_checks():
    assert run.exercises(SOURCES) == {1: "f"}
    assert run.exercises(["check_f(f)", "def f(x):\n    ..."]) == {}


def test_an_exercise_on_layers_needs_no_keras():
    sources = ["from keras import layers\n\n\ndef f(model):\n    ...", "check_f(f)", "layers.Dense"]
    assert run.lacking(sources) == [set(), set(), {"keras"}]


def test_cells_are_marked_by_their_numbers():
    body = '<div class="cell_input docutils container">' * len(SOURCES)
    body = body.replace("container", "container above-output-prompt", 1)  # of a cell whose output is folded
    marked = run.mark(body, SOURCES)
    assert (marked.count("data-run="), marked.count("data-check")) == (3, 1)
    assert '<div class="cell_input docutils container" data-run="1" data-exercise="f">' in marked
    assert marked.count('data-needs="Keras"') == 2
    with pytest.raises(ValueError, match="shows 6 code cells, and its source has 2"):
        run.mark(body, SOURCES[:2])


def test_the_cell_of_a_checker_stays_where_the_page_cannot_ask_it():
    marked = run.mark('<div class="cell_input">' * 2, ["import torch\n\n\ndef f(x):\n    ...", "check_f(f)"])
    assert "data-exercise" not in marked
    assert "data-check" not in marked


def test_no_cell_needs_what_a_solution_alone_defines():
    """Cells of a solution do not run before those below it."""
    for page in built_pages():
        soup = BeautifulSoup((SITE / page).read_text("utf-8"), "html.parser")
        defined, of_solutions = set(), set()
        for cell in soup.select(".cell_input[data-run]"):
            now, used = names_of(cell.select_one("pre").get_text())
            if cell.find_parent(class_="solution"):
                of_solutions |= now
            else:
                assert not used & (of_solutions - defined), page
                defined |= now


# --- how a cell runs ---


@pytest.fixture
def session():
    """A session, and the list of what it shows."""
    pieces = []
    session = runner.Session(lambda kind, text: pieces.append((kind, text)))
    session.pieces = pieces
    return session


def shown(session, source):
    session.pieces.clear()
    failure = session.run(source, "cell 1")
    return failure, session.pieces


@pytest.mark.parametrize(
    ("source", "pieces"),
    [
        ("x = 1", []),
        ("print(2)\n3", [("text", "2"), ("text", "\n"), ("text", "3\n")]),
        ("print(2); 3;", [("text", "2"), ("text", "\n")]),
        ("None", []),
        ("for i in range(2):\n    print(i)", [("text", "0"), ("text", "\n1\n")]),
        ("class T:\n    _repr_html_ = lambda self: '<b>x</b>'\nT()", [("html", "<b>x</b>")]),
        ("int", [("text", "<class 'int'>\n")]),
    ],
)
def test_a_cell_shows_what_it_prints_and_its_last_value(session, source, pieces):
    assert shown(session, source) == ("", pieces)


def test_cells_share_their_names(session):
    shown(session, "x = 20")
    assert shown(session, "x + 1")[1] == [("text", "21\n")]


def test_figures_are_drawings_in_the_colours_of_the_theme(session, monkeypatch):
    from booksite.theme import inline_drawings

    monkeypatch.setitem(sys.modules, "booksite_drawings", inline_drawings)
    monkeypatch.setenv("MPLBACKEND", "agg")  # as the worker does
    _, pieces = shown(session, "import matplotlib.pyplot as plt\nplt.plot([1, 2], color='#1d2433')\nplt.show()")
    assert [kind for kind, _ in pieces] == ["svg"]
    assert pieces[0][1].startswith('<svg class="drawing"')
    assert "var(--fig-ink, #1d2433)" in pieces[0][1]
    _, pieces = shown(
        session, "from cnnbook import handout, plotting\nplotting.windows_1d(handout.X, handout.W).figure"
    )
    assert [kind for kind, _ in pieces] == ["svg"]


@pytest.mark.parametrize(
    ("source", "failure", "words"),
    [
        ("def f():\n    return 1 / 0\n\nf()", "ZeroDivisionError: division by zero", "line 2, in f"),
        ("1 +", "SyntaxError: invalid syntax", "1 +"),
        ("def f():\n    f()\n\nf()", "RecursionError: maximum recursion depth exceeded", "calls itself without an end"),
        ("\n\n1 / 0", "ZeroDivisionError: division by zero", 'File "cell 1", line 3'),
        ("import torch2", "ModuleNotFoundError: No module named 'torch2'", "torch2 is not a part of the Python in"),
        ("open('mine.txt')", "FileNotFoundError: ", "a disk of its own, without your files"),
        ("raise EOFError('EOF when reading a line')", "EOFError: EOF when", "A cell in the page cannot ask"),
        ("exit()", "SystemExit", "SystemExit"),
    ],
)
def test_an_error_is_told_with_its_line_and_nothing_of_ours(session, source, failure, words):
    ended_by, pieces = shown(session, source)
    assert ended_by.startswith(failure)
    text = "".join(text for _, text in pieces)
    assert words in text
    assert "runner.py" not in text
    assert len(text) < 2000


def test_a_module_that_was_not_found_is_known_until_the_next_cell(session):
    shown(session, "exec('import torch2')")
    assert session.absent == "torch2"
    shown(session, "1 / 0")
    assert session.absent == ""


def test_of_much_output_the_beginning_is_shown_and_without_an_end_it_is_stopped(session):
    _, pieces = shown(session, "print('x' * 30_000)")
    assert sum(len(text) for kind, text in pieces if kind == "text") == runner.SHOWN
    assert pieces[-1] == ("note", "Of 30,001 characters the first 20,000 are shown.")
    failure, pieces = shown(session, "while True:\n    try:\n        print('x' * 100_000)\n    except Exception: pass")
    assert failure == "The cell was stopped: it printed more than 10 million characters."
    assert sum(len(text) for _, text in pieces) < runner.SHOWN + 200


RECURSION = "def f():\n    g()\n\ndef g():\n    f()\n\nf()"  # of mutual recursion, a traceback has every call


@pytest.mark.parametrize(
    ("source", "begins", "ends"),
    [
        ("'a' + 'x' * 30_000 + 'b'", "'axx", "xxb'\n"),
        ("raise ValueError('x' * 30_000)", "Traceback", "xxx\n"),
        (RECURSION, "Traceback", "RecursionError: maximum recursion depth exceeded\n"),
    ],
)
def test_of_a_long_value_or_error_the_beginning_and_the_end_are_shown(session, source, begins, ends):
    _, ((_, text), (_, note), *_) = shown(session, source)
    assert len(text) == runner.SHOWN + len("\n…\n")
    assert text.startswith(begins)
    assert text.endswith(ends)
    assert note.endswith("characters the first and the last 10,000 are shown.")


@pytest.mark.parametrize(("kind", "name", "count"), [("html", "HTML", "210,000"), ("svg", "drawing", "1,050,000")])
def test_long_html_and_a_long_drawing_are_refused_in_a_sentence(session, kind, name, count):
    source = f"class T:\n    _repr_{kind}_ = lambda self: '<b></b>' * ({count.replace(',', '_')} // 7)\nT()"
    _, pieces = shown(session, source)
    words = f"This value's {name} has {count} characters, too many for this page; here is its text."
    assert pieces[0] == ("note", words)
    assert [kind for kind, _ in pieces] == ["note", "text"]


def test_a_checker_is_asked_by_the_name_of_the_function(session):
    report = json.loads(session.check("output_size", 1))
    assert not report["right"]
    assert "def output_size(" in report["sentence"]
    shown(
        session, "def output_size(n, kernel_size, *, stride=1, padding=0, dilation=1):\n    return n - kernel_size + 1"
    )
    report = json.loads(session.check("output_size", 2))
    assert report["mistake"] == "stride-forgotten"
    assert report["page"] == "arithmetic/one-dimension"
    assert len(report["hints"]) == 2


def test_a_function_of_an_earlier_text_is_not_judged(session):
    right = "def output_size(n, kernel_size, *, stride=1, padding=0, dilation=1):\n    return None"
    for source, sentence in ((right, "yours returned None"), (right.replace("output_", "my_"), "there is no function")):
        assert session.run(source, "cell 1", "output_size") == ""
        assert sentence in json.loads(session.check("output_size", 1))["sentence"]


# --- what the page asks of the worker ---

#: A worker that notes which cells it is given, and answers that those whose text is "fails" have failed; to one that
#: sleeps it answers nothing.
DRIVE = """
import { Python } from "./run/python.js";
globalThis.location = { protocol: "http:" };
const given = [], workers = [];
let progress = () => {};
const soon = () => new Promise((resolve) => setTimeout(resolve));
globalThis.Worker = class {
  constructor() { workers.push(this); }
  postMessage({ start, run }) {
    if (start) setTimeout(() => this.onmessage?.({ data: { ready: true } }));
    else if (run.cells.at(-1).source === "breaks") queueMicrotask(() => this.onerror({ message: "out of memory" }));
    else if (run.cells.at(-1).source !== "sleeps") {
      given.push(run.cells.map(({ name }) => name).join(""));
      const failures = run.cells.filter(({ source }) => source === "fails");
      queueMicrotask(() => this.onmessage({ data: { done: { failures } } }));
    }
  }
  terminate() {}
};
const python = new Python({ worker: "", origin: "here" });
const run = (text, changes = {}, isApart = false) =>
  python.run([...text].map((name) => ({ name, source: changes[name] ?? "" })), { show() {}, progress, isApart });
(async () => {
  STEPS
  console.log(JSON.stringify(given));
})();
"""


def drive(steps):
    """Which cells a worker is given, run by run."""
    script = scripts.join(ROOT, DRIVE.replace("STEPS", steps), "--format=iife")
    done = run_program(["node", "-"], input=script, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("steps", "given"),
    [
        ("await run('abc'); await run('abc'); await run('abcd')", ["abc", "c", "d"]),
        # What stands below a changed cell was made from its old text.
        ("await run('abc'); await run('abcd', { a: 'new' })", ["abc", "abcd"]),
        ("await run('abc'); await run('a'); await run('abc')", ["abc", "a", "bc"]),
        ("await run('abc', { b: 'fails' }); await run('abcd', { b: 'fails' })", ["abc", "bcd"]),
        ("await run('abs', {}, true); await run('abc')", ["abs", "abc"]),
        ("await run('ab'); await run('abc', { c: 'breaks' }).catch(() => {}); await run('ab')", ["ab", "ab"]),
        # A worker that was stopped in its sleep reports an error later.
        (
            "const slept = run('a', { a: 'sleeps' }).catch(() => {}); await soon(); python.stop(); await slept; "
            "const next = run('b'); workers[0].onerror?.({ message: 'late' }); await next",
            ["b"],
        ),
    ],
)
def test_all_that_a_change_touches_runs_again_and_nothing_else(steps, given):
    assert drive(steps) == given


def test_loading_is_said_until_python_is_there_and_after_a_stop():
    steps = (
        "progress = (words) => given.push(words); await run('a'); await run('a'); const slept = "
        "run('b', { b: 'sleeps' }).catch(() => {}); await soon(); python.stop(); await slept; await run('a')"
    )
    assert drive(steps) == ["Loading Python…", "a", "a", "Loading Python…", "a"]


#: A cell of the book, the reader's text of it, other code, and whether that uses a name of the cell.
USES = [
    ("x, w = 1, 2", "", "w[0]", True),
    ("x = 1", "y = 1", "print(x)", True),
    ("x = 1", "y=1", "y", True),
    ("def f(a=1):\n    b = 1", "", "f()", True),
    ("class A:\n    pass", "", "A()", True),
    ("def f(a=1):\n    b = 1", "", "a, b", False),
    ("if x == 1:\n    print(x, end=2)", "", "if end: print(x)", False),
    ("1 + 1", "", "undefined", False),
    ("x = 1", "", "ax, x2", False),
]


def test_code_uses_a_cell_whose_names_it_has():
    script = f"""import {{ uses }} from "./run/later.js";
    const cases = {json.dumps([case[:3] for case in USES])};
    console.log(JSON.stringify(cases.map(([source, text, code]) => Boolean(uses(code, {{ source, text }})))));"""
    script = scripts.join(ROOT, script, "--format=iife")
    done = run_program(["node", "-"], input=script, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [expected for *_, expected in USES]


def test_no_second_cell_runs_beside_a_first():
    (problem,) = drive("run('a').catch(() => {}); given.push(python.problem); python.stop()")
    assert problem.startswith("Another cell is running")


#: What the worker finds in a browser, with a Python in which each run of a cell lacks a package that can be had.
LACKING = """
const listeners = [], said = [];
globalThis.addEventListener = (name, listener) => name === "message" && listeners.push(listener);
globalThis.postMessage = (message) => said.push(message);
globalThis.Blob = class { constructor([text]) { this.text = text; } };
URL.createObjectURL = ({ text }) => `data:text/javascript,${text}`;
const text = async () => "export const loadPyodide = () => pyodide; export default 0;";
globalThis.fetch = async () => ({ ok: true, text, arrayBuffer() {} });
const session = { absent: "another", run: () => said.push("ran") && "it failed", forget() {} };
globalThis.pyodide = {
  loadedPackages: {}, FS: { writeFile() {} }, unpackArchive() {},
  loadPackagesFromImports: async (code) => (code.startsWith("import") ? ["it"] : []),
  pyimport: () => ({ register() {}, Session: () => session }),
};
WORKER
const [start, run] = listeners;
start({ data: { start: { integrity: [], packages: [] } } });
const cells = [{ name: "cell 1", source: "f()" }];
run({ data: { run: { above: [], cells } } }).then(() => console.log(JSON.stringify(said)));
"""


def test_a_cell_that_goes_on_lacking_packages_begins_again_five_times():
    script = LACKING.replace("WORKER", scripts.join(ROOT, scripts.source_of("run-worker"), "--format=iife"))
    said = json.loads(run_program(["node", "-"], input=script, capture_output=True, text=True, check=True).stdout)
    assert (said.count("ran"), said.count({"afresh": True})) == (6, 5)
    assert said[-1]["done"]["failures"] == [{"name": "cell 1", "failure": "it failed"}]


# --- Keras' layers ---


def test_descriptions_of_layers_have_what_keras_says_of_them():
    pytest.importorskip("keras")
    for case in parameters.count_parameters_exercise().cases:
        source = case.text.removeprefix("count_parameters(model) for ")
        described = eval(source, {**vars(keras_layers), "Input": keras_layers.InputLayer})
        real = case.arguments[0]
        assert described.inputs[0].shape == real.inputs[0].shape
        assert described.count_params() == real.count_params()
        for mine, theirs in zip(described.layers, real.layers, strict=True):
            assert type(mine).__name__ == type(theirs).__name__
            assert mine.input.shape == theirs.input.shape
            assert mine.output.shape == theirs.output.shape
            for name in ("kernel_size", "filters", "units", "use_bias"):
                assert hasattr(mine, name) == hasattr(theirs, name)
                assert getattr(mine, name, None) == getattr(theirs, name, None)


def test_what_the_descriptions_have_not_is_refused_in_a_sentence():
    code = """
import sys
from booksite.run import keras_layers
keras_layers.register()
import keras
from keras import layers
assert layers.Dense(3).units == 3
for wrong in (lambda: keras.Model([layers.Input((2,))]).fit(), lambda: layers.Conv3D, lambda: keras.optimizers):
    try:
        wrong()
    except (AttributeError, ImportError) as error:
        assert "Keras does not run in this page" in str(error)
    else:
        raise AssertionError
"""
    done = run_program([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT / "code", check=False)
    assert not done.returncode, done.stderr


# --- what is loaded ---


def test_the_sizes_that_pages_name_are_those_of_the_files():
    import gzip

    core = ROOT / "node_modules" / "pyodide"
    sent = sum(len(gzip.compress((core / name).read_bytes(), 6)) for name in pyodide.CORE)
    assert sent / 1000 == pytest.approx(pyodide.CORE_KILOBYTES, abs=10)
    lock = pyodide.read_lock(core)["packages"]
    with packages_of_pyodide(core, pyodide.KILOBYTES) as cache:
        sizes = {name: (cache / lock[name]["file_name"]).stat().st_size / 1000 for name in pyodide.KILOBYTES}
    assert sizes == pytest.approx(pyodide.KILOBYTES, abs=1)
    assert set(pyodide.closure({"packages": lock}, ["matplotlib", "scipy"])) == set(pyodide.KILOBYTES)


def test_a_package_without_a_size_is_named(monkeypatch):
    monkeypatch.delitem(pyodide.KILOBYTES, "scipy")
    with pytest.raises(LiteError, match="no size of scipy"):
        pyodide.megabytes(ROOT / "node_modules" / "pyodide", ["scipy"], 0)


def test_pages_name_the_source_and_the_size_before_anything_is_loaded():
    text = (SITE / "book/review/write-it-yourself.html").read_text("utf-8")
    wheel = next((SITE / "lite" / "pypi").glob("cnnbook-*.whl")).stat().st_size
    size = pyodide.megabytes(ROOT / "node_modules" / "pyodide", ["numpy"], wheel)
    assert f"loads Python (Pyodide, about {size} MB) from cdn.jsdelivr.net; your browser keeps it." in text
    assert "pyodide.mjs" not in text


def test_pages_hold_the_digests_that_pyodides_files_must_have():
    core = ROOT / "node_modules" / "pyodide"
    soup = BeautifulSoup((SITE / "book/review/write-it-yourself.html").read_text("utf-8"), "html.parser")
    digests = json.loads(soup.select_one("[data-python]")["data-python"])["integrity"]
    for name, digest in zip((*pyodide.CORE, pyodide.LOCK), digests, strict=True):
        digest_of_file = hashlib.sha256((core / name).read_bytes()).digest()
        assert digest == f"sha256-{b64encode(digest_of_file).decode()}"
