// Exponential and logarithm from the four operations alone, whose results every browser rounds alike; those of Math may
// differ in the last bit.

/** e to the x within 1e-12 of its size, for x up to 100; below −104 a Float32Array has only 0 for it. */
export function exp(x) {
  if (x < -104) return 0;
  const part = x / 1024; // the series is good near 0; ten squarings lead back
  let power = 0;
  for (let n = 9; n > 0; n -= 1) power = ((power + 1) * part) / n;
  power += 1;
  for (let squarings = 0; squarings < 10; squarings += 1) power *= power;
  return power;
}

/** The natural logarithm, by Halley's method on `exp`. */
export function log(x) {
  let y = 0;
  for (let step = 1; Math.abs(step) > 1e-12; y += step) {
    const power = exp(y);
    step = (2 * (x - power)) / (x + power);
  }
  return y;
}
