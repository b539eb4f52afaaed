// The one object for each player: there as long as the player is in the room, or the program holds it.

import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import v8 from "node:v8";
import vm from "node:vm";

import { EMPTY, apply } from "../../src/roomcast/js/fold.js";
import { KnownPlayers } from "../../src/roomcast/js/players.js";

v8.setFlagsFromString("--expose-gc");
const collect = vm.runInNewContext("gc");

class Room {
  fold = EMPTY;
  known = new KnownPlayers(
    () => this.fold,
    () => this.known.get("me"),
    () => {},
  );

  enter(entry) {
    const player = this.known.get(entry.by);
    if (entry.t === "leave") {
      this.known.leave(player);
    }
    this.fold = apply(this.fold, { s: 1, at: 0, ...entry });
    return player;
  }
}

test("a player is one object while it is in the room, and as long as the program holds it", () => {
  const room = new Room();
  room.enter({ t: "join", by: "Ada", name: "Ada", state: { x: 1 } });
  const ada = room.known.get("Ada");
  assert.equal(room.enter({ t: "leave", by: "Ada" }), ada);
  assert.deepEqual([ada.here, ada.state.get("x")], [false, 1]);
  assert.equal(room.enter({ t: "join", by: "Ada", name: "Ada", state: { x: 2 } }), ada);
  assert.deepEqual([ada.here, ada.state.get("x")], [true, 2]);
});

test("of those who have left and whom nobody holds, nothing is kept", async () => {
  const room = new Room();
  const gone = [];
  for (let number = 0; number < 50; number += 1) {
    const by = `p${number}`;
    room.enter({ t: "join", by, name: by, state: { picture: "x".repeat(1000) } });
    room.known.get(by).state.get("picture");
    gone.push(new WeakRef(room.enter({ t: "leave", by })));
  }
  const held = () => gone.filter((player) => player.deref()).length;
  for (let tries = 0; held() > 0 && tries < 100; tries += 1) {
    await sleep(1); // what a turn of the event loop has looked at lives until its end
    collect();
  }
  assert.equal(held(), 0);
});
