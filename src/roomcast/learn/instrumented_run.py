"""Runs a learner's file as `python FILE …` does, and lets a check look at its windows and press its keys.

    python instrumented_run.py CONTROL_PORT WINDOWS FILE ARGUMENT …
    python instrumented_run.py CONTROL_PORT WINDOWS -m MODULE ARGUMENT …

It is run by its path, with the standard library alone, so that a file on plain sockets runs without Roomcast. It
connects to the check's control port and speaks lines of JSON there: events ("it listens on port 50003"), and an answer
for each request. What concerns a window is done in the thread that runs Tk: where that is busy, no answer comes, and
the check knows that the window is frozen.
"""

from __future__ import annotations

import _thread
import contextlib
import json
import os
import queue
import runpy
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any, Final

_LOOK_EVERY: Final = 10  # ms between two looks for requests, in Tk's thread
_TAG: Final = "RoomcastCheck"  # a tag of a widget's own binding, which comes before all others

requests: Final[queue.Queue[dict[str, Any]]] = queue.Queue()
roots: Final[list[Any]] = []  # the program's tkinter.Tk windows that are still open
has_had_windows: Final = threading.Event()


class Control:
    """The connection to the check. Whatever becomes of it, the program runs on."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._lock = threading.Lock()

    def tell(self, **message: object) -> None:
        with self._lock, contextlib.suppress(OSError):
            self._socket.sendall(json.dumps(message).encode() + b"\n")

    def listen(self) -> None:
        """Runs in a thread of its own. The end of the connection is the end of the check, and of this program."""
        try:
            with self._socket.makefile(encoding="utf-8") as lines:
                for line in lines:
                    request = json.loads(line)
                    if request["do"] == "interrupt":
                        _thread.interrupt_main()
                    else:
                        requests.put(request)
                        if has_had_windows.is_set() and not roots:
                            self.tell_closed()
        except ConnectionError:  # as where it is cut in a line
            pass
        except (OSError, ValueError):  # the program has closed what is not its own
            return
        end()

    def tell_closed(self) -> None:
        """No window is open any more: whatever is asked of one, this is the answer."""
        with contextlib.suppress(queue.Empty):
            while True:
                self.tell(answer=requests.get_nowait()["id"], closed=True)


def end() -> None:
    """At once, with all that was started: the check was killed, or its terminal was closed."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def watch_sockets(control: Control) -> None:
    """Tell the check where the program listens, and where it connects to."""
    listen, connect = socket.socket.listen, socket.socket.connect

    def tell(event: str, address: Any) -> None:
        # Nothing else can be looked at: sockets of other families have paths, and a program may give anything.
        match address:
            case (str(host), int(port), *_):
                control.tell(event=event, at=[host, port])

    def listening(self: socket.socket, *backlog: int) -> None:
        listen(self, *backlog)
        tell("listening", self.getsockname())

    def connecting(self: socket.socket, address: Any) -> None:
        tell("connecting", address)
        connect(self, address)

    setattr(socket.socket, "listen", listening)  # noqa: B010  # by another way than mypy knows
    setattr(socket.socket, "connect", connecting)  # noqa: B010


def watch_windows(control: Control) -> None:
    """From now on, each new `tkinter.Tk` answers the check's requests from its own loop."""
    import tkinter

    plain_init = tkinter.Tk.__init__

    def init(self: tkinter.Tk, *args: Any, **options: Any) -> None:
        plain_init(self, *args, **options)
        roots.append(self)
        has_had_windows.set()

        def look() -> None:
            self.after(_LOOK_EVERY, look)
            with contextlib.suppress(queue.Empty):
                while roots and self is roots[0]:
                    request = requests.get_nowait()
                    try:
                        answer = {"is": _obey(request)}
                    except Exception as error:  # said to the check, not to the learner
                        answer = {"failed": f"{type(error).__name__}: {error}"}
                    control.tell(answer=request["id"], **answer)

        look()
        self.bind("<Destroy>", lambda event: forget(event.widget), add="+")

    def forget(widget: Any) -> None:
        if widget in roots:  # a window is told of its widgets, too
            roots.remove(widget)
            if not roots:
                control.tell_closed()

    tkinter.Tk.__init__ = init  # type: ignore[method-assign]


def _press(root: Any, key: str) -> bool:
    """Press a key in the window. False where another window has taken the keyboard at this moment: then it was lost."""
    widget = root.focus_lastfor() or root
    arrived: list[Any] = []
    tags = widget.bindtags()
    root.bind_class(_TAG, "<KeyPress>", arrived.append)
    widget.bindtags((_TAG, *tags))
    try:
        widget.focus_force()
        root.update_idletasks()
        widget.event_generate(f"<KeyPress-{key}>")
        widget.event_generate(f"<KeyRelease-{key}>")
    finally:
        widget.bindtags(tags)
    return bool(arrived)


def _obey(request: dict[str, Any]) -> object:
    root = roots[0]
    match request["do"]:
        case "see":
            return [_seen(one) for one in roots]
        case "rgb":
            return list(root.winfo_rgb(request["colour"]))
        case "press":
            return _press(root, request["key"])
        case "click":
            widget = next(iter(_canvases(root)), root)
            for event in ("<ButtonPress-1>", "<ButtonRelease-1>"):
                widget.event_generate(event, x=request["x"], y=request["y"])
        case "close":
            command = root.tk.call("wm", "protocol", root, "WM_DELETE_WINDOW")
            root.tk.eval(command) if command else root.destroy()
    return None


def _seen(root: Any) -> dict[str, object]:
    return {"title": root.title(), "canvases": [_items(canvas) for canvas in _canvases(root)]}


def _canvases(widget: Any) -> list[Any]:
    found = [widget] if widget.winfo_class() == "Canvas" else []
    return found + [canvas for child in widget.winfo_children() for canvas in _canvases(child)]


def _items(canvas: Any) -> list[dict[str, object]]:
    seen = []
    for item in canvas.find_all():
        if canvas.itemcget(item, "state") == "hidden":
            continue
        one: dict[str, object] = {"type": canvas.type(item), "at": [round(place, 1) for place in canvas.coords(item)]}
        for option in ("fill", "outline", "text"):
            if option in (canvas.itemconfigure(item) or ()):
                one[option] = str(canvas.itemcget(item, option))
        if one.get("fill"):
            with contextlib.suppress(Exception):  # a fill that is no colour of its own, such as a pattern
                one["rgb"] = list(canvas.winfo_rgb(one["fill"]))
        seen.append(one)
    return seen


def main() -> None:
    port, windows, file, *arguments = sys.argv[1:]
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in what a shell started in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    control = Control(int(port))
    threading.Thread(target=control.listen, daemon=True).start()
    watch_sockets(control)
    if windows == "windows":
        with contextlib.suppress(ImportError):  # the file will say so itself
            watch_windows(control)
    if file == "-m":
        sys.argv = arguments
        sys.path[0] = os.getcwd()  # noqa: PTH109  # as python -m does
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
        return
    sys.argv = [file, *arguments]
    sys.path[0] = str(Path(file).parent)
    runpy.run_path(file, run_name="__main__")


if __name__ == "__main__":
    main()
