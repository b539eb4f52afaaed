// A connection without a network: the test says what the server says.

const LIMITS = { message_size: 65536, rate: 60, burst: 120, silent_for: 25 };

export class Tap {
  /** @type {Tap[]} */
  static all = [];
  bufferedAmount = 0;
  readyState = 1;
  written = [];
  closed = null;

  constructor(url, protocol) {
    Object.assign(this, { url, protocol });
    Tap.all.push(this);
    queueMicrotask(() => this.onopen?.({}));
  }

  static get last() {
    return Tap.all.at(-1);
  }

  send(frame) {
    this.written.push(...frame.split("\n").map((line) => JSON.parse(line)));
    if (this.written.length === 1 && this.written[0].t === "hello") {
      queueMicrotask(() => this.greet(this.written[0]));
    }
  }

  /** Answer the hello; tests that want another answer put their own here. */
  greet = (hello) => Tap.welcome(this, hello);

  static welcome(tap, hello, more = {}) {
    const players = [{ id: "Alan", name: "Alan", state: { x: 3 } }, { id: "Ada", name: hello.name || "player" }];
    const snapshot = { players, state: { level: 2 } };
    tap.say({ t: "welcome", me: "Ada", session: "s1", s: 5, time: 0, limits: LIMITS, snapshot, ...more });
  }

  say(...messages) {
    this.onmessage?.({ data: messages.map((one) => JSON.stringify(one)).join("\n") });
  }

  /** The connection breaks. */
  lose() {
    this.onclose?.({ code: 1006 });
  }

  close(code) {
    this.closed = code;
  }
}

/** Let all that is due be done. */
export function settle(ms = 5) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Look until it is so. */
export async function until(condition, within = 10_000) {
  const giveUp = performance.now() + within;
  while (!condition()) {
    if (performance.now() > giveUp) {
      throw new Error(`did not happen within ${within} ms: ${condition}`);
    }
    await settle(2);
  }
}
