"""The key of a run is that of the code in the process that trains it, or the run is refused."""

import functools
import os
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

import cnnbook
import tiny
from cnnbook import models
from cnnbook.records import RecordError, keys, recording


def record(folder, **options):
    return list(recording.record([(tiny.RECIPE, 0)], folder=folder, data=tiny.DATA, **options))


@pytest.fixture(autouse=True)
def _trains_nothing(monkeypatch):
    monkeypatch.setattr(recording, "train", lambda *_, **__: pytest.fail("trained"))


def new_source(monkeypatch, old, new):
    """The file as it is read for a key, edited after this process imported it."""
    source = keys._models_source()
    assert old in source
    monkeypatch.setattr(keys, "_models_source", lambda: source.replace(old, new))
    keys.builder_digest.cache_clear()
    monkeypatch.setattr(keys, "builder_digest", keys.builder_digest.__wrapped__)


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ('activation="softmax", kernel_regularizer', 'activation="sigmoid", kernel_regularizer', "one_layer"),
        ("def one_layer(*, l2=0.0)", "def one_layer(*, l2=0.5)", "one_layer"),
        ("CLASS_COUNT = 10", "CLASS_COUNT = 11", "CLASS_COUNT"),
        ("IMAGE_SHAPE = (32, 32, 3)", "IMAGE_SHAPE = (32, 32, 1)", "IMAGE_SHAPE"),
        ("from keras import layers", "import numpy as layers", "layers"),
    ],
)
def test_a_file_that_was_edited_after_its_import_is_refused(tmp_path, monkeypatch, old, new, part):
    new_source(monkeypatch, old, new)
    with pytest.raises(keys.BuilderError, match=f"{part} in cnnbook.models is not what its file says"):
        record(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("One dense layer from", "A layer from"), ("# height, width, channels", "# rows"), ("\n\n\n", "\n")],
)
def test_words_and_lines_may_be_edited(monkeypatch, old, new):
    new_source(monkeypatch, old, new)
    for recipe in ("one_layer", "dense", "deeper_cnn"):
        keys.require_imported(recipe)


def of_other_names(function, **names):
    """The same program, that finds other things under the names it uses."""
    copy = types.FunctionType(function.__code__, vars(models) | names, function.__name__)
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def wrapped(function):
    @functools.wraps(function)
    def wrapper(**options):
        return function(**options | {"l2": 1.0})

    return wrapper


@pytest.mark.parametrize(
    ("name", "replacement"),
    [
        ("one_layer", lambda **_: None),
        ("one_layer", functools.partial(models.one_layer, l2=1.0)),
        ("one_layer", wrapped(models.one_layer)),
        ("one_layer", of_other_names(models.one_layer, CLASS_COUNT=11)),
        ("one_layer", None),
        ("IMAGE_SHAPE", (32, 32, 1)),
        ("IMAGE_SHAPE", (32.0, 32, 3)),
        ("IMAGE_SHAPE", [32, 32, 3]),
        ("CLASS_COUNT", np.int64(10)),
        ("layers", tiny),
        ("zip", lambda *_, **__: ()),  # Python's own, hidden by one in the module
        ("enumerate", reversed),
    ],
)
def test_a_part_that_was_replaced_in_this_process_is_refused(monkeypatch, name, replacement):
    monkeypatch.setattr(models, name, replacement, raising=False)
    with pytest.raises(keys.BuilderError, match=f"{name} in cnnbook.models is not what its file says"):
        keys.require_imported("one_layer")


def test_defaults_and_programs_that_were_replaced_in_place_are_refused(monkeypatch):
    for name, value in (("__kwdefaults__", {"l2": False}), ("__code__", (lambda *, l2=0.0: None).__code__)):
        with monkeypatch.context() as patch:
            patch.setattr(models.one_layer, name, value)
            with pytest.raises(keys.BuilderError, match=r"one_layer in .* is not what its file says"):
                keys.require_imported("one_layer")
    keys.require_imported("one_layer")


def test_another_module_under_the_name_is_refused(monkeypatch):
    """Training gets the module from the package, whatever Python's own list of modules says."""
    monkeypatch.setattr(cnnbook, "models", tiny)
    with pytest.raises(keys.BuilderError, match=r"one_layer in .* is not what its file says"):
        keys.require_imported("one_layer")


BUILDERS = '''
import functools
import numpy as np
WEIGHTS = np.ones((2, 2))
class Block:
    """Words."""
    size: int = 3
    def __init__(self):
        super().__init__()
        self.name = "block"
    @property
    def area(self):
        return self.size**2
    @staticmethod
    def kind():
        return "relu"
def doubled(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        return [function(*arguments)] * 2
    return wrapper
@doubled
def net():
    """Words."""
    name = (lambda: "dense")()
    try:
        return Block().kind(), WEIGHTS.sum(), name
    except ValueError:
        return "none"
'''


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ('"""Words."""', '"""Other words."""', None),
        ("\ndef doubled", "\n\n\n# A comment.\ndef doubled", None),
        ("np.ones((2, 2))", "np.ones((1, 2))", "WEIGHTS"),
        ("np.ones((2, 2))", "np.ones((2, 2), np.float32)", "WEIGHTS"),
        ("size: int = 3", "size: int = 5", "Block"),
        ("self.size**2", "self.size**3", "Block"),
        ('return "relu"', 'return "elu"', "Block"),
        ("@staticmethod", "@classmethod", "Block"),
        ("class Block:", "class Block(dict):", "Block"),
        ("] * 2", "] * 3", "doubled, net"),
        ('lambda: "dense"', 'lambda: "conv"', "net"),
        ('return "none"', 'return "nothing"', "net"),
        ("def net():", "def net(size=1):", "net"),
        ("except ValueError", "except TypeError", "net"),
    ],
)
def test_every_kind_of_part_is_compared(monkeypatch, old, new, part):
    assert old in BUILDERS
    imported = types.ModuleType("cnnbook.models")
    exec(BUILDERS, vars(imported))
    monkeypatch.setattr(cnnbook, "models", imported)
    monkeypatch.setattr(keys, "_models_source", lambda: BUILDERS.replace(old, new))
    monkeypatch.setattr(keys, "builder_digest", keys.builder_digest.__wrapped__)
    if part is None:
        keys.require_imported("net")
        return
    with pytest.raises(keys.BuilderError, match=f"^{part} in cnnbook.models is not what its file says"):
        keys.require_imported("net")


@pytest.mark.parametrize("line", ["from cnnbook.shapes import output_size", "import cnnbook.shapes", "from . import x"])
@pytest.mark.parametrize("inside", [True, False])
def test_a_builder_that_imports_code_of_the_book_has_no_key(line, inside):
    name = line.rpartition(" ")[2].split(".")[0]
    source = f"def net():\n    {line}\n" if inside else f"{line}\ndef net():\n    return {name}\n"
    with pytest.raises(keys.BuilderError, match="imports code of the book's own, which no key follows"):
        keys.builder_digest("net", source)
    keys.builder_digest("net", f"{line}\ndef net():\n    return 1\n")  # which does not use it


def test_every_builder_of_the_book_is_what_its_file_says():
    for name in ("one_layer", "dense", "simple_cnn", "downsampled_cnn", "shuffled", "deeper_cnn"):
        keys.require_imported(name)


@pytest.mark.parametrize("change", [{"TRAINING_VERSION": -1}, {"fingerprint": lambda: "x"}])
def test_a_worker_with_another_version_of_the_code_is_refused(monkeypatch, change):
    expected = {("tiny", 0): keys.run_key(tiny.RECIPE, 0)}
    for name, value in change.items():
        monkeypatch.setattr(keys, name, value)
    with pytest.raises(RecordError, match="where this run trains differs from what its key was taken from"):
        recording._train_keyed(tiny.RECIPE, 0, keys=expected)


OLD_KEYS = """
import shutil, sys
from pathlib import Path
import tiny
from cnnbook import CnnBookError
from cnnbook.records import keys, recording
import cnnbook
models = Path(cnnbook.__file__).with_name("models.py")
keys.builder_digest("one_layer")
import cnnbook.models
models.write_text(models.read_text("utf-8").replace('activation="softmax", k', 'activation="sigmoid", k'), "utf-8")
try:
    list(recording.record([(tiny.RECIPE, 0)], threads=1, folder=sys.argv[1], data=tiny.DATA))
except CnnBookError as error:
    print(error)
"""


@pytest.mark.slow
def test_an_own_process_that_imports_an_edited_file_is_refused(tmp_path):
    """The parent took the key and imported the file before the edit, the process that trains after it."""
    import shutil

    shutil.copytree(Path(cnnbook.__file__).parent, tmp_path / "code" / "cnnbook", ignore=lambda *_: ["results"])
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(tmp_path / "code"), os.path.dirname(tiny.__file__)]),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    call = [sys.executable, "-c", OLD_KEYS, str(tmp_path / "results")]
    done = subprocess.run(call, env=environment, capture_output=True, text=True)
    assert "where this run trains differs from what its key was taken from" in done.stdout, done.stderr
    assert list((tmp_path / "results").iterdir()) == []


def test_the_run_of_unchanged_code_is_trained(tmp_path, trained, monkeypatch):
    monkeypatch.setattr(recording, "train", lambda *_, **__: trained)
    assert [record.seed for record in record(tmp_path)] == [0]
