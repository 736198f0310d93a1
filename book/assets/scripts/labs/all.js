// Every lab of the book, by its kind.

import "./designer/readers.js";
import designer from "./designer.js";
import oneDimension from "./one-dimension.js";

export default [oneDimension, designer];
