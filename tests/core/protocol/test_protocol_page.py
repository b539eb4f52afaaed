"""docs/protocol.md says what is so: each example is a real message, each table is the code's own."""

import re
import typing
from dataclasses import fields
from functools import partial

import msgspec
import pytest

from roomcast.core.protocol import codec
from roomcast.core.protocol.any_message import ClientMessage, ServerMessage
from roomcast.core.protocol.client_limits import ClientLimits
from roomcast.core.protocol.limits import MAX_CHARACTERS, MAX_DIGITS, MAX_LEVELS, Limits, flag
from roomcast.core.protocol.line_codec import LineCodec
from roomcast.core.protocol.line_dialect import parse_dialect
from roomcast.core.protocol.messages import SUBPROTOCOL, PlayerRecord, Snapshot
from roomcast.core.protocol.prng import Generator
from roomcast.errors import CODES
from tests.core.fakes import House, LineProgram, fields_of
from tests.programs import TOP

PAGE = (TOP / "docs" / "protocol.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
BLOCKS = BLOCK.findall(PAGE)
EXAMPLES = [(side, line) for kind, side, text in BLOCKS if kind == "json" for line in text.splitlines()]
KINDS: dict[str, list[type[msgspec.Struct]]] = {
    "client": list(typing.get_args(ClientMessage)),
    "server": list(typing.get_args(ServerMessage)),
}


def section(title: str) -> str:
    """The text under a heading, up to the next one of its rank or higher."""
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,2}} |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert found, f"there is no section {title!r}"
    return found[2]


def rows(text: str) -> list[list[str]]:
    """The rows of all tables in a text, their cells without the marks of code; the heads are left out."""
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip("` ") for cell in line] for line in lines if not set(line[0]) <= {"-"} and line[0][0] == "`"]


@pytest.mark.parametrize(("side", "line"), EXAMPLES)
def test_each_example_is_a_message_exactly_as_it_is_written(side: str, line: str) -> None:
    message = {"client": codec.decode_client, "server": codec.decode_server}[side](line.encode())
    assert codec.encode(message).decode() == line


@pytest.mark.parametrize("side", ["client", "server"])
def test_every_message_has_an_example(side: str) -> None:
    shown = {msgspec.json.decode(line)["t"] for where, line in EXAMPLES if where == side}
    assert shown == {kind.__struct_config__.tag for kind in KINDS[side]}


def test_no_example_goes_unread() -> None:
    assert {(kind, side) for kind, side, _ in BLOCKS} == {
        ("json", "client"),
        ("json", "server"),
        ("starter", ""),
        ("starter", "older"),
        ("dice", ""),
    }


def test_every_field_of_every_message_is_in_the_tables() -> None:
    client, server = section("Frames and messages").split("What a server sends:")
    for text, kinds in ((client, KINDS["client"]), (server, KINDS["server"])):
        listed = {row[0]: [cell.strip("` ") for cell in row[1].split(",") if cell.strip()] for row in rows(text)}
        assert list(listed) == [kind.__struct_config__.tag for kind in kinds]
        for kind in kinds:
            wanted = [f.encode_name + "?" * (not f.required) for f in msgspec.structs.fields(kind)]
            assert listed[str(kind.__struct_config__.tag)] == wanted


def test_every_field_within_the_welcome_is_explained() -> None:
    text = section("hello and welcome") + section("Limits")
    for kind in (Snapshot, PlayerRecord, ClientLimits):
        for field in msgspec.structs.fields(kind):
            assert re.search(rf"`{field.encode_name}\??`", text), field.encode_name


def test_the_table_of_codes_is_that_of_the_code() -> None:
    assert rows(section("Codes")) == [
        [code, meaning, "yes" if again else "no"] for code, (meaning, again) in CODES.items()
    ]


def test_the_table_of_limits_has_the_defaults() -> None:
    names = {flag(one.name): one.name for one in fields(Limits)}
    listed = rows(section("Limits"))
    assert len(listed) > 10
    for setting, default, _ in listed:
        unit = Limits.__dataclass_fields__[names[setting]].metadata["unit"]
        value = getattr(Limits(), names[setting])
        assert default == f"{value if isinstance(value, int) else format(value, 'g')} {unit}", setting


def test_the_numbers_in_the_text_are_those_of_the_code() -> None:
    assert f"`{SUBPROTOCOL}`" in PAGE
    assert f"{MAX_LEVELS} levels deep and hold {Limits().json_values:,} values" in PAGE
    assert f"at most {MAX_DIGITS} digits one after the other" in PAGE
    assert f"1 to {MAX_CHARACTERS} characters" in PAGE
    assert f"one word of up to {MAX_CHARACTERS} characters" in PAGE
    assert f"{Limits().message_size} bytes and {Limits().json_values:,} words" in PAGE
    assert f"{Limits().kept_entries:,}, or {Limits().kept_bytes // 2**20} MiB" in PAGE


def test_links_within_the_page_lead_somewhere() -> None:
    titles = re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
    for link in re.findall(r"\]\(#([\w-]+)\)", PAGE):
        assert link in anchors
    for link in re.findall(r"\]\((\.\.?/[^)#]+)\)", PAGE):
        assert (TOP / "docs" / link).exists()


def test_the_first_conversation_happens_as_it_stands() -> None:
    house = House()
    house.now = 1_700_000_000.0
    house.directory.secret = lambda: "mZ3kQ7"
    ada = house.knock()
    said = BLOCK.findall(section("A first conversation"))
    for _, side, text in said:
        if side == "client":
            ada.say(text.encode())
            house.flush()
        else:
            assert [codec.encode(message).decode() for message in ada.hear()] == text.splitlines()
    assert len(said) == 4


def test_the_dice_of_the_page_are_those_of_the_code() -> None:
    (text,) = [text for kind, _, text in BLOCKS if kind == "dice"]
    lines = [line.split() for line in text.splitlines()]
    assert [line[1] for line in lines] == ["words", "randint(1,6)"]
    for key, what, *numbers in lines:
        generator = Generator(key)
        roll = generator.word if what == "words" else partial(generator.randint, 1, 6)
        assert [roll() for _ in numbers] == [int(number) for number in numbers]


@pytest.mark.parametrize("dialect", ["", "older"])
def test_the_starter_conversation_happens_as_it_stands(dialect: str) -> None:
    (script,) = [text for kind, of, text in BLOCKS if kind == "starter" and of == dialect]
    house = House(lines=LineCodec(parse_dialect(dialect)))
    programs: dict[str, LineProgram] = {}
    heard: dict[str, list[str]] = {}
    for line in script.splitlines():
        who, deed, *words = line.split(" ", 2)
        if deed == "connects":
            programs[who] = house.join_by_lines(("Ada", "Alan"))
        elif deed == "says":
            programs[who].say(words[0] + "\n")
        else:
            house.flush()
            for name, program in programs.items():
                heard.setdefault(name, []).extend(program.hear())
            assert heard[who].pop(0).rstrip() == words[0]
    assert not any(heard.values()), "they hear more than the page says"


def test_a_line_in_the_room_is_the_command_that_the_page_shows() -> None:
    house = House()
    zuse = house.join("Zuse")
    house.join_by_lines().say("move 5 0\n")
    house.flush()
    entry = fields_of(zuse.hear()[-1])
    shown = msgspec.json.decode(EXAMPLES[-1][1])
    assert {name: entry[name] for name in shown} == {**shown, "at": entry["at"]}
