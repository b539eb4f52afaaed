// The part of a room that makes moves quick and smooth: prediction of our own, interpolation of the others'.

import { positional } from "./asking.js";
import { BadArgument, Refused } from "./errors.js";
import { commandName } from "./handlers.js";
import { PendingAnswer } from "./pending_answer.js";
import { Prediction } from "./prediction.js";
import { RoomView } from "./room_view.js";
import { SmoothPlaces } from "./smooth.js";

/** @typedef {import("./players.js").Player} Player */
/** @typedef {import("./prediction.js").Pending} Pending */
/** @typedef {import("./smooth.js").Smooth} Smooth */
/** @typedef {import("./room_view.js").Context & {handlers: () => import("./handlers.js").Handlers}} Context what it needs of its room */

/** Drawing at sixty frames a second what arrives ten or twenty times a second, and late. */
export class MovingRoom extends RoomView {
  #context;
  /** @type {Prediction | null} */
  #prediction = null;

  /** @param {Context} context */
  constructor(context) {
    super(context);
    this.#context = context;
  }

  /**
   * Say where to draw players, from the numbers that they have under these keys of their state: `const smooth = room.smooth(["x", "y"])`.
   *
   * Call what this returns with a player, in each frame: `const [x, y] = smooth(player)`. Others are shown a moment ago, on their way
   * from one place that was heard to the next, instead of jumping there. `delay`: how long ago, in seconds; without it, as long as
   * news takes now. `angles`: keys of degrees, which turn the shorter way round. `jump`: who is further away than that from one place
   * to the next has been put there, and does not glide.
   *
   * @param {string[]} keys
   * @param {{angles?: string[], delay?: number, jump?: number}} [how]
   * @returns {Smooth}
   * @throws {BadArgument}
   */
  smooth(keys, { angles = [], delay, jump } = {}) {
    for (const names of [keys, angles]) {
      if (!Array.isArray(names) || names.some((one) => typeof one !== "string") || keys.length + angles.length === 0) {
        throw new BadArgument(`smooth takes keys of the players' state: room.smooth(["x", "y"], { angles: ["turn"] })`, "setting");
      }
    }
    for (const [name, value] of Object.entries({ delay, jump })) {
      if (value !== undefined && !(typeof value === "number" && value >= 0 && (value > 0 || name === "delay"))) {
        throw new BadArgument(`${name}: ${String(value)}: ${name === "delay" ? "seconds, as in { delay: 0.15 }" : "a distance, as in { jump: 100 }"}`, "setting");
      }
    }
    const places = new SmoothPlaces(this, keys, angles, { delay: delay ?? null, jump: jump ?? null, prediction: () => this.#prediction });
    const handlers = this.#context.handlers();
    handlers.add("set", (player, patch) => places.changed(player, patch));
    handlers.add("leave", (player) => places.gone(player));
    handlers.add("skipped", () => places.anew());
    handlers.add("lost", () => places.anew());
    const smooth = (/** @type {Player} */ player) => places.at(player);
    Object.defineProperties(smooth, { delay: { get: () => places.delay }, time: { get: () => places.time } });
    return /** @type {Smooth} */ (/** @type {unknown} */ (smooth));
  }

  /**
   * Register what a command will do: calling the returned function sends the command to the room's rules, and shows its effect now:
   * `const move = room.predict("move", (me, dx, dy) => { me.x += dx; me.y += dy; })`.
   *
   * `run` is given this player's state as an object, and the arguments, and changes the object as the room's rules will change the
   * player. `room.predicted` is our state with what was sent and not decided yet. When the room decides otherwise, that is put right,
   * and a refusal is an "error" event.
   *
   * @template {any[]} Args
   * @param {string} name
   * @param {(me: {[key: string]: any}, ...args: Args) => unknown} run
   * @returns {(...args: Args) => void}
   * @throws {BadArgument}
   */
  predict(name, run) {
    const command = commandName(name);
    if (typeof run !== "function") {
      throw new BadArgument(`predict takes a function: room.predict("${command}", (me, dx) => { me.x += dx; })`, "decorator");
    }
    const inbox = this.#context.inbox;
    this.#prediction ??= new Prediction(
      () => inbox().replica,
      (what, error) => console.warn(`${what} cannot be predicted, and is shown when the room has decided it:`, error),
    );
    const prediction = this.#prediction;
    return (...args) => {
      const json = positional(command, args);
      const given = JSON.parse(json);
      const answer = new PendingAnswer(() => {
        pending.taken = true;
        if (answer.code) {
          inbox().emitError(new Refused(answer.code, answer.message));
        }
      });
      /** @type {Pending} */
      const pending = { answer, command, run: (state) => run(state, ...given), taken: false };
      this.#context.sender().ask(command, json, answer);
      prediction.add(pending);
    };
  }

  /** Our own state, with what was sent by functions of `predict` and has not been decided yet. To be read. @type {Readonly<{[key: string]: any}>} */
  get predicted() {
    return this.#prediction?.values ?? {};
  }
}
