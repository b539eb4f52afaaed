// The slider over the log that is kept, and the buttons below it: where one looks, and how that moves.

import { byId } from "../pages/elements.js";

/** @typedef {import("./looking_back.js").LookingBack} LookingBack */

export class Timeline {
  #looking;
  #slider = /** @type {HTMLInputElement} */ (byId("when"));
  #lineAt;
  #nameOf;

  /**
   * @param {LookingBack} looking
   * @param {(seq: number) => import("./entry_lines.js").Line | null} lineAt
   * @param {(id: string) => string} nameOf
   * @param {(place: string) => void} say announce where one has come to
   */
  constructor(looking, lineAt, nameOf, say) {
    this.#looking = looking;
    this.#lineAt = lineAt;
    this.#nameOf = nameOf;
    this.#slider.addEventListener("input", () => looking.goTo(this.#slider.valueAsNumber));
    this.#slider.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      this.#toggle();
    });
    byId("play").addEventListener("click", () => this.#toggle());
    for (const [id, by] of /** @type {[string, number][]} */ ([["back", -1], ["on", 1]])) {
      byId(id).addEventListener("click", () => {
        looking.step(by);
        say(this.place);
      });
    }
    byId("live").addEventListener("click", () => {
      looking.goLive();
      say(this.place);
    });
    for (const choice of document.querySelectorAll('input[name="pace"]')) {
      choice.addEventListener("change", () => (looking.speed = Number(/** @type {HTMLInputElement} */ (choice).value)));
    }
  }

  /** Where one looks, in words. */
  get place() {
    const { live, isThere, at, end, log } = this.#looking;
    if (live) return end > 0 ? `Now, at № ${counted(end)}` : "Nothing is kept of this room yet";
    if (!isThere) return `Reading the log: ${Math.floor(100 * this.#looking.loaded)} %`;
    const where = `№ ${counted(at)} of ${counted(end)}`;
    const line = at > log.first ? this.#lineAt(at) : null;
    if (!line) return at === 0 ? `${where}: before anything happened` : `${where}: the oldest that is kept`;
    const who = line.by ? `${this.#nameOf(line.by)}: ` : "";
    return `${where}, ${new Date(line.at).toLocaleTimeString("en-GB")}, ${who}${line.what}`;
  }

  show() {
    const { live, playing, first, end, at } = this.#looking;
    const slider = this.#slider;
    slider.min = String(first);
    slider.max = String(end);
    slider.value = String(live ? end : at);
    const none = live && end === first;
    slider.disabled = none;
    const { place } = this;
    if (slider.getAttribute("aria-valuetext") !== place) slider.setAttribute("aria-valuetext", place);
    if (byId("place").textContent !== place) byId("place").textContent = place;
    for (const id of ["back", "play"]) /** @type {HTMLButtonElement} */ (byId(id)).disabled = none;
    byId("play").textContent = playing ? "Stop" : "Play";
    byId("on").setAttribute("aria-disabled", String(live));
    byId("live").setAttribute("aria-pressed", String(live));
    byId("theatre").classList.toggle("past", !live);
  }

  #toggle() {
    if (this.#looking.playing) this.#looking.stop();
    else this.#looking.play();
  }
}

/** @param {number} number */
function counted(number) {
  return number.toLocaleString("en");
}
