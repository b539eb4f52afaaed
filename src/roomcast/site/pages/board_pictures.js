// Pictures on the board: takes them from the user, sends them, and shows them on everyone's board.

import { sha256 } from "../../js/digest.js";

import { placeOf } from "./canvas.js";
import { byId } from "./elements.js";
import { warn } from "./entrance.js";
import { Gallery } from "./gallery.js";
import { newKey } from "./unique_key.js";
import { inWords, kindOf, LARGEST, pictureOf, placed } from "./pictures.js";
import { Post } from "./picture_transfer.js";
import { BOARD } from "./strokes.js";

/** @typedef {import("../../js/roomcast.js").Room} Room */
/** @typedef {import("../../js/roomcast.js").Player} Player */
/** @typedef {import("./pictures.js").Picture} Picture */
/** @typedef {{command: string, done: number, size: number, failed: string}} Progress */

export const PICTURE = "picture "; // prefix of the keys of pictures in shared state
const MOVE_EVERY = 100; // milliseconds between two messages about a picture that is being moved

export class Mailing {
  /** @type {Map<string, Picture>} */
  #pictures = new Map();
  /** @type {Map<string, {x: number, y: number}>} */
  #moved = new Map(); // places that are not sent yet
  #moving = 0;
  #room;
  #put;
  #changed;
  #gallery;
  #post;

  /**
   * @param {Room} room
   * @param {(id: string) => string} nameOf a player's
   * @param {(key: string, picture: Picture) => void} put  puts it on the board, for everyone
   * @param {(sentence: string) => void} changed  something is there or gone that was not or was before
   */
  constructor(room, nameOf, put, changed) {
    this.#room = room;
    this.#put = put;
    this.#changed = changed;
    this.#gallery = new Gallery(byId("pictures-layer"), byId("pictures"), {
      move: (key, x, y) => this.#move(key, x, y),
      remove: (key) => room.closed || room.state.delete(key),
      nameOf,
    });
    this.#post = new Post(room, {
      arrived: (key, bytes) => this.#fill(key, bytes),
      expected: (key) => this.#gallery.note(key, "on its way …"),
      nowhere: (key) => this.#gallery.note(key, "Nobody who is here has this picture any more."),
    });
    room.on("set", (/** @type {Player} */ player, /** @type {object} */ patch) => {
      for (const key of Object.keys(patch).filter((one) => one.startsWith(PICTURE))) {
        this.#show(key, player !== room.me);
      }
    });
    room.on("progress", (/** @type {Player} */ player, /** @type {Progress} */ progress) => this.#goesOn(player, progress));
    for (const event of ["skipped", "lost"]) {
      room.on(event, () => this.#showAll());
    }
    this.#showAll();
  }

  /** How many pictures are on the board. */
  get size() {
    return this.#pictures.size;
  }

  /**
   * Send a picture to everyone.
   *
   * @param {File} file
   * @param {[number, number]} middle where it shall lie
   */
  async mail(file, middle) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const problem = await unfit(file.name, bytes);
    if (problem || this.#room.closed) {
      warn(problem || "This picture was not mailed: the room is closed.");
      return;
    }
    const bitmap = await createImageBitmap(new Blob([bytes], { type: kindOf(bytes) }));
    const key = PICTURE + newKey();
    const name = file.name.slice(0, 100) || "picture";
    const picture = { by: this.#room.me.id, name, ...placed(bitmap, middle), size: bytes.length, sha: sha256(bytes) };
    bitmap.close();
    this.#put(key, picture); // it is shown when it has come back: so all boards have the same order
    this.#changed(`${name} is being mailed.`);
    this.#post.mail(key, bytes);
  }

  /** Its entry was refused: the board is full. @param {string} key */
  refused(key) {
    this.#post.forget(key);
  }

  /** Show the pictures that are in shared state now. */
  #showAll() {
    for (const key of [...this.#pictures.keys(), ...this.#room.state.keys()].filter((one) => one.startsWith(PICTURE))) {
      this.#show(key, false);
    }
    this.#gallery.order(this.#room.state.keys());
  }

  /** @param {string} key @param {boolean} onItsWay whether its bytes were mailed to us a moment ago */
  #show(key, onItsWay) {
    const picture = pictureOf(this.#room.state.get(key));
    const before = this.#pictures.get(key);
    if (picture) {
      this.#pictures.set(key, picture);
      this.#gallery.put(key, picture);
      const ours = this.#post.bytesOf(key);
      if (ours && !before) {
        this.#fill(key, ours);
        this.#gallery.note(key, "", 0);
      }
      this.#post.want(key, picture, onItsWay);
    } else if (before) {
      this.#pictures.delete(key);
      this.#gallery.remove(key);
      this.#post.forget(key);
    }
    if (Boolean(picture) !== Boolean(before)) {
      this.#changed(picture ? `A picture: ${picture.name}.` : `The picture ${before?.name} is gone.`);
    }
  }

  /** @param {string} key @param {Uint8Array<ArrayBuffer>} bytes */
  #fill(key, bytes) {
    this.#gallery.fill(key, new Blob([bytes], { type: kindOf(bytes) }));
  }

  /** Another piece of a picture was received, or of ours sent. @param {Player} player @param {Progress} progress */
  #goesOn(player, { command, done, size, failed }) {
    if (command !== "picture") {
      return;
    }
    const mine = player === this.#room.me;
    for (const [key, picture] of this.#pictures) {
      if (picture.size === size && (!mine || picture.by === player.id)) {
        const words = mine ? "being mailed …" : "on its way …";
        this.#gallery.note(key, words, failed || done === size ? undefined : done / size);
      }
    }
  }

  /** @param {string} key @param {number} x @param {number} y */
  #move(key, x, y) {
    this.#moved.set(key, { x, y });
    this.#moving ||= setTimeout(() => {
      this.#moving = 0;
      if (!this.#room.closed) {
        this.#room.state.merge(Object.fromEntries([...this.#moved].filter(([one]) => this.#pictures.has(one))));
      }
      this.#moved.clear();
    }, MOVE_EVERY);
  }
}

/**
 * Why these bytes cannot be sent as a picture, or "".
 *
 * @param {string} name
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
async function unfit(name, bytes) {
  if (bytes.length > LARGEST) {
    return `“${name}” has ${inWords(bytes.length)}, and a picture may have ${inWords(LARGEST)}: make it smaller first.`;
  }
  const kind = kindOf(bytes);
  try {
    if (kind) {
      (await createImageBitmap(new Blob([bytes], { type: kind }))).close();
      return "";
    }
  } catch {
    // it has the first bytes of a picture, but is none
  }
  return `“${name}” is no picture that every browser shows: choose a PNG, JPEG, GIF, WebP or AVIF file.`;
}

/**
 * Take pictures that are dropped on the board, pasted or chosen.
 *
 * @param {HTMLElement} stage
 * @param {(file: File, middle: [number, number]) => void} take
 */
export function listen(stage, take) {
  const files = /** @type {HTMLInputElement} */ (byId("files"));
  const hint = byId("drop");
  let count = 0; // so that several are placed side by side

  /** @param {Iterable<File> | undefined} several @param {[number, number]} [middle] */
  function takeAll(several, middle) {
    for (const file of several ?? []) {
      count += 1;
      const shift = ((count % 5) - 2) * 30;
      take(file, middle ?? [BOARD / 2 + shift, BOARD / 2 + shift]);
    }
  }

  byId("add").addEventListener("click", () => files.click());
  files.addEventListener("change", () => {
    takeAll(files.files ?? undefined);
    files.value = "";
  });
  document.addEventListener("paste", (event) => takeAll(event.clipboardData?.files));
  document.addEventListener("dragover", (event) => {
    event.preventDefault(); // so that a file dropped beside the board does not replace the page
    hint.hidden = !(event.target instanceof Node && stage.contains(event.target));
  });
  document.addEventListener("dragleave", (event) => {
    hint.hidden = event.relatedTarget === null || hint.hidden;
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    hint.hidden = true;
    if (event.target instanceof Node && stage.contains(event.target)) {
      takeAll(event.dataTransfer?.files, placeOf(event, stage, BOARD));
    }
  });
}
