"""Pictures mailed from a board to everyone, and to those who come later."""

import hashlib
import io
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from roomcast import Player, Room
from tests.chromium import ELSEWHERE, PATIENCE, Window
from tests.integration.conftest import RunningServer
from tests.integration.rooms import pump_until
from tests.pages.conftest import Open
from tests.pages.sight import colour, wait_to_see
from tests.programs import TOP, Program
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(15)

ORANGE = (255, 140, 0)
LARGE = 3_000_000  # bytes


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "png")
    return file.getvalue()


def orange() -> bytes:
    """A small picture that is easy to see."""
    return png(Image.new("RGB", (600, 600), ORANGE))


def choose(window: Window, name: str, contents: bytes) -> None:
    files = [{"name": name, "mimeType": "image/png", "buffer": contents}]
    window.page.locator("#files").set_input_files(files)  # type: ignore[arg-type]


def saved(window: Window) -> bytes:
    """The picture's bytes, as the page has them."""
    with window.page.expect_download() as download:
        window.page.get_by_role("link", name="Save").click()
    return Path(download.value.path()).read_bytes()


def keys(server: RunningServer) -> list[str]:
    """Of the pictures on the board."""
    return server.ask(
        lambda: [key for key in server.directory.rooms["board"].state.shared if key.startswith("picture ")]
    )


def test_a_large_picture_arrives_whole_everywhere_while_commands_flow(
    open_window: Open, enter: Callable[..., Room]
) -> None:
    red, ada, grace = enter("red", room="board"), open_window("/board", "Ada"), open_window("/board", "Grace")
    ada.wait_inside()
    grace.wait_inside()
    noise = png(Image.frombytes("RGB", (1000, 1010), os.urandom(1000 * 1010 * 3)))
    assert len(noise) > LARGE
    arrived: list[bytes] = []
    order: list[str] = []

    @red.on("picture")
    def picture(player: Player, key: str, data: bytes) -> None:
        arrived.append(data)

    @red.on("progress")
    def progress(player: Player, progress: object) -> None:
        order.append("piece")

    @red.everywhere
    def ping(player: Player) -> None:
        order.append("ping")

    def goes_on() -> bool:  # one ping at a time, until all is here
        if red.unacknowledged == 0:
            ping()
        return bool(arrived)

    choose(ada, "noise.png", noise)
    pump_until(goes_on, red, within=60)
    pieces = [place for place, what in enumerate(order) if what == "piece"]
    assert len(pieces) > 50
    assert order[pieces[0] : pieces[-1]].count("ping") > 10  # one need not wait for the picture's end
    grace.page.get_by_role("link", name="Save").wait_for()
    whole = hashlib.sha256(noise).hexdigest()
    assert [hashlib.sha256(data).hexdigest() for data in (arrived[0], saved(grace), saved(ada))] == [whole] * 3
    ada.wait_to_read("#summary", "1 picture")


def test_newcomers_get_it_from_somebody_who_has_it(open_window: Open) -> None:
    ada = open_window("/board", "Ada", host=ELSEWHERE)  # as on a phone: browsers give such pages less
    assert not ada.page.evaluate("isSecureContext")
    ada.wait_inside()
    contents = orange()
    choose(ada, "orange.png", contents)
    ada.wait_to_read("#summary", "1 picture")
    grace = open_window("/board", "Grace")
    wait_to_see(grace, 0.5, 0.5, ORANGE)
    ada.close()
    alan = open_window("/board", "Alan")
    wait_to_see(alan, 0.5, 0.5, ORANGE)
    assert saved(alan) == contents
    for _ in range(2):
        alan.page.reload()  # a page that was loaded again has no bytes any more
        wait_to_see(alan, 0.5, 0.5, ORANGE)
    grace.close()
    radia = open_window("/board", "Radia")
    wait_to_see(radia, 0.5, 0.5, ORANGE)


def test_where_nobody_has_it_any_more_an_empty_frame_says_so(open_window: Open, enter: Callable[..., Room]) -> None:
    red, ada = enter("red", room="board"), open_window("/board", "Ada")
    ada.wait_inside()
    contents = orange()
    choose(ada, "<b>orange</b>.png", contents)
    pump_until(lambda: any(key.startswith("picture ") for key in red.state), red)
    (key,) = red.state
    ada.close()
    pump_until(lambda: not red.players["Ada"].here, red)
    grace = open_window("/board", "Grace")
    frame = grace.page.get_by_role("button", name="Picture <b>orange</b>.png, from Ada: Nobody who is here has")
    frame.wait_for()
    grace.wait_to_read("#stage", "<b>orange</b>.png")
    grace.wait_to_read("#stage", "Nobody who is here has this picture any more.")

    @red.on("want")
    def want(player: Player, wanted: str) -> None:
        red.send("picture", wanted, contents, to=player)

    red.me["pictures"] = [key]  # now somebody has it
    pump_until(lambda: red.unacknowledged == 0, red)
    pump_until(lambda: colour(grace, 0.5, 0.5) == ORANGE, red, within=PATIENCE)


def test_who_mails_other_bytes_than_it_should_is_not_believed(open_window: Open, enter: Callable[..., Room]) -> None:
    liar, honest = enter("liar", room="board"), enter("honest", room="board")
    contents, asked = orange(), []
    picture = {"by": "honest", "name": "orange.png", "x": 250, "y": 250, "w": 500, "h": 500, "size": len(contents)}
    liar.state["picture 1"] = {**picture, "sha": hashlib.sha256(contents).hexdigest()}
    liar.me["pictures"] = ["picture 1"]

    @liar.on("want")
    def lie(player: Player, key: str) -> None:
        asked.append("liar")
        liar.send("picture", key, png(Image.new("RGB", (600, 600), "black")), to=player)

    @honest.on("want")
    def mail(player: Player, key: str) -> None:
        asked.append("honest")
        honest.send("picture", key, contents, to=player)

    pump_until(lambda: liar.unacknowledged == 0, liar)
    ada = open_window("/board", "Ada", leaps=True)
    pump_until(lambda: asked == ["liar"], liar)
    ada.wait_to_read("#stage", "Nobody who is here has this picture any more.")
    assert colour(ada, 0.3, 0.3) != (0, 0, 0)
    honest.me["pictures"] = ["picture 1"]
    pump_until(lambda: honest.unacknowledged == 0, honest)

    twenty_seconds_later = ada.leaper(20, most=60)  # then it asks again those who were perhaps only slow

    def come_later() -> bool:
        twenty_seconds_later()
        return colour(ada, 0.3, 0.3) == ORANGE

    pump_until(come_later, honest, liar, within=PATIENCE)
    assert "honest" in asked


def test_the_program_in_the_docs_keeps_what_is_mailed(
    open_window: Open, server: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (TOP / "docs" / "pages.md").read_text("utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "archive.py").write_text(code)
    with Program(tmp_path / "archive.py", ROOMCAST_SERVER=f"127.0.0.1:{server.port}") as archive:
        ada = open_window("/board", "Ada")
        ada.wait_to_read("#people", "archive")
        contents = orange()
        choose(ada, "orange.png", contents)
        archive.line(f"Ada mailed {len(contents)} bytes")
        assert (tmp_path / hashlib.sha256(contents).hexdigest()[:12]).read_bytes() == contents


def test_hands_and_keys_move_a_picture_for_everyone(open_window: Open, server: RunningServer) -> None:
    ada, grace = open_window("/board", "Ada"), open_window("/board", "Grace")
    ada.wait_inside()
    choose(ada, "orange.png", orange())
    wait_to_see(grace, 0.5, 0.5, ORANGE)
    grace.page.get_by_role("button", name="Move pictures").click()
    box = grace.page.locator("#stage").bounding_box()
    assert box is not None
    grace.page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    grace.page.mouse.down()
    grace.page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.75, steps=5)
    grace.page.mouse.up()
    wait_to_see(ada, 0.9, 0.9, ORANGE)
    assert colour(ada, 0.3, 0.3) != ORANGE
    ada.page.get_by_role("button", name="Picture orange.png, from you").focus()
    for key in ["Shift+ArrowLeft"] * 6 + ["ArrowUp"]:
        ada.page.keyboard.press(key)
    wait_to_see(grace, 0.3, 0.9, ORANGE)
    ada.page.keyboard.press("Delete")
    grace.wait_to_read("#summary", "The board is empty")
    assert keys(server) == []


def test_a_picture_is_dropped_where_it_shall_lie_or_pasted(open_window: Open) -> None:
    ada, grace = open_window("/board", "Ada"), open_window("/board", "Grace")
    ada.wait_inside()
    ada.page.evaluate(
        """async ({bytes, x, y}) => {
          const stage = document.getElementById("stage");
          const box = stage.getBoundingClientRect();
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], "dropped.png"));
          const where = { clientX: box.left + x * box.width, clientY: box.top + y * box.height };
          const how = { dataTransfer: data, bubbles: true, cancelable: true, ...where };
          stage.dispatchEvent(new DragEvent("dragover", how));
          stage.dispatchEvent(new DragEvent("drop", how));
        }""",
        {"bytes": list(png(Image.new("RGB", (100, 100), ORANGE))), "x": 0.2, "y": 0.8},
    )
    wait_to_see(grace, 0.2, 0.8, ORANGE)
    ada.page.evaluate(
        """(bytes) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], "pasted.png"));
          document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
        }""",
        list(png(Image.new("RGB", (100, 100), "blue"))),
    )
    grace.wait_to_read("#pictures", "pasted.png")


@pytest.mark.parametrize(
    ("name", "contents", "said"),
    [
        ("notes.txt", b"no picture", "is no picture that every browser shows"),
        ("half.png", orange()[:40], "is no picture that every browser shows"),
        ("page.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "is no picture"),
        ("huge.png", b"\x89PNG\r\n\x1a\n" + bytes(16_800_000), "has 16.8 MB, and a picture may have 16.8 MB"),
    ],
)
def test_what_is_no_picture_is_not_mailed(
    open_window: Open, server: RunningServer, tmp_path: Path, name: str, contents: bytes, said: str
) -> None:
    ada = open_window("/board", "Ada")
    ada.wait_inside()
    if len(contents) < LARGE:
        choose(ada, name, contents)
    else:  # from the disk, as people do: as text in a message to the browser it takes many seconds
        (tmp_path / name).write_bytes(contents)
        ada.page.locator("#files").set_input_files(tmp_path / name)
    ada.wait_to_read("#notice", f"“{name}” {said}")
    assert keys(server) == []


def test_the_sender_sees_how_much_has_gone(open_window: Open, start_server: Callable[..., RunningServer]) -> None:
    server = start_server(rate=20.0, burst=2)  # so slow that there is something to see
    ada, grace = open_window("/board", "Ada", at=server), open_window("/board", "Grace", at=server)
    ada.wait_inside()
    grace.wait_inside()
    choose(ada, "noise.png", png(Image.frombytes("RGB", (600, 600), os.urandom(600 * 600 * 3))))
    for window in ada, grace:
        bar = window.page.locator("#pictures progress")
        wait_for(lambda bar=bar: 0 < bar.evaluate("(it) => it.value") < 1, PATIENCE, "some of it has come")
    for window in ada, grace:
        window.page.locator("#pictures progress").wait_for(state="hidden")
        window.wait_to_read("#pictures", "1.1 MB, Save")
