// Pixels as a picture that SVG can show: a PNG file, not compressed, as a data URI; and what marks a part of it.

import { frame } from "./markup.js";

const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

const BLOCK = 65535; // bytes that a stored block holds
const PART = 8192; // bytes that become letters at once: a call takes only so many

function file(rows, palette) {
  const depth = palette ? 1 : 3; // bytes of a pixel
  const line = 1 + depth * rows[0].length; // each row begins with its filter, none
  const size = line * rows.length;
  const blocks = Math.ceil(size / BLOCK);
  const bytes = new Uint8Array(size + 5 * blocks + 63 + (palette ? 12 + 3 * palette.length : 0));
  const view = new DataView(bytes.buffer);
  bytes.set([137, 80, 78, 71, 13, 10, 26, 10]);
  let end = 8;
  const chunk = (name, length, fill) => {
    view.setUint32(end, length);
    for (let i = 0; i < 4; i++) bytes[end + 4 + i] = name.charCodeAt(i);
    fill(end + 8);
    let check = -1;
    for (let i = end + 4; i < end + 8 + length; i++) check = TABLE[(check ^ bytes[i]) & 255] ^ (check >>> 8);
    view.setUint32(end + 8 + length, ~check);
    end += 12 + length;
  };
  chunk("IHDR", 13, (start) => {
    view.setUint32(start, rows[0].length);
    view.setUint32(start + 4, rows.length);
    bytes.set([8, palette ? 3 : 2], start + 8); // bits; numbers of the palette, or RGB
  });
  if (palette) chunk("PLTE", 3 * palette.length, (start) => bytes.set(palette.flat(), start));
  const pixels = new Uint8Array(size);
  rows.forEach((row, y) => pixels.set(palette ? row : row.flat(), y * line + 1));
  chunk("IDAT", size + 5 * blocks + 6, (start) => {
    bytes.set([0x78, 1], start); // zlib, and blocks that are stored as they are
    let [low, high] = [1, 0];
    for (let block = 0, at = start + 2; block < blocks; block += 1) {
      const part = pixels.subarray(block * BLOCK, (block + 1) * BLOCK);
      bytes[at] = block === blocks - 1 ? 1 : 0;
      view.setUint16(at + 1, part.length, true);
      view.setUint16(at + 3, ~part.length, true);
      bytes.set(part, at + 5);
      at += 5 + part.length;
    }
    for (const byte of pixels) {
      low = (low + byte) % 65521;
      high = (high + low) % 65521;
    }
    view.setUint32(start + size + 5 * blocks + 2, high * 65536 + low);
  });
  chunk("IEND", 0, () => {});
  return bytes;
}

const addresses = new WeakMap();

/**
 * A picture of rows of [red, green, blue], whole numbers from 0 to 255, or of places in a palette of such colours; made
 * once for each list of rows.
 */
export function png(rows, palette) {
  if (!addresses.has(rows)) {
    const bytes = file(rows, palette);
    let letters = "";
    for (let at = 0; at < bytes.length; at += PART) letters += String.fromCharCode(...bytes.subarray(at, at + PART));
    addresses.set(rows, `data:image/png;base64,${btoa(letters)}`);
  }
  return addresses.get(rows);
}

/** Such a picture in a drawing, where its pixels stay squares; the script calls it `name`. */
export const picture = (rows, x, y, width, height, { name, palette } = {}) =>
  `<image${name ? ` data-cell="${name}"` : ""} x="${x}" y="${y}" width="${width}" height="${height}" preserveAspectRatio="none" style="image-rendering:pixelated" href="${png(rows, palette)}"/>`;

/** A frame around a part of a picture, on a white ground, so that it is seen on any. */
export function mark(name, x, y, width, height) {
  const box = [x - 2, y - 2, width + 4, height + 4];
  return frame(...box, { name: `${name}-ground`, stroke: "#fff", thick: 4.5 }) + frame(...box, { name, stroke: "#b4431a" });
}
