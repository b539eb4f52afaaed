// Replays scripts (tests/js/client_scripts.py) with the client's half in JavaScript: it must do what the one in Python did.
// A script a line on the standard input; says how many steps agreed, or the first that did not.

import assert from "node:assert/strict";
import { createInterface } from "node:readline";

import { bytesFrom } from "../../src/roomcast/js/base64.js";
import { ClientCore } from "../../src/roomcast/js/client_core.js";
import { PendingAnswer } from "../../src/roomcast/js/pending_answer.js";

const OPERATIONS = {
  connected: (client) => client.connected(),
  disconnected: (client, { now, said, final }) => client.disconnected("the cable was cut", now, { said, final }),
  receive: (client, { frame, now }) => client.receive(frame, now),
  take: (client, { now }) => client.takeFrame(now),
  do: (client, { args, to, now, latest, ttl = Infinity }) =>
    client.do("move", args, to, now, latest || ttl < Infinity ? { latest, ttl } : null),
  set: (client, { of, whole, operation, value }) =>
    client.set(of, JSON.stringify({ x: value }), { whole, op: operation, was: operation === "swap" ? `{"x":${value}}` : "" }),
  send: (client, { data, to }) => client.send("picture", '["cat",""]', [[1, bytesFrom(data)]], to),
  check: (client, { s }) => client.check(s, "abc"),
  ask: (client, { args }, answers) => {
    const answer = new PendingAnswer();
    answers.push(answer);
    client.ask("roll", args, answer);
  },
  wake: (client, { at, every, from, heard }) => client.askForTime({ at, every, start: from }, heard),
  begin: (client) => client.beginWithWorld(),
  save: (client, { s, at, whole, text, log }) => client.saveWorld(log, { s, at, most: 10_000, whole }, text),
  report: (client, { s }) => client.report(client.log, { t: "do", s, by: "Alan", at: 0, c: "move", n: 3 }, 0.5),
};

/** A frame's messages: Python and JavaScript write numbers and letters alike, but may break differently into lines. */
function messages(frame) {
  return frame ? frame.split("\n").map((line) => JSON.parse(line)) : [];
}

/** An event, with an answer as the scripts have it: by its place among all that were asked for. */
function shown(event, answers) {
  if (event.t !== "answered") {
    return event;
  }
  const { code, message, result } = event.answer;
  return { t: "answered", answer: answers.indexOf(event.answer), code, message, result };
}

let steps = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const { seed, script } = JSON.parse(line);
  const client = new ClientCore("dots", "Ada", () => 0.5);
  const answers = [];
  script.forEach((step, index) => {
    let frame = "";
    let error = "";
    try {
      frame = OPERATIONS[step.op](client, step, answers);
    } catch (caught) {
      error = caught.name;
    }
    const events = client.events.splice(0).map((event) => shown(event, answers));
    const { stage, me, seen, unacknowledged, outdated, hasOutput, retryAt, holding, ticked } = client;
    try {
      assert.equal(error, step.error);
      assert.deepEqual(events, step.events);
      assert.deepEqual([stage, me, seen, unacknowledged, outdated, hasOutput, holding, ticked], step.stands);
      assert.ok(Math.abs(client.clock.time(step.now, 0) - step.time) < 0.01, `${client.clock.time(step.now, 0)}, not ${step.time}`);
      assert.ok(Math.abs(retryAt - step.retry_at) < 0.01, `retryAt ${retryAt}, not ${step.retry_at}`);
      assert.deepEqual(messages(step.op === "take" ? frame : ""), messages(step.frame_out));
    } catch (difference) {
      console.log(`script ${seed}, step ${index}, ${JSON.stringify(step)}:\n${difference.message}`);
      process.exit(1);
    }
    steps += 1;
  });
}
console.log(`${steps} steps agree`);
