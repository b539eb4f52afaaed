// What a program in TypeScript may write. It is checked, not run.

import { join, type Player, type Room } from "roomcast";

async function play(): Promise<void> {
  const room: Room = await join("dots", { name: "red", batch: "frame", keep: sessionStorage });
  const move = room.everywhere(function move(player: Player, dx: number, dy: number) {
    console.log(player.id, dx + dy);
  });
  move(5, 0);
  const named = room.everywhere((player, text: string) => console.log(player.name, text), "say");
  named("hello");
  // @ts-expect-error a text is no number
  move("5", 0);
  // @ts-expect-error who called is not for the caller to say
  move(room.me, 5, 0);
  room.on("join", (player: Player) => console.log(player.name, player.here, player.state.get("x", 0)));
  room.send("wave");
  room.send({ name: "whisper", to: room.me }, "psst", new Uint8Array(3));
  room.send({ name: "whisper", to: [...room.players] });
  room.me.state.set("x", 3);
  room.state.set({ level: 2 });
  for (const [key, value] of room.state) {
    console.log(key, value);
  }
  room.check(() => ({ x: 1 }), { every: 50 });
  console.log(room.seq, room.closed, room.unacknowledged, room.players.size, room.pump());
  await room.leave();
}

void play();
