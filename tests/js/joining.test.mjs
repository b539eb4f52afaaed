// Joining a room: who gets in, and what is said to those who do not.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { BadArgument, CannotConnect, join } from "../../src/roomcast/js/roomcast.js";
import { endAll, enter } from "./room.mjs";
import { Tap, until } from "./tap.mjs";

afterEach(endAll);

// ---------------------------------------------------------------------- coming in

test("a room says who is there, and what is shared", async () => {
  const { room, tap } = await enter();
  assert.equal(tap.url, "ws://server:1/");
  assert.equal(tap.protocol, "roomcast.1");
  assert.deepEqual([...room.players].map((one) => one.id), ["Alan", "Ada"]);
  assert.deepEqual([room.name, room.me.id, room.me.name, room.seq, room.closed], ["dots", "Ada", "Ada", 5, false]);
  assert.equal(room.players.get("Ada"), room.me);
  assert.equal(room.players.get("Eve"), undefined);
  assert.ok(room.players.has("Alan") && room.players.has(room.me) && !room.players.has("constructor"));
  assert.equal(room.players.get("Alan").state.get("x"), 3);
  assert.equal(room.state.get("level"), 2);
});

test("who is not let in is told why", async () => {
  class Refusing extends Tap {
    greet = () => this.say({ t: "error", code: "room-full", message: "full" }, { t: "bye", code: "room-full", message: "it is full", again: 0.5 });
  }
  await assert.rejects(enter({ WebSocket: Refusing }), (error) => {
    assert.ok(error instanceof CannotConnect);
    assert.equal(error.sentence, "server:1 did not let us into 'dots': it is full");
    return true;
  });
  assert.equal(Tap.last.closed, 1000);
});

test("where no server answers, and where one is silent, join says so", async () => {
  class Nobody extends Tap {
    constructor(url) {
      super(url);
      this.onopen = null;
      setTimeout(() => this.lose(), 1);
    }
    set onopen(_) {}
  }
  await assert.rejects(enter({ WebSocket: Nobody }), /no server answers at server:1: start one with 'roomcast serve'/);
  class Silent extends Tap {
    greet = () => {};
  }
  await assert.rejects(enter({ WebSocket: Silent, timeout: 20 }), /server:1 does not answer within 0.02 seconds/);
});

test("wrong arguments of join show how it is done", async () => {
  const wrong = [["", /where to/], ["host:5", /which room\? Write it like host:5\/dots/], ["ftp:\/\/x/y", /ws:\/\/192/],
    ["ws://x/", /no address of a room/], ["a@b/x", /no address of a server/], ["x/a\u0000", /cannot be seen/]];
  for (const [where, says] of wrong) {
    await assert.rejects(join(where, { WebSocket: Tap }), (error) => error instanceof BadArgument && says.test(error.sentence));
  }
  await assert.rejects(enter({ name: "x".repeat(65) }), /at most 64 are allowed/);
  await assert.rejects(enter({ batch: "soon" }), /choose one of arrival, frame, pump/);
});

test("a bad network is asked for by the query of the address, and what is none is refused", async () => {
  const { tap } = await enter({ lag: "80ms", jitter: " .02s ", drop: "1%/min" });
  assert.equal(tap.url, "ws://server:1/?lag=80ms&jitter=.02s&drop=1%25%2Fmin");
  for (const [lag, says] of [["80", /'80' is no time: write it like 80ms or 0.08s/], ["6s", /more than 5s/], ["-1s", /no time/]]) {
    await assert.rejects(enter({ lag }), (error) => error instanceof BadArgument && says.test(error.sentence));
    await assert.rejects(enter({ jitter: lag }), says);
  }
  await assert.rejects(enter({ drop: "1" }), /drop: '1' is no chance: write it like 1%\/min/);
  await assert.rejects(enter({ drop: "100%/min" }), /less than 100%/);
  assert.equal((await enter({ lag: "", jitter: "", drop: "" })).tap.url, "ws://server:1/");
});

test("a page's session is the same, however bad its network is", async () => {
  const stored = new Map();
  const keep = { getItem: (key) => stored.get(key) ?? null, setItem: (key, value) => stored.set(key, value), removeItem: (key) => stored.delete(key) };
  await enter({ keep });
  const [key] = stored.keys();
  await enter({ keep, lag: "80ms" });
  assert.deepEqual([...stored.keys()], [key]);
});

test("who has misspelt a room's name hears which others there are", async () => {
  const warned = [];
  const usual = console.warn;
  console.warn = (words) => warned.push(words);
  class Near extends Tap {
    greet = (hello) => Tap.welcome(this, hello, { near: ["turtles"] });
  }
  const { room } = await enter({ WebSocket: Near });
  console.warn = usual;
  assert.deepEqual(room.near, ["turtles"]);
  assert.deepEqual(warned, ["roomcast: you are the first in the room 'dots'; other rooms here: 'turtles'. Is the name right? (help: roomcast help first-here)"]);
});

test("who has misspelt a kind of rooms with rules hears which there are", async () => {
  const warned = [];
  const usual = console.warn;
  console.warn = (words) => warned.push(words);
  class Near extends Tap {
    greet = (hello) => Tap.welcome(this, hello, { near: ["duel"], room: "dual-cdfghjkm" });
  }
  await enter({ WebSocket: Near });
  console.warn = usual;
  const said = "this server has no rules for 'dual', so this is a room without; it has some for 'duel'. Is the name right?";
  assert.deepEqual(warned, [`roomcast: ${said} (help: roomcast help first-here)`]);
});

/** What is said to who comes into a room in which so much has happened; `prepare` is what its program does at once. */
async function saidTo(welcome, prepare, options = {}) {
  const said = [];
  const { info, warn } = console;
  console.info = console.warn = (words) => said.push(words);
  class Late extends Tap {
    greet = (hello) => Tap.welcome(this, hello, { snapshot: { players: [{ id: "Ada", name: "Ada" }] }, before: 12, ...welcome });
  }
  const { room, tap } = await enter({ WebSocket: Late, ...options });
  prepare(room);
  tap.say({ ...MOVE, s: 6 }, { t: "begin", s: 60, snapshot: {}, upto: 60, world: '{"world":1}' }, { ...MOVE, s: 61 });
  await until(() => {
    if (options.batch === "pump") {
      room.pump();
    }
    return room.seq === 61;
  });
  Object.assign(console, { info, warn });
  return said;
}

const MOVE = { t: "do", by: "Ada", at: 1, c: "move" };
const listens = (room) => room.on("move", () => {});

test("who comes late and sees nothing of what was before is told, once", async () => {
  const words = "before this page came, there were 12 calls in the room 'dots', of which it sees nothing. To run them here as well: " +
    "join(…, { replay: true }); for a room that runs for hours, room.world (help: roomcast help late)";
  assert.deepEqual(await saidTo({}, listens), [`roomcast: ${words}`]);
  assert.deepEqual(await saidTo({}, listens, { batch: "pump" }), [`roomcast: ${words}`]);
  assert.match((await saidTo({ before: 1 }, listens))[0], /there was one call in the room/);
});

test("who wants all from the beginning is told where the room has forgotten that", async () => {
  const words = "the room 'dots' has forgotten its first 5 entries, so replay runs what came after them: what this page's functions " +
    "would have made of those is missing here. For a room that runs for hours, room.world (help: roomcast help late)";
  assert.deepEqual(await saidTo({ s: 5, before: 0, snapshot: { state: { level: 1 } } }, listens, { replay: true }), [`roomcast: ${words}`]);
  assert.deepEqual(await saidTo({ s: 5, before: 0 }, () => {}, { replay: true }), [], "it makes nothing of calls");
});

test("where nothing is missing, nobody is told that it is", async () => {
  assert.deepEqual(await saidTo({ before: undefined }, listens), [], "the first, or one who runs the log from its beginning");
  assert.deepEqual(await saidTo({}, () => {}), [], "it makes nothing of calls");
  assert.deepEqual(await saidTo({ world: '{"world":1}' }, listens), []);
  assert.deepEqual(await saidTo({ snapshot: { state: { level: 1 } } }, listens), [], "shared state says what there is");
  assert.deepEqual(await saidTo({ snapshot: { players: [{ id: "Ada", name: "Ada", state: { x: 1 } }] } }, listens), []);
  const withWorld = (room) => {
    listens(room);
    room.world({ save: () => 1, load: () => {} });
  };
  assert.deepEqual(await saidTo({}, withWorld), []);
});

/** As on a page that came from there. */
async function on(page, run) {
  globalThis.location = { protocol: `${page.split(":")[0]}:`, host: page.split("://")[1] };
  try {
    return await run();
  } finally {
    delete globalThis.location;
  }
}

test("a page that came by https connects by wss, and is told where it cannot", async () => {
  const safe = { dots: "wss://example.org/", "h:9/dots": "wss://h:9/", "wss://h:9/dots": "wss://h:9/dots", "https://h/dots": "wss://h/dots",
    "127.0.0.1:9/dots": "ws://127.0.0.1:9/", "ws://localhost:9/dots": "ws://localhost:9/dots", "ws://[::1]:9/dots": "ws://[::1]:9/dots" };
  for (const [where, url] of Object.entries(safe)) {
    const room = await on("https://example.org", () => join(where, { WebSocket: Tap }));
    assert.equal(Tap.last.url, url, where);
    await room.leave();
  }
  for (const where of ["ws://h:9/dots", "http://h/dots", "ws://localhost.example.org/dots", "ws://127.0.0.1.example.org:9/dots"]) {
    await assert.rejects(on("https://example.org", () => join(where, { WebSocket: Tap })), (error) => {
      assert.ok(error instanceof BadArgument);
      assert.match(error.sentence, /this page came by https.*write it with wss:\/\//);
      return true;
    });
  }
  const plain = await on("http://10.0.0.5:8112", () => join("dots", { WebSocket: Tap }));
  assert.equal(Tap.last.url, "ws://10.0.0.5:8112/");
  await plain.leave();
});

test("a browser that refuses to make the connection is no DOMException", async () => {
  class Forbidden {
    constructor() {
      throw new DOMException("An insecure connection may not be initiated", "SecurityError");
    }
  }
  await assert.rejects(enter({ WebSocket: Forbidden }), (error) => {
    assert.ok(error instanceof CannotConnect);
    assert.match(error.sentence, /no connection to server:1 may be made from here: An insecure connection/);
    return true;
  });
});

test("an address may be written in all the ways in which Python takes it", async () => {
  const written = { "h:9/my room": "ws://h:9/", "h/x": "ws://h:8112/", "h:80/x": "ws://h/", "[::1]:7/x": "ws://[::1]:7/",
    "wss://h/p/x": "wss://h/p/x", "https://h/x": "wss://h/x", "http://h:1/a%20b": "ws://h:1/a%20b", "x": "ws://127.0.0.1:8112/" };
  for (const [where, url] of Object.entries(written)) {
    const room = await join(where, { WebSocket: Tap });
    assert.equal(Tap.last.url, url, where);
    assert.ok(["my room", "x", "a b"].includes(room.name));
    await room.leave();
  }
});
