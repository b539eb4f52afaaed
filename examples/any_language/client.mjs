// A whole client: node client.mjs ws://127.0.0.1:8112/ dots Ada, and type move [5, 0]
export class Player {
  number = 0;
  unacknowledged = new Map(); // number → text: sent, and not back yet
  wait = 100; // milliseconds before the next attempt; 0: stay away

  constructor(url, room, name, heard) {
    this.hello = { t: "hello", room, name };
    this.heard = heard; // called with each message
    this.connect(url);
  }

  do(command, args) {
    const text = JSON.stringify({ t: "do", n: ++this.number, c: command, a: args });
    this.unacknowledged.set(this.number, text);
    this.socket?.send(text);
  }

  leave() {
    this.wait = 0;
    this.socket?.close(1000); // on purpose, and for good: the others hear it at once
  }

  connect(url) {
    const socket = new WebSocket(url, ["roomcast.1"]);
    const began = Date.now();
    socket.onopen = () => socket.send(JSON.stringify(this.hello));
    socket.onmessage = ({ data }) => data.split("\n").forEach((line) => line && this.hear(socket, JSON.parse(line)));
    socket.onerror = socket.onclose = () => {
      socket.onerror = socket.onclose = this.socket = null; // Node 20 does not always say both
      if (this.wait === 0) return;
      this.wait = Date.now() - began > 2000 ? 100 : Math.min(2 * this.wait, 5000); // it lasted
      setTimeout(() => this.connect(url), this.wait * (0.5 + Math.random() / 2));
    };
  }

  hear(socket, message) {
    if (message.t === "welcome") {
      if (this.me && !message.resumed) [this.number, this.unacknowledged] = [0, new Map()]; // forgotten
      this.me = message.me;
      this.socket = socket; // until the connection is lost
      this.hello.resume = { session: message.session, epoch: message.epoch ?? 1, seen: this.seen };
      for (const [number, text] of this.unacknowledged) if (number > (message.n ?? 0)) socket.send(text);
    } else if ((message.by ?? this.me) === this.me) this.unacknowledged.delete(message.n); // back, or refused
    if ("s" in message && (message.t !== "welcome" || message.snapshot)) this.seen = message.s;
    if (this.hello.resume) this.hello.resume.seen = this.seen;
    if (message.t === "bye" && !("again" in message)) this.wait = 0; // do not come back
    this.heard(message);
  }
}

if (globalThis.process?.argv[1]?.endsWith("client.mjs")) {
  const { createInterface } = await import("node:readline");
  const player = new Player(...process.argv.slice(2), (message) => console.log(JSON.stringify(message)));
  for await (const line of createInterface({ input: process.stdin })) {
    const [command, args] = line.trim().split(/\s+(.*)/);
    player.do(command, JSON.parse(args ?? "[]"));
  }
  player.leave();
}
