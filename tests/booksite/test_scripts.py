"""The browser's scripts: small, and joined by esbuild. `test_quiz.py` looks at which pages get them."""

import gzip
from types import SimpleNamespace

import pytest
from built import ROOT
from sphinx.errors import ConfigError

from booksite import scripts

#: Bytes of each script as it is sent; no page has two. Half of the practice page's are the words of its problems.
_MOST_BYTES = {
    "quiz": 4_000,
    "quiz-dots": 1_500,
    "review": 8_500,
    "practice": 13_000,
    "practice-misses": 1_000,
    "practice-later": 3_000,
    "practice-picture": 5_500,
    "due": 1_000,  # a part of every page
    "challenges": 5_000,
    "overview": 1_200,
    "exercises": 1_500,
    "projector-later": 2_500,
    # Of cells that run in the page: with what a page shows before a press, and what the first press brings.
    "run": 2_500,
    "run-later": 4_000,
    "run-editor": 120_000,
    "run-worker": 8_000,
}

#: Of a lab's script, its own part; and the part that all labs share.
_MOST_OF_A_LAB, _MOST_SHARED = 12_000, 8_000


def packed(source):
    """Bytes of a joined and minified script as it is sent."""
    return len(gzip.compress(scripts.join(ROOT, source, "--format=iife", "--minify", "--target=es2020").encode(), 9))


@pytest.mark.parametrize("name", [*scripts.ENTRIES, *scripts.LATER, "due"])
def test_scripts_are_small(name):
    shared = packed('import { live } from "./labs/page.js"; live({});')
    assert shared < _MOST_SHARED
    most = (
        shared + _MOST_OF_A_LAB
        if name.startswith("lab-")
        else _MOST_BYTES.get(name) or _MOST_BYTES[name.partition("-")[0]]
    )
    assert packed(scripts.source_of(name)) < most


def test_the_engine_is_in_no_script_but_its_own():
    for name in {*scripts.ENTRIES, *scripts.LATER} - {"lab-engine"}:
        assert "WebAssembly" not in scripts.join(ROOT, scripts.source_of(name)), name
    assert packed(scripts.source_of("lab-engine")) < 9_000


def test_a_filter_learns_in_less_than_a_kilobyte():
    assert packed('import { compare, descend } from "./labs/descent.js"; self.learn = [compare, descend];') < 1_000


def test_a_missing_esbuild_is_one_sentence(tmp_path):
    with pytest.raises(ConfigError, match=r"esbuild.*run `npm ci`"):
        scripts.bundle(tmp_path, "quiz", tmp_path / "quiz.js")


def test_a_script_that_cannot_be_joined_is_an_error(tmp_path):
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    source = tmp_path / "book/assets/scripts/quiz.js"
    source.parent.mkdir(parents=True)
    source.write_text('import { nothing } from "./nowhere.js";\nnothing();\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"nowhere\.js"):
        scripts.bundle(tmp_path, "quiz", tmp_path / "quiz.js")
    assert not (tmp_path / "quiz.js").exists()
    source.write_text("export const text = '…';\nconsole.log(text);\n", encoding="utf-8")
    scripts.bundle(tmp_path, "quiz", tmp_path / "quiz.js")
    joined = (tmp_path / "quiz.js").read_text("utf-8")
    assert "export" not in joined
    assert "…" in joined
    date = (tmp_path / "quiz.js").stat().st_mtime_ns
    scripts.bundle(tmp_path, "quiz", tmp_path / "quiz.js")
    assert (tmp_path / "quiz.js").stat().st_mtime_ns == date


def test_loops_that_wabt_cannot_translate_are_an_error(tmp_path):
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    loops = tmp_path / "book/assets/scripts/engine/kernels.wat"
    loops.parent.mkdir(parents=True)
    loops.write_text("(module (func (i32.add)))", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"wat2wasm cannot translate kernels\.wat: .*i32\.add"):
        scripts.join(tmp_path, "export {};")


def test_a_page_gets_the_scripts_that_it_asks_for_and_a_missing_one_is_a_warning(tmp_path, monkeypatch):
    files, warnings = [], []
    monkeypatch.setattr(scripts.logger, "warning", lambda text, *values, location: warnings.append(text % values))
    app = SimpleNamespace(
        srcdir=tmp_path, add_js_file=lambda name, loading_method: files.append(name), add_css_file=files.append
    )
    for body in ("<p>data-practice</p>", "<div data-practice>"):
        scripts.add_scripts(app, "page", "", {"body": body}, None)
    assert files == []
    assert warnings == [
        f"The page needs the script book/assets/scripts/{name}.js, which does not exist."
        for name in ("practice", "practice-misses")
    ]
    (tmp_path / scripts.FOLDER).mkdir(parents=True)
    (tmp_path / scripts.FOLDER / "practice.js").touch()
    scripts.add_scripts(app, "page", "", {"body": "<div data-practice>"}, None)
    assert files == ["practice.js", "practice.css"]
    assert warnings[2:] == warnings[1:2]
