// Problems about parameters, see sizes.js and cnnbook/practice/parameters.py.

import { conv_parameters, dense_parameters, output_size } from "../arithmetic.js";

export const parameters = {
  parameters({ between, pick }, level) {
    const variant = pick([["conv"], ["dense", "plain"], ["grouped", "stack", "network"]][level - 1]);
    // One layer, whose filters or units have so many weights each.
    const layer = (numbers, filters, weights, answer, mistakes) =>
      [variant, { ...numbers, filters, weights, each: weights + 1 }, answer, {
        "bias-forgotten": answer - filters,
        ...mistakes,
        "one-bias-per-layer": answer - filters + 1,
        "one-filter": weights + 1,
        "one-filter-bare": weights,
      }];
    const both = (numbers, first_layer, second_layer, mistakes) =>
      [variant, { ...numbers, first_layer, second_layer }, first_layer + second_layer, mistakes];
    if (variant === "conv") {
      const n = pick([28, 32, 64, 96]);
      const channels = between(2, 4);
      const kernel_size = between(2, 5);
      const filters = between(4, 16);
      const answer = conv_parameters(kernel_size, channels, filters);
      return layer({ n, channels, kernel_size }, filters, kernel_size * kernel_size * channels, answer, {
        "one-channel": conv_parameters(kernel_size, 1, filters),
        "one-bias-per-channel": conv_parameters(kernel_size, 1, filters) * channels,
        "one-side-of-kernel": conv_parameters([kernel_size], channels, filters),
        "one-bias-per-input": answer - filters + channels,
      });
    }
    if (variant === "dense") {
      const n = between(3, 8);
      const channels = pick([4, 8, 16, 32]);
      const units = between(5, 20);
      const flat = n * n * channels;
      return layer({ n, channels, units, flat }, units, flat, dense_parameters(flat, units), {
        "channels-forgotten": dense_parameters(n * n, units),
      });
    }
    if (variant === "plain") {
      const height = between(1, 5);
      const width = between(2, 7);
      const channels = pick([3, 6, 8, 12]);
      const filters = pick([8, 12, 16, 24]);
      const kernel_size = [height, width];
      const numbers = { height, width, channels, filters, weights: height * width * channels };
      return [variant, numbers, conv_parameters(kernel_size, channels, filters, { bias: false }), {
        "bias-unwanted": conv_parameters(kernel_size, channels, filters),
        "one-channel": conv_parameters(kernel_size, 1, filters, { bias: false }),
        "one-filter": numbers.weights,
      }];
    }
    if (variant === "grouped") {
      const kernel_size = pick([3, 5]);
      const groups = pick([2, 4, 8]);
      const channels = groups * between(1, 4);
      const filters = groups * between(1, 4);
      const part = channels / groups;
      const answer = conv_parameters(kernel_size, channels, filters, { groups });
      return layer({ kernel_size, groups, channels, part }, filters, kernel_size * kernel_size * part, answer, {
        "groups-forgotten": conv_parameters(kernel_size, channels, filters),
        "filters-divided": conv_parameters(kernel_size, part, filters / groups),
        "one-bias-per-group": conv_parameters(kernel_size, channels, filters, { groups, bias: false }) + groups,
      });
    }
    const channels = pick([2, 3, 4]);
    const kernel_size = pick([3, 5]);
    if (variant === "stack") {
      const first = pick([6, 8, 10, 16]);
      const second = pick([6, 8, 12, 20]);
      const first_layer = conv_parameters(kernel_size, channels, first);
      const second_layer = conv_parameters(kernel_size, first, second);
      return both({ channels, kernel_size, first, second }, first_layer, second_layer, {
        "image-channels": first_layer + conv_parameters(kernel_size, channels, second),
        "bias-forgotten": first_layer + second_layer - first - second,
        "last-layer-only": second_layer,
        "second-layer-forgotten": first_layer,
        "one-bias-per-layer": first_layer + second_layer - first - second + 2,
      });
    }
    const n = 2 * between(3, 16);
    const filters = pick([4, 8, 16]);
    const units = pick([2, 5, 10]);
    const half = output_size(n, 2, { stride: 2 });
    const flat = half * half * filters;
    const first_layer = conv_parameters(kernel_size, channels, filters);
    const second_layer = dense_parameters(flat, units);
    return both({ n, channels, kernel_size, filters, units, half, flat }, first_layer, second_layer, {
      "pooling-forgotten": first_layer + dense_parameters(n * n * filters, units),
      "pooled-one-axis": first_layer + dense_parameters(n * half * filters, units),
      "bias-forgotten": first_layer + second_layer - filters - units,
      "dense-forgotten": first_layer,
      "last-layer-only": second_layer,
      "one-bias-per-layer": first_layer + second_layer - filters - units + 2,
    });
  },
};
