// The world of a room of marbles: what every page and every window runs in step.
import { STEP, Table } from "./table.js";

/** Let a room have a world of marbles; right after `join`. Returns the table, and the function that kicks our marble. */
export function enter(room) {
  const table = new Table();
  const rolling = []; // whether the clock runs: one that is started twice would run twice as fast
  const save = () => ({ marbles: Object.fromEntries(table.marbles), rolling });
  room.world({
    save,
    load: (saved) => {
      table.marbles = new Map(Object.entries(saved.marbles));
      rolling.splice(0, 1, ...saved.rolling);
    },
  });
  room.timer("step", () => table.step());
  room.on("join", (player) => {
    table.put(player.id);
    if (rolling.length === 0) {
      rolling.push(true);
      room.every(STEP, "step");
    }
  });
  room.on("leave", (player) => table.marbles.delete(player.id));
  const kick = room.everywhere("kick", (player, x, y) => table.kick(player.id, x, y));
  room.check(save);
  return { table, kick, save };
}
