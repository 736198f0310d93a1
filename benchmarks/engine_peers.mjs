// The simple CNN of the book in two other libraries for browsers: a step of training, or where a library cannot train it,
// its forward pass alone. Reads {"batch", "seconds"} from each line of the standard input, works for that long and answers
// with {"images", "seconds", "cpu"}. First argument: jax-js, tfjs-cpu, tfjs-wasm or tfjs-wasm-forward.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const draw = (length, scale) => Float32Array.from({ length }, () => (2 * Math.random() - 1) * scale);
const size = (shape) => shape.reduce((cells, length) => cells * length, 1);
const RATE = 0.01;
const MOMENTUM = 0.9;

async function jax() {
  const { numpy: np, lax, nn, jit, valueAndGrad, init, defaultDevice, tree } = await import("@jax-js/jax");
  await init("wasm");
  defaultDevice("wasm");
  const array = (shape, scale) => np.array(draw(size(shape), scale)).reshape(shape);
  return async (batch) => {
    const shapes = [[32, 3, 3, 3], [32, 1, 1], [8192, 10], [10]];
    let weights = shapes.map((shape) => array(shape, 0.05));
    let velocity = shapes.map((shape) => array(shape, 0));
    const images = array([batch, 3, 32, 32], 1);
    const labels = nn.oneHot(np.array(Array.from({ length: batch }, (_, i) => i % 10), { dtype: np.int32 }), 10);
    const loss = ([kernel, bias, dense, offset], images, labels) => {
      const maps = nn.relu(lax.conv(images, kernel, [1, 1], "SAME").add(bias));
      const pooled = np.max(np.max(maps.reshape([batch, 32, 16, 2, 16, 2]), 5), 3).reshape([batch, 8192]);
      return nn.logSoftmax(np.matmul(pooled, dense).add(offset)).mul(labels).sum().mul(-1 / batch);
    };
    const step = jit((weights, velocity, images, labels) => {
      const [value, gradients] = valueAndGrad(loss)(tree.ref(weights), images, labels);
      const faster = velocity.map((part, i) => part.mul(MOMENTUM).sub(gradients[i].mul(RATE)));
      return [value, weights.map((part, i) => part.add(faster[i].ref)), faster];
    });
    const train = async () => {
      let value;
      [value, weights, velocity] = step(weights, velocity, images.ref, labels.ref);
      await value.data();
      await weights[0].ref.data(); // computed when asked for
      await weights[2].ref.data();
    };
    await train(); // compiled now
    return train;
  };
}

async function tensorFlow(backend, trains) {
  const require = createRequire(import.meta.url);
  const tf = require("@tensorflow/tfjs-core");
  require("@tensorflow/tfjs-layers"); // brings the gradients
  require("@tensorflow/tfjs-backend-cpu");
  const { setWasmPaths } = require("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(new URL("node_modules/@tensorflow/tfjs-backend-wasm/dist/", import.meta.url).pathname);
  await tf.setBackend(backend);
  await tf.ready();
  return (batch) => {
    const array = (shape) => tf.tensor(draw(size(shape), 0.05), shape);
    const [kernel, bias, dense, offset] = [[3, 3, 3, 32], [32], [8192, 10], [10]].map((shape) => tf.variable(array(shape)));
    const images = array([batch, 32, 32, 3]);
    const labels = tf.oneHot(tf.tensor1d(Array.from({ length: batch }, (_, i) => i % 10), "int32"), 10);
    const optimizer = tf.train.momentum(RATE, MOMENTUM);
    const scores = () => {
      const maps = tf.relu(tf.add(tf.conv2d(images, kernel, 1, "same"), bias));
      return tf.add(tf.matMul(tf.reshape(tf.maxPool(maps, 2, 2, "valid"), [batch, 8192]), dense), offset);
    };
    return async () => {
      const result = trains ? optimizer.minimize(() => tf.losses.softmaxCrossEntropy(labels, scores()), true) : tf.tidy(scores);
      await result.data();
      result.dispose();
    };
  };
}

const prepare = await {
  "jax-js": jax,
  "tfjs-cpu": () => tensorFlow("cpu", true),
  "tfjs-wasm": () => tensorFlow("wasm", true),
  "tfjs-wasm-forward": () => tensorFlow("wasm", false),
}[process.argv[2]]();
const steps = new Map();

for await (const line of createInterface({ input: process.stdin })) {
  const { batch, seconds } = JSON.parse(line);
  if (!steps.has(batch)) steps.set(batch, await prepare(batch));
  const [began, used] = [performance.now(), process.cpuUsage()];
  let images = 0;
  try {
    do {
      await steps.get(batch)();
      images += batch;
    } while (performance.now() - began < 1000 * seconds);
    const { user, system } = process.cpuUsage(used);
    console.log(JSON.stringify({ images, seconds: (performance.now() - began) / 1000, cpu: (user + system) / 1e6 }));
  } catch (error) {
    console.log(JSON.stringify({ error: error.message }));
  }
}
