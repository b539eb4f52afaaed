"""How a dialect is written, and what is said of one that is written wrongly."""

import re
from dataclasses import replace

import pytest

from roomcast.core.protocol.line_dialect import PLAIN, TRAITS, Dialect, parse_dialect
from roomcast.errors import BadArgument
from tests.programs import TOP

OLDER = Dialect(numbers=0, new_player=("100 100",), tells_id=False, bare="move", renames=(("move", "playerMoved"),))


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("", PLAIN),
        (" , ", PLAIN),
        ("older", OLDER),
        ("OLDER", OLDER),
        ("numbers,newPlayer=100 100,no-myIDis,bare=move,rename=move:playerMoved", OLDER),
        ("older,newPlayer=5 5,echo", replace(OLDER, new_player=("5 5",), echo=True)),
        ("playerMoved", Dialect(renames=(("move", "playerMoved"),))),
        ("numbers=1", Dialect(numbers=1)),
        ("myIDis=red/blue", Dialect(my_id=("red", "blue"))),
        ("newPlayer = 10  20 /30 40", Dialect(new_player=("10 20", "30 40"))),
        ("no-myIDis,myIDis=red", Dialect(my_id=("red",))),
        ("no-newPlayer", Dialect(tells_others=False)),
        ("no-newPlayer,newPlayer=1", Dialect(new_player=("1",))),
        ("bare", Dialect(bare="move")),
        ("rename=say:chat,rename=move:go", Dialect(renames=(("say", "chat"), ("move", "go")))),
        ("echo, wait=3", Dialect(echo=True, wait=3)),
        ("wait=4 start", Dialect(wait=4, begin="start")),
        ("unended", Dialect(unended=True)),
    ],
)
def test_a_dialect_is_its_traits(text: str, dialect: Dialect) -> None:
    assert parse_dialect(text) == dialect


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("oldr", "no dialect has 'oldr': perhaps older?"),
        ("playermove", "perhaps playermoved?"),
        ("francais", "no dialect has 'francais': there are older, playerMoved, numbers, "),
        ("echo=yes", "'echo' takes no value: write echo"),
        ("wait", "'wait' needs a value: write wait=3"),
        ("wait=all", "'wait' takes a number of players, from 2 to 1000, not 'all'"),
        ("wait=1", "from 2 to 1000, not '1'"),
        ("wait=3 get set go", "the command 'get set go' has blanks in its name"),
        ("newPlayer", "'newPlayer' needs a value: write newPlayer=100 100"),
        ("newPlayer=a\x07b", "holds characters that cannot be seen"),
        ("numbers=one", "'numbers' takes the first number, from 0"),
        ("rename=chat", "'rename' needs two words, as in rename=move:playerMoved, not 'chat'"),
        ("rename=say:myIDis", "'myIDis' is a word of the protocol itself: take another"),
        ("rename=say:chat,rename=say:talk", "'rename' has 'say' or 'talk' twice"),
        ("playerMoved,rename=go:playerMoved", "twice"),
        ("older,older", "'older' is there more than once: write it once"),
        ("wait=3, Wait=4", "'wait' is there more than once: write it once"),
        ("bare=newPlayer", "'newPlayer' is a word of the protocol itself"),
        ("bare=two words", "has blanks in its name"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_write(text: str, says: str) -> None:
    with pytest.raises(BadArgument, match=re.escape(says)):
        parse_dialect(text)


@pytest.mark.parametrize("name", TRAITS)
def test_each_example_in_the_help_is_a_dialect(name: str) -> None:
    assert parse_dialect(TRAITS[name].usage) != PLAIN


def test_the_page_has_the_table_of_the_code() -> None:
    page = (TOP / "docs" / "protocol.md").read_text(encoding="utf-8")
    found = re.search(r"^### Dialects\n(.*?)(?=^#)", page, re.DOTALL | re.MULTILINE)
    assert found
    rows = [line.strip("| ").split(" | ") for line in found[1].splitlines() if line.startswith("| `")]
    assert rows == [[f"`{trait.usage}`", trait.what] for trait in TRAITS.values()]
