// Problems about sizes. Each function gives [variant, numbers, answer, mistakes], or nothing where what was drawn makes
// no good problem; then the next numbers are taken. See cnnbook/practice/sizes.py.

import { ceil, floor, places } from "./arithmetic.js";

export const sizes = {
  output_size(draws, level) {
    const { between } = draws;
    if (level === 1) {
      const n = between(6, 40);
      const kernel = between(2, 6);
      const steps = n - kernel;
      return ["plain", { n, kernel, steps }, steps + 1, { no_plus_one: steps, kept: n }];
    }
    const variant = level === 2 ? "strided" : draws.pick(["dilated", "same", "pooled"]);
    const n = between(12, 64);
    const kernel = between(2, 7);
    const stride = between(2, 4);
    if (variant === "same") {
      const mistakes = { floor: floor(n / stride), same_keeps: n, as_valid: places(n, kernel, stride) };
      return [variant, { n, kernel, stride }, ceil(n / stride), mistakes];
    }
    const padding = between(0, 3);
    const padded = n + 2 * padding;
    const numbers = { n, kernel, stride, padding, padded };
    if (2 * padding > kernel) return;
    if (variant === "pooled") {
      const first = places(padded, kernel, stride);
      const pool = (size) => floor(size / 2);
      return [variant, { ...numbers, first }, pool(first), {
        pool_forgotten: first,
        ceil: ceil((ceil((padded - kernel) / stride) - 1) / 2) + 1,
        no_plus_one: pool(first - 3),
        padding_forgotten: pool(places(n, kernel, stride)),
      }];
    }
    const dilation = variant === "dilated" ? between(2, 3) : 1;
    const span = dilation * (kernel - 1) + 1;
    const room = padded - span;
    if (room < stride) return;
    const steps = floor(room / stride);
    return [variant, { ...numbers, dilation, span, room, steps }, steps + 1, {
      no_plus_one: steps,
      ceil: ceil(room / stride) + 1,
      dilation_forgotten: places(padded, kernel, stride),
      span_product: places(padded, dilation * kernel, stride),
      dilation_zero: dilation > 1 ? places(padded, span + kernel - 1, stride) : null,
      padding_once: places(n + padding, span, stride),
      padding_forgotten: places(n, span, stride),
      stride_forgotten: places(padded, span),
    }];
  },

  padding_for_size(draws, level) {
    const { between } = draws;
    const variant = ["keep", "wanted", level === 3 && draws.pick(["strided", "dilated"])][level - 1];
    const n = between(8, 64);
    if (variant === "keep" || variant === "dilated") {
      const kernel = draws.pick([3, 5, 7, 9, 11]);
      const dilation = variant === "dilated" ? between(2, 4) : 1;
      const total = dilation * (kernel - 1);
      if (total >= n) return;
      return [variant, { n, kernel, dilation, span: total + 1, total }, total / 2, variant === "keep"
        ? { total, rounded: (kernel + 1) / 2, kept: 0 }
        : { dilation_forgotten: (kernel - 1) / 2, total, span_product: floor((dilation * kernel) / 2) }];
    }
    const kernel = between(3, 9);
    const stride = variant === "strided" ? between(2, 3) : 1;
    const padding = between(1, 4);
    if (padding >= kernel || n < kernel) return;
    const size = places(n + 2 * padding, kernel, stride);
    const padded = (size - 1) * stride + kernel;
    const total = padded - n;
    if (total < 1 || size < 3) return;
    const unstrided = size - 1 + kernel - n;
    return [variant, { n, kernel, stride, size, steps: size - 1, padded, total }, ceil(total / 2), variant === "wanted"
      ? { total, half_step: floor(total / 2) + 1, difference: Math.abs(size - n) }
      : {
          total,
          rounded_down: floor(total / 2),
          steps: ceil((total + stride) / 2),
          stride_forgotten: unstrided < 0 ? null : ceil(unstrided / 2),
        }];
  },

  transposed_convolution(draws, level) {
    const { between } = draws;
    const variant = draws.pick([["plain"], ["same", "padded"], ["full"]][level - 1]);
    const n = between(3, 24);
    const kernel = between(2, 7);
    const stride = between(2, 4);
    if (kernel < stride) return;
    const start = (n - 1) * stride;
    const numbers = { n, kernel, stride, span: kernel, steps: n - 1, start };
    if (level === 1 || variant === "same")
      return [variant, numbers, level === 1 ? start + kernel : n * stride, {
        times: n * stride,
        as_valid: start + kernel,
        n_steps: n * stride + kernel,
        forward: level === 1 ? places(n, kernel, stride) : ceil(n / stride),
        kernel_forgotten: start,
      }];
    const padding = between(1, 3);
    const [dilation, extra] = level === 3 ? [between(2, 3), between(1, stride - 1)] : [1, 0];
    const span = dilation * (kernel - 1) + 1;
    const cut = 2 * padding;
    if (cut >= span) return;
    const full = start + span;
    const answer = full - cut + extra;
    return [variant, { ...numbers, padding, dilation, extra, span, full, cut }, answer, {
      uncut: answer + cut,
      padding_added: answer + 2 * cut,
      padding_once: answer + padding,
      n_steps: answer + stride,
      extra_forgotten: answer - extra,
      dilation_forgotten: answer - span + kernel,
      span_product: answer + dilation - 1,
    }];
  },
};
