// The form for administrators: takes the token, and shows what it allows. The token is sent over the WebSocket only.

import { byId, element } from "../pages/elements.js";

/** @typedef {import("./drawing.js").Resident} Resident */

export class AdminForm {
  #connection;
  #allowed = false;
  /** @type {Resident[]} */
  #residents = [];

  /** @param {import("./observer_connection.js").ObserverConnection} connection */
  constructor(connection) {
    this.#connection = connection;
    connection.token = tokenOfPage();
    addEventListener("hashchange", () => {
      const token = tokenOfPage();
      if (token) connection.use(token);
    });
    byId("token-form").addEventListener("submit", (event) => {
      event.preventDefault();
      byId("token-error").hidden = true;
      connection.use(/** @type {HTMLInputElement} */ (byId("token")).value.trim());
    });
    byId("close-room").addEventListener("click", () =>
      confirm("Close this room?", "Everyone in it is told and sent out. Whoever joins then begins a new room.", "Close the room", () =>
        connection.closeRoom(),
      ),
    );
  }

  /** @param {boolean} allowed */
  allow(allowed) {
    this.#allowed = allowed;
    byId("token-form").hidden = allowed;
    byId("admin").hidden = !allowed;
    if (allowed) /** @type {HTMLInputElement} */ (byId("token")).value = "";
    this.settle(this.#residents);
  }

  /** The server refused the token. @param {string} why */
  refuse(why) {
    byId("token-error").textContent = `${why.charAt(0).toUpperCase()}${why.slice(1)}.`;
    byId("token-error").hidden = false;
    this.#connection.use("");
  }

  /** @param {Resident[]} residents */
  settle(residents) {
    this.#residents = residents;
    /** @type {HTMLButtonElement} */ (byId("close-room")).disabled = !this.#allowed;
    const rows = residents.map((one) => {
      const kick = element(
        "button",
        { type: "button", class: "quiet", disabled: !this.#allowed },
        "Send out",
        element("span", { class: "only-read" }, ` ${one.name}`),
      );
      kick.addEventListener("click", () =>
        confirm(`Send ${one.name} out?`, "It is told, and cannot come back as itself. Who is sent out may join anew.", `Send ${one.name} out`, () =>
          this.#connection.kick(one.id),
        ),
      );
      const swatch = element("span", { class: "swatch" });
      swatch.style.background = one.colour;
      const kind = one.starter ? "starter client" : one.here ? "" : "away";
      return element("li", {}, swatch, element("span", { class: "wrap" }, one.name), element("span", { class: "place" }, kind), kick);
    });
    byId("residents").replaceChildren(...rows);
  }
}

/**
 * A token in the address, after the #, which browsers do not send. It is removed from the address, so that it is neither
 * seen nor copied with it.
 */
function tokenOfPage() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
  if (token) history.replaceState(null, "", location.pathname + location.search);
  return token;
}

/** @param {string} title @param {string} words @param {string} yes @param {() => void} run */
function confirm(title, words, yes, run) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("confirm"));
  byId("confirm-title").textContent = title;
  byId("confirm-words").textContent = words;
  byId("confirm-yes").textContent = yes;
  dialog.returnValue = "no";
  dialog.onclose = () => {
    if (dialog.returnValue === "yes") run();
  };
  dialog.showModal();
}
