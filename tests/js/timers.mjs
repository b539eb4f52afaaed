// Replays scripts for timers (tests/js/timer_scripts.py), one a line on the standard input: prints for each what came of its
// steps, in the same words as Python.

import { createInterface } from "node:readline";

import { canonical } from "../../src/roomcast/js/digest.js";
import { Timers } from "../../src/roomcast/js/timers.js";

/** Run what is due; for each run, when it was due and its key. */
function run(timers, upto, seq) {
  const found = [];
  while (timers.due <= upto) {
    found.push([timers.due, timers.key(seq)]);
    timers.ran(seq);
  }
  return found;
}

for await (const line of createInterface({ input: process.stdin })) {
  let timers = new Timers();
  let set = [];
  const results = JSON.parse(line).map(({ op, ...step }) => {
    let found = null;
    if (op === "set") {
      const timer = timers.set(step.name, [], step.seq, step.at, step.delay, step.interval);
      set.push(timer);
      found = timer.id;
    } else if (op === "cancel") {
      timers.cancel(set[step.which % set.length]);
    } else if (op === "rest") {
      timers.rest(step.since, step.until);
    } else if (op === "another log") {
      timers.forgetPlace();
    } else if (op === "run") {
      found = run(timers, step.upto, step.seq);
    } else {
      const { records, rested, ran, made } = timers.saved(step.seq);
      const of = records.map(({ name, start, interval, runs, id }) => [name, start, interval, runs, id]);
      found = [of, rested, Object.fromEntries(ran), made];
      timers = new Timers();
      timers.restore({ records, rested, ran, made }, step.seq);
      set = [timers.set("last", [], step.seq, step.at, 7)];
    }
    const { at, every, start } = timers.wanted();
    return [found, [...timers.waiting.keys()], timers.due === Infinity ? null : timers.due, [at, every, start]];
  });
  console.log(canonical(results));
}
