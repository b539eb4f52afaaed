// What a program in TypeScript may write. It is checked, not run.

import { join, type Player, type Room, type Timer } from "roomcast";

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
  const given = room.everywhere("jump", (player: Player, height: number, how?: string) => console.log(player, height, how));
  given(3);
  given(3, "high");
  // @ts-expect-error too few
  given();
  // @ts-expect-error too many
  given(3, "high", 5);
  // @ts-expect-error a function is missing
  room.everywhere("jump");
  // @ts-expect-error the first parameter is the player
  room.everywhere("jump", (height: number) => height);
  // @ts-expect-error its function gets a player, not a number
  room.on("join", (seq: number) => console.log(seq));
  // @ts-expect-error this event has one argument
  room.on("leave", (player: Player, why: string) => console.log(player, why));
  room.on("error", (error) => console.log(error.code, error.message)).on("desync", (seq, players) => seq + players.length);
  room.on("progress", (player, { done, size }) => console.log(player.name, done / size));
  room.on("wave", (player, how: string) => console.log(player.name, how)).off("wave", console.log);
  // @ts-expect-error a Date is no JSON
  room.state.set("when", new Date());
  // @ts-expect-error nor is what is undefined
  room.me.state.set({ score: undefined });
  // @ts-expect-error nor a function, however deep it is
  room.state.set("deep", { list: [{ act: () => 1 }] });
  // @ts-expect-error state is set, not assigned
  room.state.level = 3;
  const scores: { ann: number; bob?: number } = { ann: 1 };
  room.state.set("scores", scores);
  room.state.set({ list: [1, "two", null, true], scores });
  await join("dots", { keep: true });
  room.on("join", (player: Player) => console.log(player.name, player.here, player.state.get("x", 0)));
  room.send("wave");
  room.send({ name: "whisper", to: room.me }, "psst", new Uint8Array(3));
  room.send({ name: "whisper", to: [...room.players] });
  room.send({ name: "aim", latest: true, ttl: 0.5, to: room.me }, 5, 0);
  // @ts-expect-error it is true or false
  room.send({ name: "aim", latest: 1 }, 5, 0);
  const aim = room.everywhere({ name: "aim", latest: true }, (player: Player, x: number) => console.log(player, x));
  aim(5);
  // @ts-expect-error a text is no number
  aim("5");
  // @ts-expect-error what is for all has no receivers
  room.everywhere({ name: "aim", to: room.me }, console.log);
  const unsent: number = room.outdated;
  const latency: number | null = room.latency;
  console.log(unsent, latency);
  room.timer("explode", (player: Player, x: number) => console.log(player.name, x)).timer("step", () => room.random.random());
  const bomb: Timer = room.after(2.0, "explode", room.me, 5);
  const stepping: Timer = room.every(1 / 20, "step");
  bomb.cancel();
  stepping.cancel();
  const again: Timer | undefined = room.timers.get(bomb.id);
  const kept: ReadonlyMap<number, Timer> = new Map(room.timers);
  // @ts-expect-error it can only be read
  room.timers.set(1, bomb);
  console.log(again?.due, kept.size, [...room.timers.values()].map((one) => one.function));
  // @ts-expect-error a function has a name
  room.after(2.0, () => 1);
  // @ts-expect-error how long comes first
  room.every("step", 1 / 20);
  const { seq, at, age }: { seq: number; at: number; age: number } = room.entry;
  const late: boolean = room.catchingUp || room.behind > 1 || room.time - at > age;
  let dots: number[] = [];
  room.world({ save: () => ({ dots }), load: (saved: { dots: number[] }) => (dots = saved.dots) });
  // @ts-expect-error what is saved is to be loaded, too
  room.world({ save: () => dots });
  console.log(seq, late);
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
