// The loops of kernels.js from kernels.wat, which the build gives as base64; plain JavaScript where a browser or a
// page's policy does not allow WebAssembly with SIMD.

import text from "kernels.wasm";
import { refuse } from "../labs/reading.js";
import { plain } from "./kernels.js";

const PAGE = 65536; // bytes
const BEHIND = 32; // bytes behind each array, past which a load may reach; WebAssembly likes addresses by 16
const takes = (length) => Math.ceil(length / 4) * 16 + BEHIND;

/** What a loop gets: of a table its address and its length, of another array its address, a number as it is. */
function argument(value) {
  if (value instanceof Int32Array) return [value.byteOffset, value.length];
  return value.byteOffset ?? value;
}

function openMemory(bytes) {
  try {
    return new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
  } catch {
    return refuse(`The network needs ${Math.ceil(bytes / 1e6).toLocaleString("en")} MB of memory, more than this browser gives: close other tabs, then try again.`);
  }
}

/** What `createNetwork` needs: from the lengths of all arrays, a memory that holds them, and the loops on it. */
export async function wasmKernels() {
  let module;
  try {
    module = await WebAssembly.compile(Uint8Array.from(atob(text), (letter) => letter.charCodeAt()));
  } catch {
    return plain; // chosen by what the browser can do
  }
  return (lengths) => {
    const bytes = lengths.reduce((sum, length) => sum + takes(length), 0);
    const memory = openMemory(bytes);
    const { exports } = new WebAssembly.Instance(module, { "": { memory } });
    const loops = Object.entries(exports).map(([name, loop]) => [name, (...values) => loop(...values.flatMap(argument))]);
    let next = 0;
    const place = (Kind, length) => {
      const array = new Kind(memory.buffer, next, length);
      next += takes(length);
      return array;
    };
    return {
      ...Object.fromEntries(loops),
      floats: (length) => place(Float32Array, length),
      table(values) {
        const table = place(Int32Array, values.length);
        table.set(values);
        return table;
      },
    };
  };
}
