"""The named recipes of the book, and the claims that its prose makes about them.

A claim is data with a lower and an upper bound. A test holds each against the records, and the site is not published
if one fails. Pages print the measured values, never the wording of the bounds alone.
"""

import base64
import dataclasses
import importlib.resources
import json
from pathlib import Path

from cnnbook import CnnBookError, data, intervals, records, reference
from cnnbook.records import speedruns
from cnnbook.records.measurements import Measurement
from cnnbook.training import Recipe, build, epochs, fast_recipes
from cnnbook.training.recipe import CLOCK_VERSION

# Exercise 2: shallow networks with the practical's settings; one layer in three versions, then two layers.
SHALLOW = (
    Recipe(name="one-layer", builder="one_layer", arguments={"l2": 0.05}, epochs=5, keep_weights=(0,)),
    Recipe(name="one-layer-no-l2", builder="one_layer", arguments={"l2": 0.0}, epochs=5, keep_weights=(0,)),
    Recipe(name="one-layer-all-images", builder="one_layer", arguments={"l2": 0.05}, epochs=5, hold_out=False),
    Recipe(name="two-layer", builder="dense", epochs=30),
)


def tuning(name: str, **changes) -> Recipe:
    """The two-layer network with `changes`: fields of `Recipe` or arguments of the builder."""
    fields = {field.name for field in dataclasses.fields(Recipe)}
    return Recipe(
        name=name,
        builder="dense",
        arguments={key: value for key, value in changes.items() if key not in fields},
        **{"epochs": 30} | {key: value for key, value in changes.items() if key in fields},
    )


# One change at a time, then together. The validation images choose; see `best_dense`.
_ALL = {"units": [512, 256], "standardise": True, "batch_norm": True, "batch_size": 256, "epochs": 20}
_ALL |= {"optimizer_arguments": {"learning_rate": 0.002}, "warm_up": 0.1}
TUNING = (
    tuning("dense-wider", units=[256]),
    tuning("dense-deeper", units=[128, 128]),
    tuning("dense-l2", l2=1e-4),
    tuning("dense-dropout", dropout=0.2),
    tuning("dense-batch-norm", batch_norm=True),
    tuning("dense-standardised", standardise=True),
    tuning("dense-small-steps", optimizer_arguments={"learning_rate": 3e-4}),
    tuning("dense-decay", warm_up=0.1),
    tuning("dense-flips", flip=True),
    tuning("dense-together", dropout=0.2, **_ALL),
    tuning("dense-together-flips", dropout=0.2, flip=True, **_ALL),
)

# What each of them changes, as the page says it.
CHANGES = {
    "two-layer": "128 units, the practical's",
    "dense-wider": "256 units",
    "dense-deeper": "two hidden layers of 128 units",
    "dense-l2": "L2 penalty, weight 0.0001",
    "dense-dropout": "dropout: a fifth of the hidden outputs zeroed",
    "dense-batch-norm": "batch normalisation",
    "dense-standardised": "input standardised: mean 0, variance 1",
    "dense-small-steps": "learning rate 0.0003 instead of 0.001",
    "dense-decay": "learning rate that climbs, then falls",
    "dense-flips": "images mirrored in every second epoch",
    "dense-together": (
        "together: 512 and 256 units, dropout 0.2, batch normalisation, standardised, falling rate from 0.002, batches "
        "of 256, 20 epochs"
    ),
    "dense-together-flips": "together, and mirrored",
}

# Exercise 3: the practical's simple CNN, then five deeper ones. Each of the five goes a step beyond the one before. All
# are trained in the same way, except for the learning rate: at 0.1 those without batch normalisation learn nothing.
_STAGES = {"filters": [24, 48, 96]}
_PAIRS = _STAGES | {"convolutions": [1, 1, 2]}
_NORM = _PAIRS | {"batch_norm": True}
_DROPOUT = _NORM | {"dropout": 0.1}
_RESIDUAL = _DROPOUT | {"filters": [24, 48, 96, 192], "convolutions": [1, 2, 2, 2], "residual": True}
_AUGMENTED = {"flip": True, "shift": 2}


def deeper(number: int, arguments: dict, rate: float, **fields) -> Recipe:
    """One of the five: Nesterov's momentum, a learning rate that climbs and falls, smoothed labels, ten epochs."""
    return Recipe(
        name=f"deeper-{number}",
        builder="deeper_cnn",
        arguments=arguments,
        optimizer="SGD",
        optimizer_arguments={"learning_rate": rate, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4},
        warm_up=0.25,
        loss_arguments={"label_smoothing": 0.1},
        epochs=10,
        **fields,
    )


SIMPLE_CNN = Recipe(name="simple-cnn", builder="simple_cnn", epochs=10, keep_weights=(0,), keep_epochs=(0,))
DEEPER = (
    deeper(1, _STAGES, 0.03),
    deeper(2, _PAIRS, 0.03),
    deeper(3, _NORM, 0.1),
    deeper(4, _DROPOUT, 0.1, **_AUGMENTED),
    deeper(5, _RESIDUAL, 0.1, **_AUGMENTED, keep_weights=(0,)),
)

# The simple CNN trained as the five are: what their training gains is told apart from what their depth gains.
SIMPLE_CNN_SGD = dataclasses.replace(DEEPER[0], name="simple-cnn-sgd", builder="simple_cnn", arguments={})

# The fifth with more of everything, for a machine with a GPU: 13 times the computation, three times the epochs.
WIDE = dataclasses.replace(
    DEEPER[-1],
    name="deeper-wide",
    arguments=_RESIDUAL | {"filters": [64, 128, 256, 512], "convolutions": [2, 3, 3, 3]},
    epochs=30,
    keep_weights=(),
)

# Exercise 4: what the two networks make of shuffled pixels, and what the simple CNN does without its max pooling.
SHUFFLED = (
    Recipe(name="two-layer-shuffled", builder="shuffled", arguments={"network": "dense"}, epochs=30),
    Recipe(name="simple-cnn-shuffled", builder="shuffled", arguments={"network": "simple_cnn"}, epochs=10),
)
# The simple CNN again, on the device that recorded these: what they are compared with.
SIMPLE_CNN_AGAIN = dataclasses.replace(SIMPLE_CNN, name="simple-cnn-gpu", keep_weights=(), keep_epochs=())
DOWNSAMPLED = tuple(
    Recipe(name=f"simple-cnn-{how}", builder="downsampled_cnn", arguments={"how": how}, epochs=10)
    for how in ("average", "stride", "nothing")
)

RECIPES = {
    recipe.name: recipe
    for recipe in (
        *SHALLOW,
        *TUNING,
        SIMPLE_CNN,
        SIMPLE_CNN_SGD,
        *DEEPER,
        WIDE,
        *SHUFFLED,
        SIMPLE_CNN_AGAIN,
        *DOWNSAMPLED,
    )
}


def recipe(name: str) -> Recipe:
    """The recipe called `name`; the error for an unknown name lists the known ones."""
    if name not in RECIPES:
        raise CnnBookError(f"there is no recipe {name!r}; choose from {', '.join(RECIPES)}")
    return RECIPES[name]


# Recipes as a reader knows them, in charts and tables.
TITLES = {
    "one-layer": "one layer",
    "one-layer-all-images": "one layer, all images",
    "one-layer-no-l2": "one layer, no penalty",
    "two-layer": "two layers",
    "simple-cnn": "simple CNN",
    "simple-cnn-sgd": "simple CNN, momentum",
    "simple-cnn-average": "simple CNN, average pooling",
    "simple-cnn-stride": "simple CNN, stride of 2",
    "deeper-1": "CNN 1",
    "deeper-2": "CNN 2",
    "deeper-3": "CNN 3",
    "deeper-4": "CNN 4",
    "deeper-5": "CNN 5",
}
# Those that the lab of seeds compares. None is `unread`.
COMPARED = (
    *("one-layer", "one-layer-all-images", "one-layer-no-l2", "two-layer"),
    *("simple-cnn", "simple-cnn-sgd", "simple-cnn-average", "simple-cnn-stride"),
    *("deeper-1", "deeper-2", "deeper-3"),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Claim:
    """A sentence of the book about test accuracy, in a form that can be wrong."""

    says: str  # what the prose claims, in words
    of: str  # a recipe; its mean test accuracy over its seeds, in percent, is held against the bounds
    minus: str | None = None  # another recipe, whose accuracy is subtracted first, seed by seed
    beyond: tuple[str, str] | None = None  # two more, whose difference is subtracted too: two differences are compared
    lower: float  # both bounds are included, in percent, or in points if there is a `minus`
    upper: float

    def measured(self, folder: Path = records.RESULTS) -> intervals.Interval:
        """The value that the records give, with its interval of 95 %."""
        values = _differences(self.of, self.minus, folder)
        if self.beyond is None:
            return intervals.interval(values)
        return intervals.paired(values, _differences(*self.beyond, folder))

    def holds(self, folder: Path = records.RESULTS) -> bool:
        """Whether the whole interval lies within the bounds: a claim is no sharper than what was measured."""
        measured = self.measured(folder)
        return self.lower <= measured.low and measured.high <= self.upper


CLAIMS = (
    Claim(says="one layer gets about a third of the test images right", of="one-layer", lower=28, upper=36),
    Claim(says="without the penalty one layer does better", of="one-layer-no-l2", minus="one-layer", lower=2, upper=12),
    Claim(says="two layers reach about 45 %", of="two-layer", lower=43, upper=50),
    Claim(
        says="one convolution gains at least 10 points over two layers",
        of="simple-cnn",
        minus="two-layer",
        lower=10,
        upper=30,
    ),
    Claim(
        says="trained as the five are, the simple CNN gains less than four points",
        of="simple-cnn-sgd",
        minus="simple-cnn",
        lower=0,
        upper=4,
    ),
    Claim(
        says="depth and more filters gain at least ten points",
        of="deeper-1",
        minus="simple-cnn-sgd",
        lower=10,
        upper=30,
    ),
    Claim(says="the best CNN for a processor passes 85 %", of="deeper-5", lower=85, upper=100),
    Claim(
        says="shuffled pixels change a dense network by less than five points",
        of="two-layer",
        minus="two-layer-shuffled",
        lower=-5,
        upper=5,
    ),
    Claim(
        says="shuffled pixels cost a CNN at least five points",
        of="simple-cnn-gpu",
        minus="simple-cnn-shuffled",
        lower=5,
        upper=20,
    ),
    Claim(
        says="shuffled pixels cost a CNN more than a dense network",
        of="simple-cnn-gpu",
        minus="simple-cnn-shuffled",
        beyond=("two-layer", "two-layer-shuffled"),
        lower=0,
        upper=20,
    ),
    Claim(says="max pooling beats average pooling", of="simple-cnn-gpu", minus="simple-cnn-average", lower=0, upper=10),
    Claim(says="max pooling beats a stride of 2", of="simple-cnn-gpu", minus="simple-cnn-stride", lower=0, upper=10),
    Claim(says="max pooling beats no shrinking", of="simple-cnn-gpu", minus="simple-cnn-nothing", lower=0, upper=10),
    Claim(says="with a GPU's computation it passes 92 %", of="deeper-wide", lower=92, upper=100),
)


def _differences(name, minus, folder):
    """Test accuracies of a recipe minus those of another, if there is one, seed by seed."""
    values = accuracies(name, folder=folder)
    if minus is None:
        return values
    return [value - base for value, base in zip(values, accuracies(minus, folder=folder), strict=False)]


def accuracies(name: str, split: str = "test", *, folder: Path = records.RESULTS) -> list[float]:
    """Accuracy of each of the book's seeds of a recipe, in percent, from its records; trains nothing.

    The test accuracies of the tuning recipes are recorded with the rest, but the book reads only those of the chosen
    one.
    """
    chosen = recipe(name)
    return [records.load(chosen, seed, folder=folder).accuracy(split) for seed in range(chosen.seeds)]


def compared() -> dict:
    """What the lab of seeds draws from: the accuracies of `COMPARED` by name, and `intervals.student_t` for 2 to 10."""
    recipes = {name: {"words": TITLES[name], "accuracies": accuracies(name)} for name in COMPARED}
    return {"recipes": recipes, "t": {n: intervals.student_t(n) for n in range(2, 11)}}


def best_dense(*, folder: Path = records.RESULTS) -> str:
    """The dense network with the best mean validation accuracy, by name: two layers, or one of the tuning recipes."""
    names = ["two-layer", *(recipe.name for recipe in TUNING)]
    return max(names, key=lambda name: intervals.mean_sd(accuracies(name, "valid", folder=folder))[0])


def unread(*, folder: Path = records.RESULTS) -> set[str]:
    """Names of recipes whose test accuracy the book does not read: trials that the validation images did not choose.

    As long as a trial is not recorded, none is chosen, and all are included.
    """
    trials = {recipe.name for recipe in TUNING}
    try:
        return trials - {best_dense(folder=folder)}
    except records.RecordError:
        return trials


def recorded_filters(name: str, layer: str, seed: int = 0) -> dict[str, list]:
    """The filters of a convolution as a recipe's record keeps them, for the labs: its `kernel` and its `bias`.

    Six decimals are finer than the record's half precision. Neither Keras nor the data set is needed.
    """
    weights = records.load(recipe(name), seed).weights
    return {part: weights[f"{layer}/{part}"].astype(float).round(6).tolist() for part in ("kernel", "bias")}


def recorded_weights(name: str, seed: int = 0) -> bytes:
    """All weights of a network as a recipe's record keeps them, for the labs: half precision, low byte first.

    They come layer by layer, in the order of Keras. Neither Keras nor the data set is needed.
    """
    weights = records.load(recipe(name), seed).weights
    return b"".join(array.astype("<f2").tobytes() for array in weights.values())


# What a run of the lab of training depends on, in the order in which the lab names it; and what was measured of it.
BROWSER_SETTINGS = (
    *("images", "count", "seed", "learning_rate", "batch_size"),
    *("filters", "kernel_size", "convolutions", "flips"),
)
BROWSER_TRAINING = Path(str(importlib.resources.files("cnnbook") / "browser_training.json"))

_OF_THE_FIRST_LAYER = ("conv/kernel", "conv/bias")


def recorded_epochs(seed: int = 0) -> dict:
    """The simple CNN's weights at the start and after every epoch, for the lab: `text`, `scales` and `confusion`.

    `text` has all steps of eight bits in base 64, epoch after epoch, each with its arrays in the order of Keras;
    `scales` one number for each of these arrays; `confusion` what each network said of the validation images.
    """
    arrays = records.load(SIMPLE_CNN, seed, with_epochs=True).epochs
    names = [name.removeprefix("epochs/") for name in arrays if name.startswith("epochs/")]
    return _epoch_texts(arrays, names, range(SIMPLE_CNN.epochs + 1)) | {"confusion": arrays["confusion"].tolist()}


def recorded_training(image: int, seed: int = 0) -> dict:
    """What the lab of training shows of the simple CNN before it has `recorded_epochs`: the history and the last epoch.

    Of that it has the convolution, as in `recorded_epochs`, and the `probabilities` of a sample `image`. `baseline` is
    the two-layer network's mean test accuracy, `first` the share of the validation images that the network got right
    before its training.
    """
    record = records.load(SIMPLE_CNN, seed, with_epochs=True)
    last, history = SIMPLE_CNN.epochs, record.history
    convolution = _epoch_texts(record.epochs, _OF_THE_FIRST_LAYER, [last])
    confusion = record.epochs["confusion"]
    names = {"accuracy": "accuracy", "loss": "categorical_crossentropy"}
    series = {f"{of}{name}": history[f"{of}{field}"] for of in ("", "val_") for name, field in names.items()}
    return {
        "words": f"the book's run of seed {seed}",
        "history": series,
        "epoch": last,
        "image": image,
        "text": convolution["text"],
        "scales": convolution["scales"][0],
        "confusion": confusion[last].tolist(),
        "first": float(confusion[0].trace() / confusion[0].sum()),
        "baseline": two_layer_share(),
        "probabilities": _probabilities(epochs.weights_of(record.epochs, last), image).round(6).tolist(),
    }


def _epoch_texts(arrays, names, chosen):
    """Steps in base 64 and scales of some arrays, for the `chosen` epochs."""
    steps = b"".join(arrays[f"epochs/{name}"][epoch].tobytes() for epoch in chosen for name in names)
    scales = [[float(arrays[f"scales/{name}"][epoch]) for name in names] for epoch in chosen]
    return {"text": base64.b64encode(steps).decode(), "scales": scales}


def _probabilities(weights, image):
    """What the simple CNN with these weights says of a sample image, without Keras."""
    pixels = data.sample().images[image : image + 1] / 255
    maps = reference.conv2d(pixels, weights["conv/kernel"], weights["conv/bias"], padding="same")
    pooled = reference.max_pool2d(reference.relu(maps), 2)
    return reference.softmax(pooled.reshape(1, -1) @ weights["scores/kernel"] + weights["scores/bias"])[0]


# The first of the five learns eight classes, then few images of the two others.
TRANSFER = Measurement(
    name="transfer",
    recipe=dataclasses.replace(DEEPER[0], epochs=5),
    seeds=3,
    settings={
        "new": ["cat", "dog"],
        "counts": [25, 100],  # of images of each class
        "rates": [1e-4, 3e-4, 1e-3],  # of which the validation images choose one
        "batch_size": 32,
        "epochs": 40,
        "head_epochs": 10,  # of these, with a new last layer alone before fine-tuning
    },
)

# The simple CNN from the same seeds, computed in other ways. What each is compared with comes first.
NUMERICS = Measurement(
    name="numerics",
    recipe=dataclasses.replace(SIMPLE_CNN, epochs=3),
    seeds=3,
    settings={
        "ways": {
            "two threads": {"threads": 2, "policy": "float32"},
            "two threads again": {"threads": 2, "policy": "float32"},
            "one thread": {"threads": 1, "policy": "float32"},
            "mixed bfloat16": {"threads": 2, "policy": "mixed_bfloat16"},
        }
    },
)

# What runs against the clock, and what that is held against.
AGAINST_THE_CLOCK: dict[str, Recipe] = {
    **(fast_recipes.RECIPES | fast_recipes.LADDER),
    **{recipe.name: recipe for recipe in (fast_recipes.TUTORIAL, RECIPES["deeper-5"])},
}

# The network of one minute, idea by idea.
IDEAS = Measurement(
    name="ideas",
    recipe=fast_recipes.RECIPES["fast-narrow"],
    seeds=3,
    settings={
        "epochs": 1,
        "ladder": {name: recipe.settings() for name, recipe in fast_recipes.LADDER.items()},
        "clock": CLOCK_VERSION,
    },
)

# What an answer of these networks costs.
ASKED = (
    *(RECIPES[name] for name in ("one-layer", "two-layer", "simple-cnn", "deeper-5")),
    dataclasses.replace(fast_recipes.RECIPES["fast-middle"], epochs=10),
)
INFERENCE = Measurement(
    name="inference",
    recipe=ASKED[-1],
    seeds=1,
    settings={"batches": [1, 256], "calibration": 500},
    beside=ASKED[:-1],
)


def transfer() -> dict:
    """Cats and dogs learned from few images, as ``benchmarks/transfer.py`` measured it.

    `runs` have for each seed the `accuracies` on the test images, from 0 to 1, by the number of images of each class
    and by the way in which the network was trained; `recipe` names that of all networks.
    """
    return TRANSFER.read()


def numerics() -> dict:
    """One recipe and seed computed in several ways, as ``benchmarks/numerics.py`` measured it.

    `runs` have for each seed, by the way: the `accuracy` on the test images, the share of them on which it `agrees`
    with the first way, and the largest `difference` of a weight from that of the first way.
    """
    return NUMERICS.read()


def against_the_clock(minutes: float, *, amx: bool = False) -> dict[str, list[dict]]:
    """Runs of so many minutes, by the name of their recipe, as ``benchmarks/speedrun.py`` kept them.

    Those with `amx` are of a processor with that instruction set, the others of one without. Each has the fields of
    `cnnbook.training.speedrun.Result`, accuracies from 0 to 1.
    """
    return speedruns.read(AGAINST_THE_CLOCK, minutes, amx=amx)


def ideas() -> dict:
    """What each idea of the speedrun contributes, as ``benchmarks/ideas.py`` measured it.

    `runs` have for each seed the accuracies on the `valid` images, from 0 to 1, by the name of the rung.
    """
    return IDEAS.read()


def inference() -> dict:
    """What answers of trained networks cost, as ``benchmarks/inference.py`` measured it.

    `runs` have for each network and each way of asking it the `seconds_per_image`, a median by the size of the batch;
    where all test images were asked the share that was right, `test`, from 0 to 1; and of files their `bytes`.
    """
    return INFERENCE.read()


def browser_training() -> dict:
    """Ten seeds of the lab's own training with its defaults, as ``benchmarks/browser_training.py`` measured them.

    `runs` have the shares of the 500 test images that were right at the start and after each epoch, `tests`, and the
    `seconds` that had gone by after each; `device` and `versions` say where.
    """
    return json.loads(BROWSER_TRAINING.read_text("utf-8"))


def seconds_to_pass(content: dict) -> list[float]:
    """Of each run that `browser_training` gives and that passes the two-layer network: how long that took."""
    share = two_layer_share()
    passed = (
        next((epoch for epoch, right in enumerate(run["tests"]) if right > share), None) for run in content["runs"]
    )
    return [run["seconds"][epoch - 1] for run, epoch in zip(content["runs"], passed, strict=True) if epoch]


def two_layer_share() -> float:
    """The two-layer network's mean test accuracy, from 0 to 1: what a network of the lab of training has to pass."""
    return intervals.mean_sd(accuracies("two-layer"))[0] / 100


def trained_model(name: str, seed: int = 0, *, folder: Path = records.RESULTS):
    """The network of a recipe with its recorded weights.

    The recipe keeps the weights of `seed`, else this is a `RecordError`. They are stored in half precision; a test
    holds their predictions against the recorded ones.
    """
    chosen = recipe(name)
    record = records.load(chosen, seed, folder=folder)
    if not record.weights:
        raise records.RecordError(
            f"the record of {name!r} with seed {seed} has no weights; add the seed to its recipe's keep_weights, and "
            f"make it again with `{records.command(chosen, seed)} --fresh`"
        )
    model = build(chosen)
    for layer in model.layers:
        layer.set_weights([record.weights[f"{layer.name}/{variable.name}"] for variable in layer.weights])
    return model
