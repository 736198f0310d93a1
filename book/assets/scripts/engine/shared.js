// The engine as a script of its own, which all labs that compute networks share.

import { startEngine } from "./host.js";

globalThis.bookEngine = startEngine;
