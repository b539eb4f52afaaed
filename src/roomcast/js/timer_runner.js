// Runs timers at their places of the room's order: between the events that the client has received.

import { RunningCall } from "./running.js";

/** @typedef {import("./client_events.js").Event} Event */

const SET_BACK = "the room's time was set back: timers have run here that others run later";

/**
 * What it needs of its room.
 * @typedef {object} Context
 * @property {import("./replica.js").Replica} replica
 * @property {import("./room_timers.js").RoomTimers} roomTimers
 * @property {import("./client_core.js").ClientCore} client
 * @property {import("./handlers.js").Handlers} handlers
 * @property {import("./run_queue.js").RunQueue} runQueue
 * @property {() => void} wake lets what the client has to send go out
 */

export class TimerRunner {
  #context;

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
  }

  /**
   * Run the timer that is to run before the next event, or where none waits, by now. Returns the call that it makes; null: there is none.
   * @param {Event | undefined} event
   */
  runNext(event) {
    const { replica, roomTimers, runQueue } = this.#context;
    const { timers } = roomTimers;
    if (!timers || !this.#isDue(timers.due, event)) {
      return null;
    }
    const { next: timer, due } = timers;
    replica.at = Math.max(replica.at, due);
    const call = new RunningCall(replica.seq, due, timers.key(replica.seq));
    runQueue.call(roomTimers.callOf(timer));
    timers.ran(replica.seq);
    return call;
  }

  /** @param {number} due @param {Event | undefined} event */
  #isDue(due, event) {
    const { replica, client } = this.#context;
    return due <= replica.at || (due <= (event ? timeOf(event) : client.ticked) && replica.isAnyoneHere());
  }

  /** Before an event is run: what it says of time. @param {Event} event */
  heed(event) {
    const { replica, roomTimers, handlers } = this.#context;
    const { timers } = roomTimers;
    if (!timers) {
      return;
    }
    if (event.t === "joined") {
      roomTimers.inStep = true;
      timers.rest(replica.at, event.snapshot.at || replica.at); // another log: each is due as long from now as it was
      timers.forgetPlace();
      return;
    }
    const at = timeOf(event);
    if (at > replica.at && !replica.isAnyoneHere()) {
      if (replica.at) {
        timers.rest(replica.at, at);
      }
    } else if (0 < at && at < replica.at) {
      handlers.emitOrWarn("lost", "timers", SET_BACK, SET_BACK);
      roomTimers.inStep = false; // nor does it give its world to others
    }
  }

  /** All is run for now: have the server tell the room's time when the next timer is due. */
  askForTime() {
    const { replica, roomTimers, client, wake } = this.#context;
    const { timers } = roomTimers;
    if (timers && client.askForTime(timers.wanted(), Math.max(client.ticked, replica.at))) {
      wake();
    }
  }

  /**
   * How late what is to run next is, in ms: since then, newer things have arrived.
   * @param {Event | undefined} first that waits
   * @param {Event[]} last the last two that wait
   */
  behind(first, last) {
    const due = this.#context.roomTimers.timers?.due ?? Infinity;
    const newest = [...last.reverse(), first].map((event) => (event ? timeOf(event) : 0)).find((at) => at > 0);
    const [oldest, latest] = newest ? [Math.min(due, (first && timeOf(first)) || Infinity), newest] : [due, this.#context.client.ticked];
    return Math.max(0, latest - oldest);
  }
}

/** The room's time of an event, Unix ms; 0: it has none. @param {Event} event */
function timeOf(event) {
  return "at" in event ? (event.at ?? 0) : 0;
}
