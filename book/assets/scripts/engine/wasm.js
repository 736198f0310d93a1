// The loops of kernels.js from kernels.wat, which the build gives as base64; plain JavaScript where a browser or a page's
// policy does not allow WebAssembly with SIMD.

import text from "kernels.wasm";
import { plain } from "./kernels.js";

const PAGE = 65536; // bytes
const ROOM = 32; // bytes behind each array, past which a load may reach
const takes = (length) => Math.ceil((4 * length) / 16) * 16 + ROOM;

/** What `createNetwork` needs: given the lengths of all arrays, a memory for them and the loops on it. */
export async function wasmKernels() {
  let module;
  try {
    module = await WebAssembly.compile(Uint8Array.from(atob(text), (letter) => letter.charCodeAt()));
  } catch {
    return plain; // chosen by what the browser can do
  }
  return (lengths) => {
    const bytes = lengths.reduce((sum, length) => sum + takes(length), 0);
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
    const loops = new WebAssembly.Instance(module, { "": { memory } }).exports;
    let next = 0;
    const place = (Kind, length) => {
      const array = new Kind(memory.buffer, next, length);
      next += takes(length);
      return array;
    };
    const at = ({ byteOffset }) => byteOffset;
    return {
      isWasm: true,
      floats: (length) => place(Float32Array, length),
      table(values) {
        const table = place(Int32Array, values.length);
        table.set(values);
        return table;
      },
      multiply: (a, rows, columns, b, n, start, step, c) =>
        loops.multiply(at(a), at(rows), rows.length, at(columns), columns.length, at(b), n, at(start), step, at(c)),
      relu: (x, y) => loops.relu(at(x), x.length, at(y)),
      reluGradient: (y, dy, dx) => loops.reluGradient(at(y), y.length, at(dy), at(dx)),
      maxPool: (x, starts, cells, channels, y) =>
        loops.maxPool(at(x), at(starts), starts.length, at(cells), cells.length, channels, at(y)),
      maxPoolGradient: (x, y, dy, starts, cells, channels, dx) =>
        loops.maxPoolGradient(at(x), at(y), at(dy), at(starts), starts.length, at(cells), cells.length, channels, at(dx)),
    };
  };
}
