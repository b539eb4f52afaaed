// Socket.IO on Node, with its rooms: the query names the room.
const { Server } = require("socket.io");

const io = new Server({ transports: ["websocket"] });

io.on("connection", (socket) => {
  const { room } = socket.handshake.query;
  socket.join(room);
  socket.on("do", (command) => io.to(room).emit("do", command));
});

io.listen(Number(process.argv[2]));
