// Pixels as a picture that SVG can show: a PNG file, not compressed, as a data URI.

const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

const word = (value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const halves = (value) => [value & 255, value >>> 8];

function chunk(name, data) {
  const bytes = [...[...name].map((letter) => letter.charCodeAt(0)), ...data];
  const check = bytes.reduce((rest, byte) => TABLE[(rest ^ byte) & 255] ^ (rest >>> 8), -1);
  return [...word(data.length), ...bytes, ...word(~check)];
}

/** A picture of rows of [red, green, blue], whole numbers from 0 to 255; at most 65,535 bytes fit. */
export function png(rows) {
  const bytes = rows.flatMap((row) => [0, ...row.flat()]); // each row begins with its filter, none
  let [low, high] = [1, 0];
  for (const byte of bytes) {
    low = (low + byte) % 65521;
    high = (high + low) % 65521;
  }
  const stored = [1, ...halves(bytes.length), ...halves(bytes.length ^ 65535)];
  const file = [
    137, 80, 78, 71, 13, 10, 26, 10,
    ...chunk("IHDR", [...word(rows[0].length), ...word(rows.length), 8, 2, 0, 0, 0]),
    ...chunk("IDAT", [0x78, 1, ...stored, ...bytes, ...halves(high).reverse(), ...halves(low).reverse()]),
    ...chunk("IEND", []),
  ];
  return `data:image/png;base64,${btoa(String.fromCharCode(...file))}`;
}
