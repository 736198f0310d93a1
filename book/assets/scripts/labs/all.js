// Every lab of the book, by its kind.

import oneDimension from "./one-dimension.js";
import seeds from "./seeds.js";
import volume from "./volume.js";

export default [oneDimension, volume, seeds];
