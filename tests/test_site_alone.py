"""What a reader can do who has the site and no repository: install the module, or do without it."""

import re
from itertools import chain
from types import SimpleNamespace

import numpy as np
import pytest

from booksite.lite import wheels
from cnnbook import data, experiments, records
from cnnbook.data import layouts, sources
from cnnbook.handin import tasks
from pages import BOOK

TEXTS = {path.relative_to(BOOK).as_posix(): path.read_text("utf-8") for path in sorted(BOOK.rglob("*.md"))}
NEEDING_THE_MODULE = (
    *("ex-data-colour", "ex-one-layer-confusion", "ex-deeper-too-fast", "ex-deeper-sixth"),
    *("ex-write-count-parameters", "ex-libraries-port"),
)
INSTALLING = ("intro.md", "review/hand-in.md")


@pytest.mark.parametrize("page", INSTALLING)
def test_a_page_that_says_how_to_install_offers_the_file(page):
    assert f"</_build/wheel/{wheels.OWN}>`" in TEXTS[page]
    assert f"python -m pip install {wheels.OWN} tensorflow jupyterlab" in TEXTS[page]


def test_the_wheel_has_one_name_wherever_it_is_typed():
    practical = "".join(cell.source for cell in tasks.template())
    assert f"python -m pip install {wheels.OWN} tensorflow jupyterlab" in practical
    assert set(re.findall(r"[\w.-]+\.whl", "".join([practical, *TEXTS.values()]))) == {wheels.OWN}


@pytest.mark.parametrize("page", [page for page, text in TEXTS.items() if "python -m cnnbook" in text])
def test_a_page_with_a_command_of_the_module_says_where_the_module_comes_from(page):
    assert "(run-it-yourself)=" in TEXTS[page] or "{ref}`run-it-yourself`" in TEXTS[page]


@pytest.mark.parametrize("label", NEEDING_THE_MODULE)
def test_an_exercise_that_needs_the_module_says_how_to_get_it_or_do_without(label):
    (text,) = re.findall(rf":label: {label}\n(.*?)\{{exercise-end\}}", "".join(TEXTS.values()), re.DOTALL)
    assert "run-it-yourself" in text or "np.load" in text


@pytest.mark.data
def test_the_arrays_without_the_module_are_those_of_the_module():
    (code,) = re.findall(r"^```python\nimport keras\n(.*?)^```", TEXTS["experiments/one-layer.md"], re.M | re.DOTALL)
    _, batches = sources.obtain()
    *training, test = (batches[batch.name] for batch in layouts.PUBLISHED.batches)
    official = [(x, y.astype(np.uint8)[:, None]) for x, y in (data.decode(b"".join(training)), data.decode(test))]
    shown = []
    plt = SimpleNamespace(imshow=shown.append, title=shown.append)
    loader = SimpleNamespace(load_data=lambda: official)  # as Keras gives them: labels are a column of bytes
    names = {"np": np, "plt": plt, "keras": SimpleNamespace(datasets=SimpleNamespace(cifar10=loader))}
    exec(re.sub(r"^(import|from) .*\n", "", code, flags=re.M), names)
    module = data.cifar10()
    for part, wanted in module._asdict().items():
        np.testing.assert_array_equal(names[part], wanted, err_msg=part)
    assert tuple(names["classes"]) == data.CLASSES
    np.testing.assert_array_equal(shown[0], module.x_train[0])
    assert shown[1] == data.CLASSES[module.y_train[0]]


def test_the_files_to_download_hold_what_their_exercises_say():
    files = [re.findall(r"\{download\}`(\S+) </(code/\S+)>`", text) for text in TEXTS.values()]
    arrays = {name: np.load(BOOK.parent / path) for name, path in chain.from_iterable(files)}
    sample, run = data.sample(), records.load(experiments.recipe("one-layer"), 0)
    for file, name, wanted in [
        ("sample.npz", "images", sample.images),
        ("sample.npz", "labels", sample.labels),
        ("sample.npz", "test_labels", data.test_labels()),
        ("one-layer-seed0.npz", "test_predictions", run.test_predictions),
    ]:
        np.testing.assert_array_equal(arrays[file][name], wanted)


def test_the_table_of_pages_has_every_task_of_the_notebook_once():
    section = TEXTS["review/hand-in.md"].partition("(practical-tasks)=")[2].partition("## Checks")[0]
    rows = [row.split("|")[2:4] for row in re.findall(r"^\|.*\|$", section, re.M)[2:]]
    numbers = [number for row in rows for number in re.findall(r"\d\.\d", row[0])]
    assert numbers == [number for number in tasks.by_number(tasks.template()) if number]
    assert all("{ref}`" in row[1] for row in rows)
