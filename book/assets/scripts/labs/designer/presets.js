// Networks of others, typed from their papers; the book's own come from its module, through the view of the page.

import { range } from "../../arithmetic.js";

const conv = (filters, activation = "relu") => ({ type: "Conv2D", filters, kernel_size: 3, padding: "same", activation });

export default {
  // Y. LeCun and others, "Gradient-based learning applied to document recognition", 1998: C1 to F6, here with plain
  // averages, with every map of C3 reading all of S2, and with a softmax.
  "LeNet-5": {
    input: [32, 32, 1],
    layers: [
      { type: "Conv2D", filters: 6, kernel_size: 5, activation: "tanh" },
      { type: "AveragePooling2D" },
      { type: "Conv2D", filters: 16, kernel_size: 5, activation: "tanh" },
      { type: "AveragePooling2D" },
      { type: "Flatten" },
      { type: "Dense", units: 120, activation: "tanh" },
      { type: "Dense", units: 84, activation: "tanh" },
      { type: "Dense", units: 10, activation: "softmax" },
    ],
  },
  // K. Simonyan and A. Zisserman, "Very deep convolutional networks for large-scale image recognition", 2015: D.
  "VGG-16": {
    input: [224, 224, 3],
    layers: [
      ...[[64, 2], [128, 2], [256, 3], [512, 3], [512, 3]].flatMap(([filters, times]) => [...range(times).map(() => conv(filters)), { type: "MaxPooling2D" }]),
      { type: "Flatten" },
      { type: "Dense", units: 4096, activation: "relu" },
      { type: "Dense", units: 4096, activation: "relu" },
      { type: "Dense", units: 1000, activation: "softmax" },
    ],
  },
};
