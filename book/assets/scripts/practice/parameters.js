// Problems about parameters, see sizes.js and cnnbook/practice/parameters.py.

// The weights of one filter, and how many filters; a dense unit counts alike.
const conv = (weights, filters) => (weights + 1) * filters;

export const parameters = {
  parameters(draws, level) {
    const { between, pick } = draws;
    const variant = pick([["conv"], ["dense", "plain"], ["grouped", "stack", "network"]][level - 1]);
    // One layer: the weights of one filter or unit, and how many of them.
    const layer = (numbers, weights, filters, mistakes, unit = "filter") => [
      variant,
      { ...numbers, filters, weights, each: weights + 1, unit },
      conv(weights, filters),
      { no_bias: weights * filters, ...mistakes, bias_once: weights * filters + 1 },
    ];
    // Two layers.
    const both = (numbers, one, two, mistakes, unit = "filter") =>
      [variant, { ...numbers, one, two, unit }, one + two, mistakes];
    if (variant === "conv") {
      const n = pick([28, 32, 64, 96]);
      const channels = between(2, 4);
      const kernel = between(2, 5);
      const filters = between(4, 16);
      const area = kernel * kernel;
      return layer({ n, channels, kernel }, area * channels, filters, {
        one_channel: conv(area, filters),
        bias_each: (area + 1) * channels * filters,
        kernel_once: conv(kernel * channels, filters),
      });
    }
    if (variant === "dense") {
      const n = between(3, 8);
      const channels = pick([4, 8, 16, 32]);
      const units = between(5, 20);
      const flat = n * n * channels;
      return layer({ n, channels, units, flat }, flat, units, { channels_forgotten: conv(n * n, units) }, "unit");
    }
    if (variant === "plain") {
      const height = between(1, 5);
      const width = between(2, 7);
      const channels = pick([3, 6, 8, 12]);
      const filters = pick([8, 12, 16, 24]);
      const weights = height * width * channels;
      const mistakes = { bias_added: conv(weights, filters), one_channel: height * width * filters };
      return [variant, { height, width, channels, filters, weights }, weights * filters, mistakes];
    }
    if (variant === "grouped") {
      const kernel = pick([3, 5]);
      const groups = pick([2, 4, 8]);
      const part = between(1, 4);
      const filters = groups * between(1, 4);
      const weights = kernel * kernel * part;
      return layer({ kernel, groups, channels: groups * part, part }, weights, filters, {
        groups_forgotten: conv(weights * groups, filters),
        groups_twice: conv(weights, filters / groups),
        bias_group: weights * filters + groups,
      });
    }
    const channels = pick([2, 3, 4]);
    const kernel = pick([3, 5]);
    const area = kernel * kernel;
    if (variant === "stack") {
      const first = pick([6, 8, 10, 16]);
      const second = pick([6, 8, 12, 20]);
      const one = conv(area * channels, first);
      const two = conv(area * first, second);
      return both({ channels, kernel, first, second }, one, two, {
        second_sees_input: one + conv(area * channels, second),
        no_bias: one + two - first - second,
        second_only: two,
      });
    }
    const half = between(3, 16);
    const filters = pick([4, 8, 16]);
    const units = pick([2, 5, 10]);
    const flat = half * half * filters;
    const one = conv(area * channels, filters);
    const two = conv(flat, units);
    return both({ n: 2 * half, channels, kernel, filters, units, half, flat }, one, two, {
      pool_forgotten: one + conv(4 * flat, units),
      pool_one_axis: one + conv(2 * flat, units),
      no_bias: one + two - filters - units,
    }, "filter and each unit");
  },
};
