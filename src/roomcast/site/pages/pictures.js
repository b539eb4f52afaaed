// Pictures as shared state has them, and which bytes are accepted as a picture.

import { BOARD } from "./strokes.js";

export const LARGEST = 16 * 1024 * 1024; // bytes of one picture: a photo from a good camera

/** @typedef {{by: string, name: string, x: number, y: number, w: number, h: number, size: number, sha: string}} Picture */

/**
 * Read a picture from shared state; null where its value is invalid.
 *
 * @param {any} value
 * @returns {Picture | null}
 */
export function pictureOf(value) {
  const { by, name, x, y, w, h, size, sha } = value ?? {};
  const texts = [by, name, sha].every((text) => typeof text === "string");
  const good = texts && [x, y, w, h, size].every(Number.isFinite) && w > 0 && h > 0;
  return good ? { by, name, x, y, w, h, size, sha } : null;
}

/**
 * The size and place of a new picture: at most half as wide and as high as the board.
 *
 * @param {{width: number, height: number}} pixels
 * @param {[number, number]} middle
 */
export function placed({ width, height }, [x, y]) {
  const scale = Math.min(1, BOARD / 2 / width, BOARD / 2 / height);
  const [w, h] = [Math.max(Math.round(width * scale), 20), Math.max(Math.round(height * scale), 20)];
  return { ...onBoard({ x: x - w / 2, y: y - h / 2, w, h }), w, h };
}

/**
 * Move a place so that the picture's centre stays on the board.
 *
 * @param {{x: number, y: number, w: number, h: number}} where
 */
export function onBoard({ x, y, w, h }) {
  return {
    x: Math.round(Math.min(Math.max(x, -w / 2), BOARD - w / 2)),
    y: Math.round(Math.min(Math.max(y, -h / 2), BOARD - h / 2)),
  };
}

/**
 * The media type of a picture, by its first bytes. The sender's type and the file's name are ignored, so that a browser
 * treats it as nothing but a picture.
 *
 * @param {Uint8Array} bytes
 * @returns {string} a media type; empty for what is no picture that all browsers show
 */
export function kindOf(bytes) {
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  if (start.startsWith("\x89PNG\r\n\x1a\n")) {
    return "image/png";
  }
  if (start.startsWith("\xff\xd8\xff")) {
    return "image/jpeg";
  }
  if (/^GIF8[79]a/.test(start)) {
    return "image/gif";
  }
  if (/^RIFF....WEBP/s.test(start)) {
    return "image/webp";
  }
  return /^....ftypavi[fs]/s.test(start) ? "image/avif" : "";
}

/** @param {number} size bytes */
export function inWords(size) {
  return size < 1_000_000 ? `${Math.max(1, Math.round(size / 1000))} KB` : `${(size / 1_000_000).toFixed(1)} MB`;
}
