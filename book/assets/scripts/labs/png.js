// Pixels as a picture that SVG can show: a PNG file, not compressed, as a data URI.

const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

function file(rows, palette) {
  const depth = palette ? 1 : 3; // bytes of a pixel
  const line = 1 + depth * rows[0].length; // each row begins with its filter, none
  const size = line * rows.length;
  const bytes = new Uint8Array(size + 68 + (palette ? 12 + 3 * palette.length : 0));
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
  chunk("IDAT", size + 11, (start) => {
    bytes.set([0x78, 1, 1], start); // zlib, and one last block that is stored as it is
    view.setUint16(start + 3, size, true);
    view.setUint16(start + 5, ~size, true);
    rows.forEach((row, y) => row.forEach((channels, x) => bytes.set(palette ? [channels] : channels, start + 8 + y * line + depth * x)));
    let [low, high] = [1, 0];
    for (let i = start + 7; i < start + 7 + size; i++) {
      low = (low + bytes[i]) % 65521;
      high = (high + low) % 65521;
    }
    view.setUint32(start + 7 + size, high * 65536 + low);
  });
  chunk("IEND", 0, () => {});
  return bytes;
}

const made = new WeakMap();

/**
 * A picture of rows of [red, green, blue], whole numbers from 0 to 255, or of places in a palette of such colours; made
 * once for each list of rows. One block of a file holds less than 65,536 bytes.
 */
export function png(rows, palette) {
  if (!made.has(rows)) {
    const bytes = Array.from(file(rows, palette), (byte) => String.fromCharCode(byte));
    made.set(rows, `data:image/png;base64,${btoa(bytes.join(""))}`);
  }
  return made.get(rows);
}
