// Every lab of the book, by its kind.

import oneDimension from "./one-dimension.js";
import volume from "./volume.js";

export default [oneDimension, volume];
