// Every lab of the book, by its kind.

import filter from "./filter.js";
import oneDimension from "./one-dimension.js";
import pooling from "./pooling.js";

export default [filter, oneDimension, pooling];
