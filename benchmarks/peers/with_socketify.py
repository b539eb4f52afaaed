"""uWebSockets by socketify, with its topics: the path names the room."""

import sys

from socketify import App, OpCode


def upgrade(response, request, context):
    response.upgrade(
        request.get_header("sec-websocket-key"),
        request.get_header("sec-websocket-protocol"),
        request.get_header("sec-websocket-extensions"),
        context,
        {"room": request.get_url()},
    )


def opened(socket):
    socket.subscribe(socket.get_user_data()["room"])


def message(socket, text, opcode):
    socket.publish(socket.get_user_data()["room"], text, OpCode.TEXT)


app = App()
app.ws("/*", {"upgrade": upgrade, "open": opened, "message": message, "max_backpressure": 64 * 1024 * 1024})
app.listen({"port": int(sys.argv[1]), "host": "127.0.0.1"})
app.run()
