// How deep a message is nested, and how many values it holds, as the server counts them: docs/protocol.md, Frames and messages.

const DEPTH = 256; // a server says so where it allows less or more
const VALUES = 10_000;

/**
 * Why the server would end the connection over a message; "" where it would not.
 * @param {string} line JSON
 * @param {import("./messages.js").ClientLimits} limits
 */
export function misshapen(line, { json_depth: depth = DEPTH, json_values: values = VALUES }) {
  if (line.length <= depth && line.length <= 2 * values) {
    return "";
  }
  const found = shapeOf(line);
  if (found.depth > depth) {
    return `is nested ${found.depth} levels deep, and a message may have ${depth} (setting: json-depth)`;
  }
  return found.values > values ? `holds ${found.values} values, and a message may have ${values} (setting: json-values)` : "";
}

/** Keys do not count as values. @param {string} json */
export function shapeOf(json) {
  let [depth, deepest, values] = [0, 0, 1];
  for (let at = 0; at < json.length; at += 1) {
    const letter = json.charCodeAt(at);
    if (letter === 0x22) {
      at = endOfText(json, at);
    } else if (letter === 0x5b || letter === 0x7b) {
      depth += 1;
      deepest = Math.max(deepest, depth);
      const next = json.charCodeAt(at + 1);
      values += next === 0x5d || next === 0x7d ? 0 : 1; // as many as commas, and one more where it is not empty
    } else if (letter === 0x5d || letter === 0x7d) {
      depth -= 1;
    } else if (letter === 0x2c) {
      values += 1;
    }
  }
  return { depth: deepest, values };
}

/** Where a text ends that begins at `start`. @param {string} json @param {number} start */
function endOfText(json, start) {
  for (let end = json.indexOf('"', start + 1); end >= 0; end = json.indexOf('"', end + 1)) {
    let before = end - 1;
    while (json[before] === "\\") {
      before -= 1;
    }
    if ((end - before) % 2 === 1) {
      return end;
    }
  }
  return json.length;
}
