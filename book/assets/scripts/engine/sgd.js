// Stochastic gradient descent with momentum, as Keras has it.

/** Each step changes the weights by a velocity: a part of the last one, and the gradient downhill. */
export function sgd(weights) {
  const velocity = new Float32Array(weights.length);
  return {
    step(gradients, { learningRate, momentum = 0 }) {
      for (let i = 0; i < weights.length; i += 1) {
        velocity[i] = momentum * velocity[i] - learningRate * gradients[i];
        weights[i] += velocity[i];
      }
    },
  };
}
