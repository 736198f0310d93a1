// An image of the reader's own: from a file, the clipboard or the camera, cut to a square and scaled to the network's size. It is
// kept in this page alone, so a state holds only its name, "own 1".

import { range } from "../../arithmetic.js";
import { refuse } from "../reading.js";

const MOST_PIXELS = 50e6;
const MOST_KEPT = 8;
const own = new Map();
let count = 0;

export const ownPixels = (name) => own.get(name);
export const isOwn = (name) => own.has(name);

/** Keep an image, rows of [red, green, blue], and name it; the image that is shown stays, and a few that may be waited for. */
export function keepOwn(pixels, shown) {
  const others = [...own.keys()].filter((name) => name !== shown);
  others.slice(0, 1 - MOST_KEPT).forEach((name) => own.delete(name));
  count += 1;
  own.set(`own ${count}`, pixels);
  return `own ${count}`;
}

/** The middle square of a picture or a video, as `size` rows of pixels. */
function scale(source, width, height, size) {
  const side = Math.min(width, height);
  const canvas = Object.assign(document.createElement("canvas"), { width: size, height: size });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff"; // behind what is transparent
  context.fillRect(0, 0, size, size);
  context.imageSmoothingQuality = "high";
  context.drawImage(source, (width - side) / 2, (height - side) / 2, side, side, 0, 0, size, size);
  const { data } = context.getImageData(0, 0, size, size);
  return range(size).map((y) => range(size).map((x) => [...data.subarray(4 * (y * size + x), 4 * (y * size + x) + 3)]));
}

/** Read a file; gives the name of the image. `shown` names the image that the picture shows. */
export async function readFile(file, side, shown) {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  const unreadable = () => refuse(`“${file.name}” (${(file.size / 1e6).toFixed(1)} MB) is not an image that this browser can read; choose a JPEG, PNG or WebP file.`);
  try {
    await new Promise((resolve, reject) => Object.assign(image, { onload: resolve, onerror: reject })).catch(unreadable);
    const { naturalWidth: width, naturalHeight: height } = image;
    if (!width || !height) refuse(`“${file.name}” does not state its width and height; choose a JPEG, PNG or WebP file.`);
    if (width * height > MOST_PIXELS) {
      refuse(`“${file.name}” has ${Math.round(width * height / 1e6)} million pixels; up to ${MOST_PIXELS / 1e6} million fit. Make it smaller first.`);
    }
    return keepOwn(scale(image, width, height, side), shown);
  } catch (error) {
    if (error.name === "SecurityError") unreadable(); // an SVG with parts that its pixels must not tell of
    throw error;
  } finally {
    URL.revokeObjectURL(image.src);
  }
}

let video;

/** Ask for the camera. */
export async function openCamera() {
  const stream = await (navigator.mediaDevices?.getUserMedia({ video: { facingMode: "environment" } }) ?? Promise.reject())
    .catch(() => refuse("There is no camera here, or this page may not use it; choose a file, or allow the camera in the browser."));
  closeCamera(); // a second press may have opened another in between
  video = Object.assign(document.createElement("video"), { srcObject: stream, muted: true, playsInline: true });
  await video.play();
}

/** What the camera sees now. */
export const look = (side, shown) => keepOwn(scale(video, video.videoWidth, video.videoHeight, side), shown);

export function closeCamera() {
  video?.srcObject.getTracks().forEach((track) => track.stop());
  video = undefined;
}
