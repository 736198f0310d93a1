// Every lab of the book, by its kind.

import oneDimension from "./one-dimension.js";

export default [oneDimension];
