// What each layer computes, forward and backward. A layer is made from its settings, the shapes of its inputs for one
// image (rows, columns and channels, or units), and the kernels, which also give memory. It says the shapes of its output
// and of its weights; the network makes these arrays and calls
//   forward(a, count)    for `count` images: reads a.x, the outputs of the layers before, and writes a.y
//   backward(a, count)   after it: reads a.dy, the gradient with respect to the output, and adds to a.dx, those of the
//                        inputs; an input whose gradient nobody needs has none there
// Its weights are a.weights, their gradients a.gradients, by name; there are none of the latter when nobody trains.

import { range } from "../arithmetic.js";
import { refuse } from "../labs/reading.js";
import { exp } from "./exact.js";
import { addInside, grid, image, padded, repeat, roomFor, size, windows } from "./windows.js";

// --- layers with weights ---------------------------------------------------------------------------------------------

/** Add up the rows of dy, which is the gradient of a bias: a product with a row of ones. */
function sumOfRows(rows, { floats, table, multiply }) {
  const [one, first, nowhere] = [floats(1).fill(1), table([0]), table(repeat(0, rows))];
  return (dy, count, n, sums) => multiply(one, first, nowhere.subarray(0, count), dy, n, sums, n, sums);
}

/** Turn each of `blocks` matrices of m rows and n columns. */
function turn(matrix, blocks, m, n, turned) {
  for (let block = 0, at = 0; block < blocks * m * n; block += m * n) {
    for (let j = 0; j < n; j += 1) for (let i = 0; i < m; i += 1, at += 1) turned[at] = matrix[block + i * n + j];
  }
}

function Conv2D(layer, [shape], kernels) {
  const { floats, table, multiply } = kernels;
  const { filters, kernel_size: kernelSize } = layer;
  const view = windows(layer, shape, kernelSize);
  const { down, across, channels, strides, dilation } = view;
  const output = [down.count, across.count, filters];
  const [inputs, outputs, windowCount] = [size(shape), size(output), view.starts.length];
  const starts = table(view.starts);
  const cells = table(view.cells.flatMap((cell) => range(channels).map((channel) => cell + channel)));
  const [none, room] = [floats(filters), roomFor(view, kernels)];
  const addRows = sumOfRows(windowCount, kernels);

  // The way back is a convolution too, with the kernel turned by 180 degrees: of the gradient with zeros around it and,
  // where the stride is not 1, between its cells.
  const row = (across.length + across.span - 1) * filters;
  const corner = (down.span - 1) * row + (across.span - 1) * filters;
  const spread = floats((down.length + down.span - 1) * row);
  const turned = floats(size(kernelSize) * channels * filters);
  const first = corner + down.before * row + across.before * filters;
  const backStarts = table(grid([down.n, across.n], [row, filters]).map((start) => start + first));
  const backCells = table(grid([...kernelSize, filters], [-dilation[0] * row, -dilation[1] * filters, 1]));
  const run = strides[1] === 1 ? across.count : 1; // cells in one piece
  const spreadOut = (dy) => {
    for (let y = 0, from = 0; y < down.count; y += 1) {
      for (let x = 0; x < across.count; x += run, from += run * filters) {
        spread.set(dy.subarray(from, from + run * filters), corner + y * strides[0] * row + x * strides[1] * filters);
      }
    }
  };
  return {
    shape: output,
    weights: { kernel: [...kernelSize, channels, filters], ...(layer.use_bias && { bias: [filters] }) },
    forward({ x: [x], y, weights: { kernel, bias = none } }, count) {
      for (let i = 0; i < count; i += 1) {
        const map = padded(image(x, i, inputs), view, room);
        multiply(map, starts, cells, kernel, filters, bias, 0, image(y, i, outputs));
      }
    },
    backward({ x: [x], dx: [dx], dy: allDy, weights, gradients }, count) {
      if (dx) turn(weights.kernel, size(kernelSize), channels, filters, turned);
      for (let i = 0; i < count; i += 1) {
        const dy = image(allDy, i, outputs);
        if (gradients) {
          const { kernel, bias } = gradients;
          multiply(padded(image(x, i, inputs), view, room), cells, starts, dy, filters, kernel, filters, kernel);
          if (bias) addRows(dy, windowCount, filters, bias);
        }
        if (dx) {
          const into = image(dx, i, inputs);
          spreadOut(dy);
          multiply(spread, backStarts, backCells, turned, channels, into, channels, into);
        }
      }
    },
  };
}

/** On the last axis, as Keras does it; on a row of units that is all there is. */
function Dense({ units, use_bias: hasBias }, [shape], kernels) {
  const { floats, table, multiply, batch } = kernels;
  const inputs = shape[shape.length - 1];
  const places = size(shape) / inputs;
  const [columns, backColumns] = [table(range(inputs)), table(range(units))];
  const [rows, backRows] = [inputs, units].map((length) => table(grid([batch * places], [length])));
  const [none, turned] = [floats(units), floats(inputs * units)];
  const addRows = sumOfRows(batch * places, kernels);
  return {
    shape: [...shape.slice(0, -1), units],
    weights: { kernel: [inputs, units], ...(hasBias && { bias: [units] }) },
    forward({ x: [x], y, weights: { kernel, bias = none } }, count) {
      multiply(x, rows.subarray(0, count * places), columns, kernel, units, bias, 0, y);
    },
    backward({ x: [x], dx: [dx], dy, weights, gradients }, count) {
      if (gradients) {
        const { kernel, bias } = gradients;
        multiply(x, columns, rows.subarray(0, count * places), dy, units, kernel, units, kernel);
        if (bias) addRows(dy, count * places, units, bias);
      }
      if (dx) {
        turn(weights.kernel, 1, inputs, units, turned);
        multiply(dy, backRows.subarray(0, count * places), backColumns, turned, inputs, dx, inputs, dx);
      }
    },
  };
}

/** By the moving mean and variance; in training by those of the batch, which then move the others. */
function BatchNormalization({ epsilon, momentum, scale: hasGamma = true }, [shape], { floats }) {
  const channels = shape[shape.length - 1];
  const length = size(shape);
  const [mean, scale] = [new Float64Array(channels), new Float64Array(channels)];
  const ones = floats(channels).fill(1);
  return {
    shape,
    weights: { ...(hasGamma && { gamma: [channels] }), beta: [channels], moving_mean: [channels], moving_variance: [channels] },
    forward({ x: [x], y, weights, training }, count) {
      const { gamma = ones, beta } = weights;
      const variance = training ? new Float64Array(channels) : weights.moving_variance;
      if (training) {
        const cells = (count * length) / channels;
        const sums = new Float64Array(channels);
        for (let i = 0; i < count * length; i += channels) for (let c = 0; c < channels; c += 1) sums[c] += x[i + c];
        for (let c = 0; c < channels; c += 1) mean[c] = sums[c] / cells;
        for (let i = 0; i < count * length; i += channels) {
          for (let c = 0; c < channels; c += 1) variance[c] += ((x[i + c] - mean[c]) * (x[i + c] - mean[c])) / cells;
        }
        for (let c = 0; c < channels; c += 1) {
          weights.moving_mean[c] = momentum * weights.moving_mean[c] + (1 - momentum) * mean[c];
          weights.moving_variance[c] = momentum * weights.moving_variance[c] + (1 - momentum) * variance[c];
        }
      } else mean.set(weights.moving_mean);
      for (let c = 0; c < channels; c += 1) scale[c] = 1 / Math.sqrt(variance[c] + epsilon);
      for (let i = 0; i < count * length; i += channels) {
        for (let c = 0; c < channels; c += 1) {
          y[i + c] = (x[i + c] - mean[c]) * scale[c] * gamma[c] + beta[c];
        }
      }
    },
    backward({ x: [x], dx: [dx], dy, weights: { gamma = ones }, gradients, training }, count) {
      const cells = (count * length) / channels;
      const [sums, products] = [new Float64Array(channels), new Float64Array(channels)];
      for (let i = 0; i < count * length; i += channels) {
        for (let c = 0; c < channels; c += 1) {
          sums[c] += dy[i + c];
          products[c] += dy[i + c] * (x[i + c] - mean[c]) * scale[c];
        }
      }
      for (let c = 0; gradients && c < channels; c += 1) {
        if (hasGamma) gradients.gamma[c] += products[c];
        gradients.beta[c] += sums[c];
      }
      // Mean and variance of a batch depend on x too: they take the mean of dy and its part along x away.
      for (let i = 0; dx && i < count * length; i += channels) {
        for (let c = 0; c < channels; c += 1) {
          const along = training ? (sums[c] + products[c] * (x[i + c] - mean[c]) * scale[c]) / cells : 0;
          dx[i + c] += gamma[c] * scale[c] * (dy[i + c] - along);
        }
      }
    },
  };
}

// --- layers without weights ------------------------------------------------------------------------------------------

function MaxPooling2D(layer, [shape], kernels) {
  const { table, maxPool, maxPoolGradient } = kernels;
  const view = windows(layer, shape, layer.pool_size);
  const output = [view.down.count, view.across.count, view.channels];
  const [inputs, outputs] = [size(shape), size(output)];
  const [starts, cells] = [table(view.starts), table(view.cells)];
  const room = roomFor(view, kernels, -Infinity); // no cell of the padding is the largest
  const gradientRoom = roomFor(view, kernels);
  return {
    shape: output,
    forward({ x: [x], y }, count) {
      for (let i = 0; i < count; i += 1) {
        maxPool(padded(image(x, i, inputs), view, room), starts, cells, view.channels, image(y, i, outputs));
      }
    },
    backward({ x: [x], y, dx: [dx], dy }, count) {
      for (let i = 0; dx && i < count; i += 1) {
        const map = padded(image(x, i, inputs), view, room);
        addInside(image(dx, i, inputs), view, gradientRoom, (into) =>
          maxPoolGradient(map, image(y, i, outputs), image(dy, i, outputs), starts, cells, view.channels, into));
      }
    },
  };
}

/** The mean of each window, over the cells that are not padding. */
function AveragePooling2D(layer, [shape], kernels) {
  const view = windows(layer, shape, layer.pool_size);
  const { channels, starts, cells } = view;
  const output = [view.down.count, view.across.count, channels];
  const [inputs, outputs] = [size(shape), size(output)];
  const shares = view.down.inside.flatMap((rows) => view.across.inside.map((columns) => 1 / (rows * columns)));
  const [room, gradientRoom] = [roomFor(view, kernels), roomFor(view, kernels)];
  /** Call `act` for each number of the output and each cell that it is the mean of. */
  const eachCell = (image, act) => starts.forEach((start, window) => {
    for (let c = 0; c < channels; c += 1) {
      for (const cell of cells) act(image * outputs + window * channels + c, start + cell + c, shares[window]);
    }
  });
  return {
    shape: output,
    forward({ x: [x], y }, count) {
      y.fill(0, 0, count * outputs);
      for (let i = 0; i < count; i += 1) {
        const map = padded(image(x, i, inputs), view, room);
        eachCell(i, (to, from, share) => { y[to] += map[from] * share; });
      }
    },
    backward({ dx: [dx], dy }, count) {
      for (let i = 0; dx && i < count; i += 1) {
        addInside(image(dx, i, inputs), view, gradientRoom, (into) =>
          eachCell(i, (from, to, share) => { into[to] += dy[from] * share; }));
      }
    },
  };
}

/** One window as large as the map. */
function GlobalAveragePooling2D(layer, [shape], kernels) {
  const all = shape.slice(0, 2);
  const settings = { ...layer, pool_size: all, strides: all, padding: "valid" };
  return { ...AveragePooling2D(settings, [shape], kernels), shape: shape.slice(2) };
}

/** The largest of each map. Where several are, they share the gradient, as in Keras; in a window the first has it all. */
function GlobalMaxPooling2D(layer, [shape]) {
  const channels = shape[2];
  const length = size(shape);
  return {
    shape: [channels],
    forward({ x: [x], y }, count) {
      y.fill(-Infinity, 0, count * channels);
      for (let i = 0; i < count; i += 1) {
        const most = image(y, i, channels);
        image(x, i, length).forEach((value, at) => { if (value > most[at % channels]) most[at % channels] = value; });
      }
    },
    backward({ x: [x], y, dx: [dx], dy }, count) {
      for (let i = 0; dx && i < count; i += 1) {
        const [map, most, into, from] = [image(x, i, length), image(y, i, channels), image(dx, i, length), image(dy, i, channels)];
        const times = new Uint32Array(channels);
        const eachMost = (act) => map.forEach((value, at) => { if (value === most[at % channels]) act(at, at % channels); });
        eachMost((at, channel) => { times[channel] += 1; });
        eachMost((at, channel) => { into[at] += from[channel] / times[channel]; });
      }
    },
  };
}

function ReLU(layer, [shape], { relu, reluGradient }) {
  const length = size(shape);
  return {
    shape,
    forward: ({ x: [x], y }, count) => relu(x, count * length, y),
    backward: ({ y, dx: [dx], dy }, count) => dx && reluGradient(y, count * length, dy, dx),
  };
}

/** Probabilities; the network's last layer, whose gradient goes through the cross-entropy at once. */
function Softmax(layer, [shape]) {
  const [units] = shape;
  return {
    shape,
    forward({ x: [x], y }, count) {
      for (let i = 0; i < count; i += 1) y.set(softmax(image(x, i, units)), i * units);
    },
  };
}

/** Shares of the exponentials; the largest score is taken away first, so that none overflows. */
export function softmax(scores) {
  const largest = scores.reduce((one, other) => Math.max(one, other));
  const powers = Array.from(scores, (score) => exp(score - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

function Add({ name }, shapes) {
  const [shape] = shapes;
  const other = shapes.find((other) => String(other) !== String(shape));
  if (other) {
    refuse(`The layer ${name} adds shapes (${shape.join(", ")}) and (${other.join(", ")}), which must be alike.`);
  }
  const length = size(shape);
  return {
    shape,
    forward({ x, y }, count) {
      for (let i = 0; i < count * length; i += 1) {
        let sum = 0;
        for (let k = 0; k < x.length; k += 1) sum += x[k][i];
        y[i] = sum;
      }
    },
    backward({ dx, dy }, count) {
      for (const into of dx) for (let i = 0; into && i < count * length; i += 1) into[i] += dy[i];
    },
  };
}

/** Each channel times a number of its own, plus another. */
function scaled(shape, scale, offset) {
  const channels = shape[shape.length - 1];
  const length = size(shape);
  return {
    shape,
    forward({ x: [x], y }, count) {
      for (let i = 0; i < count * length; i += channels) {
        for (let c = 0; c < channels; c += 1) y[i + c] = x[i + c] * scale[c] + offset[c];
      }
    },
    backward({ dx: [dx], dy }, count) {
      for (let i = 0; dx && i < count * length; i += channels) {
        for (let c = 0; c < channels; c += 1) dx[i + c] += dy[i + c] * scale[c];
      }
    },
  };
}

function Rescaling({ scale, offset }, [shape]) {
  const channels = shape[shape.length - 1];
  return scaled(shape, repeat(scale, channels), repeat(offset, channels));
}

function Normalization({ name, mean, variance }, [shape]) {
  const channels = shape[shape.length - 1];
  if (mean.length !== channels) {
    refuse(`The layer ${name} has means of ${mean.length} channels; its input has ${channels}.`);
  }
  const scale = variance.map((value) => 1 / Math.max(Math.sqrt(value), 1e-7));
  return scaled(shape, scale, mean.map((value, c) => -value * scale[c]));
}

/** Only another view of the same numbers. */
const Flatten = (layer, [shape]) => ({ shape: [size(shape)], isSame: true });

/** A linear one; the network unfolds the others. */
const Activation = (layer, [shape]) => ({ shape, isSame: true });

/** In training a share of the numbers becomes 0 and the others grow, so that their sum stays about the same. */
function Dropout({ rate }, [shape], { batch }) {
  const length = size(shape);
  const kept = new Float32Array(batch * length);
  return {
    shape,
    forward({ x: [x], y, training }, count) {
      for (let i = 0; i < count * length; i += 1) {
        kept[i] = !training ? 1 : training.uniform() < rate ? 0 : 1 / (1 - rate);
        y[i] = x[i] * kept[i];
      }
    },
    backward({ dx: [dx], dy }, count) {
      for (let i = 0; dx && i < count * length; i += 1) dx[i] += dy[i] * kept[i];
    },
  };
}

export const LAYERS = {
  Conv2D, Dense, BatchNormalization, MaxPooling2D, AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, ReLU,
  Softmax, Add, Rescaling, Normalization, Flatten, Dropout, Activation,
};
