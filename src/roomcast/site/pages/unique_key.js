// Keys for things in shared state, that two players never make alike.

export function newKey() {
  const numbers = crypto.getRandomValues(new Uint32Array(2));
  return [...numbers].map((number) => number.toString(36)).join("");
}
