// Parses where a room is: its name (on this page's server), `host:port/room`, or a ws:// address.

import { BadArgument } from "./errors.js";
import { cleanRoomName } from "./names.js";

const PORT = 8112;
/** @type {{[scheme: string]: string}} */
const SCHEMES = { ws: "ws", wss: "wss", http: "ws", https: "wss" };

/**
 * A server's address, a room's name, and `host:port` for messages to people.
 * @typedef {{url: string, room: string, server: string}} Where
 */

/**
 * Parse the first argument of `join`.
 * @param {string} written
 * @param {{protocol: string, host: string} | undefined} page `location`, in a browser
 * @param {string} [elsewhere] `host:port` of the server where there is no page: the variable ROOMCAST_SERVER
 * @returns {Where}
 * @throws {BadArgument} that shows how it is done
 */
export function find(written, page, elsewhere = "") {
  const where = String(written).trim();
  if (!where) {
    throw new BadArgument('where to? Name a room ("dots"), or host:port/room, or a ws:// address', "address");
  }
  const byHttps = page?.protocol === "https:";
  if (where.includes("://")) {
    return checked(fromUrl(where), byHttps, where);
  }
  const slash = where.indexOf("/");
  if (slash >= 0) {
    const found = at("ws", where.slice(0, slash), decoded(where.slice(slash + 1)), where);
    return byHttps && !isHere(found.url) ? { ...found, url: found.url.replace("ws:", "wss:") } : found;
  }
  if (/^\S+:\d+$/.test(where)) {
    throw new BadArgument(`'${where}' is a server, but which room? Write it like ${where}/dots`, "address");
  }
  if (page?.host) {
    return at(byHttps ? "wss" : "ws", page.host, where, page.host);
  }
  const server = elsewhere.trim().replace(/\/+$/, "") || `127.0.0.1:${PORT}`;
  return server.includes("://")
    ? fromUrl(`${server}/${encodeURIComponent(where)}`)
    : at("ws", server, where, `${server} (ROOMCAST_SERVER)`);
}

/** @param {Where} found @param {boolean} byHttps @param {string} written @returns {Where} */
function checked(found, byHttps, written) {
  if (byHttps && found.url.startsWith("ws:") && !isHere(found.url)) {
    throw new BadArgument(
      `'${written}': this page came by https, and browsers let such a page connect only in the same safe way: write it with ` +
        "wss://, and put a proxy with a certificate before the server (docs/network.md)",
      "address",
    );
  }
  return found;
}

/** Whether it is this computer's address, which browsers trust without a certificate. @param {string} url */
function isHere(url) {
  return /^wss?:\/\/(localhost|127(\.\d+){3}|\[::1\])[:/]/.test(url);
}

/** @param {string} scheme @param {string} server @param {string} room @param {string} written @returns {Where} */
function at(scheme, server, room, written) {
  const address = parsed(`${scheme}://${server}/`);
  if (!address || server.includes("@")) {
    throw new BadArgument(`'${written}' is no address of a server: write it like 192.168.1.20:${PORT}/dots`, "address");
  }
  // The page's address has the right port. In an address that people type, the default port may be left out.
  const port = /:\d+$/.test(server) || written === server ? "" : `:${PORT}`;
  const host = address.host + port;
  return { url: `${scheme}://${host}/`, room: cleanRoomName(room), server: host };
}

/** @param {string} written @returns {Where} */
function fromUrl(written) {
  const address = parsed(written);
  const scheme = address && SCHEMES[address.protocol.slice(0, -1)];
  const room = address ? decoded(address.pathname.slice(address.pathname.lastIndexOf("/") + 1)) : "";
  if (!address || !scheme || !address.host || !room) {
    throw new BadArgument(`'${written}' is no address of a room: write it like ws://192.168.1.20:${PORT}/dots`, "address");
  }
  return { url: `${scheme}://${address.host}${address.pathname}`, room: cleanRoomName(room), server: address.host };
}

/** @param {string} text */
function parsed(text) {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a literal %
  }
}
