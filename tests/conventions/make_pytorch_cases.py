"""Ask PyTorch what it does, and write it to ``pytorch_cases.json`` beside this file.

Neither the book nor its tests need PyTorch; this script is run by hand where PyTorch is installed, when a case is
added: ``python make_pytorch_cases.py``. A size of null means that PyTorch raised an error.
"""

import itertools
import json
import platform
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

warnings.filterwarnings("ignore", message="Using padding='same' with even kernel lengths")
ROW = [1, 2, 3, 4, 5, 6, 7, 8]


GRIDS = {
    "conv": {
        "n": [1, 4, 7, 8, 9, 32],
        "kernel_size": [1, 2, 3, 5],
        "stride": [1, 2, 3],
        "padding": [0, 1, 2, "same"],
        "dilation": [1, 2],
    },
    "pool": {
        "n": [1, 2, 4, 7, 8, 9, 32],
        "kernel_size": [1, 2, 3, 5],
        "stride": [1, 2, 3, 4],
        "padding": [0, 1, 2],
        "ceil_mode": [False, True],
    },
    "transposed": {
        "n": [1, 2, 4, 7],
        "kernel_size": [1, 2, 3, 4],
        "stride": [1, 2, 3],
        "padding": [0, 1, 2],
        "dilation": [1, 2],
        "output_padding": [0, 1, 2],
    },
}


def size_of(layer, *arguments, **options):
    """The last axis of what a layer returns, or None where PyTorch refuses."""
    try:
        return layer(*arguments, **options).shape[-1]
    except (RuntimeError, ValueError):
        return None


def conv_size(n, kernel_size, **options):
    return size_of(functional.conv1d, torch.ones(1, 1, n), torch.ones(1, 1, kernel_size), **options)


def transposed_size(n, kernel_size, **options):
    return size_of(functional.conv_transpose1d, torch.ones(1, 1, n), torch.ones(1, 1, kernel_size), **options)


def pool_size(n, kernel_size, stride, padding, ceil_mode):
    """The size of a maximum and of an average, which must agree."""
    pairs = ((1, kernel_size), (1, stride), (0, padding))
    pools = (functional.max_pool2d, functional.avg_pool2d)
    largest, mean = (size_of(pool, torch.ones(1, 1, 1, n), *pairs, ceil_mode=ceil_mode) for pool in pools)
    assert largest == mean, (n, pairs, ceil_mode)
    return largest


def message_of(compute):
    """The first line of the error that PyTorch raises; it must raise one."""
    try:
        compute()
    except (RuntimeError, ValueError) as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]
    raise AssertionError("no error")


def as_list(tensor):
    return tensor.detach().numpy().tolist()


def row_outputs():
    """The outputs for the rows of the page, along one axis."""
    row = torch.tensor(ROW, dtype=torch.float32).reshape(1, 1, -1)
    middle = torch.tensor([0.0, 1.0, 0.0]).reshape(1, 1, 3)
    tens = torch.tensor([1.0, 10.0, 100.0]).reshape(1, 1, 3)
    even = torch.tensor([1.0, 10.0, 100.0, 1000.0]).reshape(1, 1, 4)
    up, four = functional.conv_transpose1d, row[..., :4]
    outputs = {
        "middle, stride 2, padding 1": functional.conv1d(row, middle, stride=2, padding=1),
        "middle, stride 2, padded (0, 1) by hand": functional.conv1d(functional.pad(row, (0, 1)), middle, stride=2),
        "tens": functional.conv1d(row, tens),
        "even kernel, same": functional.conv1d(row, even, padding="same"),
        "middle, stride 2, dilation 2": functional.conv1d(row, middle, stride=2, dilation=2),
        "transposed middle, stride 2, padding 1": up(four, middle, stride=2, padding=1),
        "transposed middle, stride 2, padding 1, output padding 1": up(
            four, middle, stride=2, padding=1, output_padding=1
        ),
        "transposed even kernel, stride 2, padding 1": up(four, even, stride=2, padding=1),
        "max pool 3": functional.max_pool1d(row, 3),
        "max pool 3, ceil": functional.max_pool1d(row, 3, ceil_mode=True),
        "max pool 3 of 7 cells, ceil": functional.max_pool1d(row[..., :7], 3, ceil_mode=True),
        "max pool 3 of the negatives, stride 1, padding 1": functional.max_pool1d(-row, 3, stride=1, padding=1),
        "average pool 3, stride 1, padding 1": functional.avg_pool1d(row, 3, stride=1, padding=1),
        "average pool 3, stride 1, padding 1, not counted": functional.avg_pool1d(
            row, 3, stride=1, padding=1, count_include_pad=False
        ),
    }
    return {name: as_list(output.ravel()) for name, output in outputs.items()}


def layer_outputs():
    """Layers along two axes with weights, channels first, so that converted weights can be tried."""
    generator = np.random.default_rng(0)

    def whole(*shape):
        return torch.tensor(generator.integers(-4, 5, shape), dtype=torch.float32)

    x = whole(2, 4, 7, 6)
    cases = {
        "conv": (nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 0)), x),
        "grouped": (nn.Conv2d(4, 6, 3, groups=2), x),
        "depthwise": (nn.Conv2d(4, 8, 3, groups=4), x),
        "transposed": (nn.ConvTranspose2d(4, 3, (3, 4), stride=2, padding=1, output_padding=(1, 0)), x),
        "linear": (nn.Linear(6, 3), whole(2, 6)),
    }
    for name, (layer, inputs) in cases.items():
        with torch.no_grad():
            layer.weight.copy_(whole(*layer.weight.shape))
            layer.bias.copy_(whole(*layer.bias.shape))
        arrays = {"x": inputs, "weight": layer.weight, "bias": layer.bias, "output": layer(inputs)}
        yield name, {key: as_list(array) for key, array in arrays.items()}


def network():
    """A small network from image to scores, whose flatten lays out two rows, three columns and four channels."""
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(24, 5)
    )
    with torch.no_grad():
        model(torch.randn(8, 3, 4, 6))  # moves the running mean and variance away from 0 and 1
    model.eval()
    x = torch.randn(2, 3, 4, 6)
    state = {name: as_list(value) for name, value in model.state_dict().items() if "num_batches" not in name}
    return {"x": as_list(x), "state": state, "output": as_list(model(x))}


def defaults():
    """The defaults of layers and optimisers."""
    norm = nn.BatchNorm1d(1)
    norm(torch.tensor([[0.0], [2.0]]))
    torch.manual_seed(0)
    conv = nn.Conv2d(64, 64, 3)
    linear = nn.Linear(576, 64)
    parameters = [nn.Parameter(torch.zeros(1))]
    return {
        "values": {
            "batch norm, epsilon": norm.eps,
            "batch norm, momentum": norm.momentum,
            "layer norm, epsilon": nn.LayerNorm(1).eps,
            "leaky ReLU, slope": nn.LeakyReLU().negative_slope,
            "Adam, epsilon": torch.optim.Adam(parameters).defaults["eps"],
            "RMSprop, decay": torch.optim.RMSprop(parameters).defaults["alpha"],
        },
        "running mean and variance after a batch of 0 and 2": [norm.running_mean.item(), norm.running_var.item()],
        "largest of many weights and biases": {
            "conv 3x3, 64 to 64": [conv.weight.abs().max().item(), conv.bias.abs().max().item()],
            "linear, 576 to 64": [linear.weight.abs().max().item(), linear.bias.abs().max().item()],
        },
    }


def messages():
    """The errors that the page says PyTorch raises."""
    row, kernel = torch.ones(1, 1, 8), torch.ones(1, 1, 3)
    return {
        "same with a stride": message_of(lambda: nn.Conv1d(1, 1, 3, stride=2, padding="same")),
        "dilation 0": message_of(lambda: functional.conv1d(row, kernel, dilation=0)),
        "kernel too large": message_of(lambda: functional.conv1d(row[..., :2], kernel)),
        "output padding": message_of(lambda: functional.conv_transpose1d(row, kernel, stride=2, output_padding=2)),
        "pool padding": message_of(lambda: functional.max_pool1d(row, 3, padding=2)),
    }


def sizes(name):
    """The sizes on a grid as JSON: the options, then a line for each size of the input and of the kernel."""
    grid, compute = GRIDS[name], {"conv": conv_size, "pool": pool_size, "transposed": transposed_size}[name]
    n, kernel_size, *others = grid.values()
    lines = [
        json.dumps([compute(**dict(zip(grid, (*pair, *rest), strict=True))) for rest in itertools.product(*others)])
        for pair in itertools.product(n, kernel_size)
    ]
    return f'{{"options": {json.dumps(grid)}, "sizes": [\n' + ",\n".join(lines) + "\n]}"


def main():
    parts = {
        "versions": {"torch": torch.__version__, "numpy": np.__version__, "python": platform.python_version()},
        "rows": row_outputs(),
        "layers": dict(layer_outputs()),
        "network": network(),
        "defaults": defaults(),
        "messages": messages(),
    }
    lines = [f'"{name} sizes": {sizes(name)}' for name in GRIDS]
    lines += [f'"{name}": {json.dumps(part)}' for name, part in parts.items()]
    Path(__file__).with_name("pytorch_cases.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
