// Every lab of the book, by its kind.

import "./designer/readers.js";
import designer from "./designer.js";
import filter from "./filter.js";
import learning from "./learning.js";
import network from "./network.js";
import oneDimension from "./one-dimension.js";
import pooling from "./pooling.js";
import seeds from "./seeds.js";
import train from "./train.js";
import volume from "./volume.js";

export default [oneDimension, volume, designer, filter, pooling, seeds, learning, network, train];
