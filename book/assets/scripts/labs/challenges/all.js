// The challenges of every lab, for the build.

import designer from "./designer.js";
import filter from "./filter.js";
import learning from "./learning.js";
import oneDimension from "./one-dimension.js";
import pooling from "./pooling.js";
import seeds from "./seeds.js";
import volume from "./volume.js";

export default [...oneDimension, ...volume, ...designer, ...pooling, ...filter, ...seeds, ...learning];
