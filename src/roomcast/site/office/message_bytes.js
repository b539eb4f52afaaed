// Splits the bytes of a message into parts, and formats them as hexadecimal rows.

const encoder = new TextEncoder();

/** @typedef {{name: string, bytes: Uint8Array, text: string}} Part a name such as "n"; "" for what only separates */

/**
 * The parts of a JSON message: its fields, each from its name to the end of its value, and the text in between. The
 * message may be cut at any place.
 *
 * @param {string} text
 * @returns {Part[]}
 */
export function partsOfJson(text) {
  /** @type {Part[]} */
  const parts = [];
  let from = 0; // start of the text that is in no part yet
  let at = 1; // after the first brace
  while (at < text.length && text[at] === '"') {
    const nameEnd = endOfString(text, at);
    const end = endOfValue(text, nameEnd + 1);
    push(parts, "", text.slice(from, at));
    push(parts, nameIn(text.slice(at, nameEnd)), text.slice(at, end));
    from = end;
    at = end + 1; // after the comma
  }
  push(parts, "", text.slice(from));
  return parts;
}

/**
 * The parts of a line of the starter protocol: words, and the blanks in between.
 *
 * @param {string} line
 * @param {string[]} names  of the first words; all others are arguments
 * @returns {Part[]}
 */
export function partsOfLine(line, names) {
  /** @type {Part[]} */
  const parts = [];
  let word = 0;
  for (const piece of line.split(/( +|\n)/)) {
    if (piece.trim() === "") {
      push(parts, piece === "\n" ? "end" : "", piece);
    } else {
      push(parts, names[word] ?? "a", piece);
      word += 1;
    }
  }
  return parts;
}

/**
 * The header of a WebSocket frame from a server (RFC 6455, section 5.2).
 *
 * @param {number} size bytes of the message in it
 * @returns {Part}
 */
export function frameHeader(size) {
  const bytes = [0x81]; // FIN, opcode 1: an unfragmented text message
  if (size < 126) {
    bytes.push(size);
  } else if (size < 65_536) {
    bytes.push(126, size >> 8, size & 255);
  } else {
    bytes.push(127, 0, 0, 0, 0, (size >>> 24) & 255, (size >>> 16) & 255, (size >>> 8) & 255, size & 255);
  }
  return { name: "frame", bytes: Uint8Array.from(bytes), text: "" };
}

/**
 * Rows of hexadecimal digits, with the name of its part for each byte.
 *
 * @param {Part[]} parts
 * @param {number} wide
 * @returns {{at: number, cells: {hex: string, sign: string, name: string}[]}[]}
 */
export function hexRows(parts, wide) {
  const cells = parts.flatMap(({ name, bytes }) =>
    [...bytes].map((byte) => ({
      hex: byte.toString(16).padStart(2, "0"),
      sign: byte > 32 && byte < 127 ? String.fromCharCode(byte) : byte === 32 ? "␣" : "·",
      name,
    })),
  );
  const rows = [];
  for (let at = 0; at < cells.length; at += wide) {
    rows.push({ at, cells: cells.slice(at, at + wide) });
  }
  return rows;
}

/** @param {Part[]} parts @param {string} name @param {string} text */
function push(parts, name, text) {
  if (text) {
    parts.push({ name, bytes: encoder.encode(text), text });
  }
}

/** @param {string} text @param {number} at where its first quote is; @returns {number} after its last one */
function endOfString(text, at) {
  for (let next = at + 1; next < text.length; next += 1) {
    if (text[next] === "\\") {
      next += 1;
    } else if (text[next] === '"') {
      return next + 1;
    }
  }
  return text.length;
}

/** @param {string} text @param {number} at @returns {number} where the comma or the brace after a value is */
function endOfValue(text, at) {
  let depth = 0;
  for (let next = at; next < text.length; next += 1) {
    const sign = text[next];
    if (sign === '"') {
      next = endOfString(text, next) - 1;
    } else if (sign === "[" || sign === "{") {
      depth += 1;
    } else if (depth === 0 && (sign === "," || sign === "}")) {
      return next;
    } else if (sign === "]" || sign === "}") {
      depth -= 1;
    }
  }
  return text.length;
}

/** @param {string} quoted */
function nameIn(quoted) {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return ""; // the message was cut within a name
  }
}
