// A program on roomcast.js that says who it is, for tests: prints as JSON what became of it.
//
//     node members.mjs HOST:PORT CREDENTIAL

import WebSocket from "ws";

import { create, join, joinOrCreate } from "../../src/roomcast/js/roomcast.js";

const [, , server, credential] = process.argv;
const where = `${server}/club`;
const messages = [];
const outcome = (joining) =>
  joining.then(
    (room) => room.me.name,
    (error) => (messages.push(error.message), error.code ?? error.topic),
  );
const ada = await join(where, { name: "red", credential, WebSocket });
const found = {
  name: ada.me.name,
  rank: await ada.ask("rank"),
  nothing: await outcome(join(where, { WebSocket })),
  wrong: await outcome(join(where, { credential: `${credential}!`, WebSocket })),
  any: await outcome(joinOrCreate(where, {}, { credential, WebSocket })),
  made: await outcome(create(where, {}, { credential, private: true, WebSocket })),
  watcher: await outcome(join(where, { spectate: true, WebSocket })),
  number: await outcome(join(where, { credential: 4711, WebSocket })),
  messages,
};
console.log(JSON.stringify(found));
process.exit();
