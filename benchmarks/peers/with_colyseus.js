// Colyseus: rooms by name, messages broadcast.
const { Room, Server } = require("@colyseus/core");
const { WebSocketTransport } = require("@colyseus/ws-transport");

class Bench extends Room {
  onCreate() {
    this.maxClients = 2000;
    this.onMessage("do", (client, command) => this.broadcast("do", command));
  }
}

const server = new Server({ transport: new WebSocketTransport(), greet: false });
server.define("bench", Bench).filterBy(["room"]);
server.listen(Number(process.argv[2]), "127.0.0.1");
