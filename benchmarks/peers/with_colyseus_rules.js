// Colyseus with the rules of ruled_steps_game.py: schema state, a timestep and patches of 50 ms, as its documentation has them.
const { Room, Server } = require("@colyseus/core");
const { schema, t } = require("@colyseus/schema");
const { WebSocketTransport } = require("@colyseus/ws-transport");

const SIZE = 1000;
const TICK = 50; // ms
const late = new Map(); // ms, rounded → how many ticks began so late after they were due: TICK after the one before

const Mover = schema({ x: t.number(), y: t.number(), dx: t.number(), dy: t.number() }, "Mover");
const State = schema({ players: t.map(Mover) }, "State");

class Steps extends Room {
  maxClients = 4;
  patchRate = TICK;
  state = new State();
  messages = {
    move(client, { dx, dy }) {
      const player = this.state.players.get(client.sessionId);
      player.dx = dx;
      player.dy = dy;
    },
  };

  onCreate() {
    this.began = performance.now();
    this.setTimestep(() => this.tick(), TICK);
  }

  onJoin(client) {
    const player = new Mover();
    player.x = player.y = 500;
    player.dx = player.dy = 0;
    this.state.players.set(client.sessionId, player);
  }

  onLeave(client) {
    this.state.players.delete(client.sessionId);
  }

  tick() {
    const now = performance.now();
    const by = Math.max(0, Math.round((now - this.began - TICK) * 10) / 10);
    late.set(by, (late.get(by) ?? 0) + 1);
    this.began = now;
    this.state.players.forEach((player) => {
      player.x = (player.x + player.dx + SIZE) % SIZE;
      player.y = (player.y + player.dy + SIZE) % SIZE;
    });
  }
}

const transport = new WebSocketTransport();
const server = new Server({ transport, greet: false });
server.define("bench", Steps).filterBy(["room"]);
transport.getExpressApp().get("/late", (request, response) => { // since it was asked last
  response.json([...late].sort(([a], [b]) => a - b));
  late.clear();
});
server.listen(Number(process.argv[2]), "127.0.0.1");
