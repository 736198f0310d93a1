// Problems about sizes. Each function gives [variant, numbers, answer, mistakes], or nothing where what was drawn makes
// no good problem; then the next numbers are taken. See cnnbook/practice/sizes.py.

import { kernel_span, output_size, same_padding, transposed_size } from "../arithmetic.js";

const { abs, ceil, floor } = Math;

export const sizes = {
  output_size({ between, pick }, level) {
    if (level === 1) {
      const n = between(6, 40);
      const kernel_size = between(2, 6);
      const steps = n - kernel_size;
      const mistakes = { "plus-one-forgotten": steps, "size-kept-unpadded": n };
      return ["plain", { n, kernel_size, steps }, output_size(n, kernel_size), mistakes];
    }
    const variant = level === 2 ? "strided" : pick(["dilated", "same", "pooled"]);
    const n = between(12, 64);
    const kernel_size = between(2, 7);
    const stride = between(2, 4);
    const numbers = { n, kernel_size, stride };
    // A kernel that does not fit gives no answer.
    const size = (options, cells = kernel_size) => output_size(n, cells, { ...numbers, ...options }) || null;
    if (variant === "same")
      return [variant, numbers, size({ padding: "same" }), {
        "same-rounded-down": floor(n / stride),
        "same-keeps-size": n,
        "same-as-valid": size(),
      }];
    const padding = between(0, 3);
    if (2 * padding > kernel_size) return;
    const dilation = variant === "dilated" ? between(2, 3) : 1;
    const span = kernel_span(kernel_size, dilation);
    const padded = n + 2 * padding;
    const room = padded - span;
    const steps = floor(room / stride);
    Object.assign(numbers, { padding, dilation, padded, span, room, steps });
    if (variant === "pooled") {
      const pooled = (first) => output_size(first, 2, { stride: 2 });
      const first = size();
      return [variant, { ...numbers, first }, pooled(first), {
        "pooling-forgotten": first,
        "rounded-up": ceil((ceil(room / stride) - 1) / 2) + 1,
        "plus-one-forgotten": floor((steps - 2) / 2),
        "padding-forgotten": pooled(size({ padding: 0 })),
      }];
    }
    if (room < stride) return;
    return [variant, numbers, size(), {
      "plus-one-forgotten": steps,
      "rounded-up": ceil(room / stride) + 1,
      "dilation-forgotten": size({ dilation: 1 }),
      "span-product": size({ dilation: 1 }, dilation * kernel_size),
      "dilation-skips-d": dilation > 1 ? size({ dilation: dilation + 1 }) : null,
      "padding-once": size({ padding: [padding, 0] }),
      "padding-forgotten": size({ padding: 0 }),
      "stride-forgotten": size({ stride: 1 }),
    }];
  },

  padding_for_size({ between, pick }, level) {
    const variant = ["keep", "wanted", level === 3 && pick(["strided", "dilated"])][level - 1];
    const n = between(8, 64);
    if (variant === "keep" || variant === "dilated") {
      const kernel_size = pick([3, 5, 7, 9, 11]);
      const dilation = variant === "dilated" ? between(2, 4) : 1;
      const span = kernel_span(kernel_size, dilation);
      const total = span - 1;
      if (total >= n) return;
      const [answer] = same_padding(n, kernel_size, { dilation });
      return [variant, { n, kernel_size, dilation, span, total }, answer, {
        "padding-total": total,
        ...(variant === "keep"
          ? { "padding-half-kernel": answer + 1, "size-kept-unpadded": 0 }
          : { "dilation-forgotten": (kernel_size - 1) / 2, "span-product": floor((dilation * kernel_size) / 2) }),
      }];
    }
    const kernel_size = between(3, 9);
    const stride = variant === "strided" ? between(2, 3) : 1;
    const padding = between(1, 4);
    if (padding >= kernel_size || n < kernel_size) return;
    const size = output_size(n, kernel_size, { stride, padding });
    const padded = transposed_size(size, kernel_size, { stride });
    const total = padded - n;
    if (total < 1 || size < 3) return;
    const unstrided = transposed_size(size, kernel_size) - n;
    const numbers = { n, kernel_size, stride, size, steps: size - 1, padded, total };
    return [variant, numbers, ceil(total / 2), {
      "padding-total": total,
      ...(variant === "wanted"
        ? { "half-step": floor(total / 2) + 1, "size-difference": abs(size - n) }
        : {
            "padding-rounded-down": floor(total / 2),
            "extra-step": ceil((total + stride) / 2),
            "stride-forgotten": unstrided < 0 ? null : ceil(unstrided / 2),
          }),
    }];
  },

  transposed_convolution({ between, pick }, level) {
    const variant = pick([["plain"], ["same", "padded"], ["full"]][level - 1]);
    const n = between(3, 24);
    const kernel_size = between(2, 7);
    const stride = between(2, 4);
    if (kernel_size < stride) return;
    const start = (n - 1) * stride;
    const numbers = { n, kernel_size, stride, start };
    if (level === 1 || variant === "same") {
      const options = { stride, padding: level === 1 ? "valid" : "same" };
      return [variant, numbers, transposed_size(n, kernel_size, options), {
        "transposed-same": n * stride,
        "same-as-valid": start + kernel_size,
        "extra-step": n * stride + kernel_size,
        "forward-size": output_size(n, kernel_size, options) || null,
        "last-copy-forgotten": start,
      }];
    }
    const padding = between(1, 3);
    const [dilation, output_padding] = level === 3 ? [between(2, 3), between(1, stride - 1)] : [1, 0];
    const span = kernel_span(kernel_size, dilation);
    const cut = 2 * padding;
    if (cut >= span) return;
    const answer = transposed_size(n, kernel_size, { stride, padding, dilation, output_padding });
    return [variant, { ...numbers, padding, dilation, output_padding, span, full: start + span, cut }, answer, {
      "cut-forgotten": answer + cut,
      "cut-added": answer + 2 * cut,
      "padding-once": answer + padding,
      "extra-step": answer + stride,
      "output-padding-forgotten": answer - output_padding,
      "dilation-forgotten": answer - span + kernel_size,
      "span-product": answer + dilation - 1,
    }];
  },
};
