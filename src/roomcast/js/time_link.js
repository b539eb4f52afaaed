// What a client hears of the room's time over its connection, and asks of it: round trips, ticks, and to be woken for timers.

import { RoomClock } from "./room_clock.js";
import { RoundTrips } from "./round_trips.js";
import { Wakes } from "./wakes.js";

export class TimeLink {
  ticked = 0; // the newest tick: no entry from before that time will come (Unix ms); 0: none
  clock = new RoomClock();
  roundTrips = new RoundTrips(this.clock);
  wakes = new Wakes();

  #greetedAt = 0; // when hello was written

  /** Hello is being written. @param {number} now */
  greeted(now) {
    this.#greetedAt = now;
  }

  /**
   * The server has let us in.
   * @param {import("./messages.js").Welcome} welcome
   * @param {number} now
   */
  welcomed({ lost, resumed, time = 0 }, now) {
    this.clock.restart(Boolean(lost) || !resumed);
    this.clock.sample(this.#greetedAt, now, time);
    this.wakes.connected();
  }
}
