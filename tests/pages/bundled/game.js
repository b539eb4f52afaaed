// A small game of two modules that both have a function `move`, as a bundler gets it.

import { join } from "roomcast";

import { move as moveAll } from "./scene.js";

const warnings = [];
const usual = console.warn;
console.warn = (words) => warnings.push(String(words));

const room = await join("dots", { name: "Ada", keep: true });
const steps = [];

function move(player, dx) {
  steps.push([player.id, dx]);
  moveAll(steps.length);
}

const named = room.everywhere("move", move);
let bare = "";
let wave = null;
try {
  wave = room.everywhere(function wave(player, word) {
    steps.push([player.id, word]);
  });
} catch (error) {
  bare = `${error.name}: ${error.message}`;
}
let renamed = null;
try {
  renamed = room.everywhere(move);
} catch (error) {
  bare = `${error.name}: ${error.message}`;
}
console.warn = usual;

globalThis.game = { room, steps, named, wave, renamed, bare, warnings };
