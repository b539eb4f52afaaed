"""Players and the room's state, as rules see them: what is set in them, everyone sees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Protocol, TypeVar

from roomcast.rules.field_hints import NO_HINTS, FieldHints, take_hints
from roomcast.rules.json_texts import SCALARS, KeptObject

AUTH: Final = "auth"  # the field with what is known of a player


class FieldBox(Protocol):
    """Where fields are kept."""

    @property
    def called(self) -> str: ...

    @property
    def live(self) -> Mapping[str, Any]:
        """Values that were read or set. Scalars may be taken out of it without asking `get`."""
        ...

    def get(self, field: str) -> Any: ...

    def set(self, field: str, value: Any) -> None: ...

    def remove(self, field: str) -> None: ...

    def __contains__(self, field: object) -> bool: ...

    def __iter__(self) -> Iterator[str]: ...


class Fields(KeptObject, MutableMapping[str, Any]):
    """A dict of fields that all programs in the room see. Those with a hint in the class are attributes, too."""

    __slots__ = ("_box", "_live")

    hints_of_fields: ClassVar[FieldHints] = NO_HINTS

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.hints_of_fields = take_hints(cls, cls.hints_of_fields, lambda name: hasattr(cls.__base__, name))
        for name in cls.hints_of_fields.by_name:
            setattr(cls, name, _attribute(name))

    def __init__(self, box: FieldBox) -> None:
        self._box = box
        self._live = box.live

    def __getitem__(self, field: str) -> Any:
        try:
            value = self._live[field]
            if type(value) in SCALARS:
                return value
        except KeyError:
            pass  # asked below, so that the maker reads of one error where there is no such field, not of two
        return self._box.get(field)

    def __setitem__(self, field: str, value: Any) -> None:
        self._box.set(field, value)

    def __delitem__(self, field: str) -> None:
        self._box.remove(field)

    def __iter__(self) -> Iterator[str]:
        return iter(self._box)

    def __len__(self) -> int:
        return len(list(iter(self._box)))

    def __contains__(self, field: object) -> bool:
        return field in self._box

    def __repr__(self) -> str:
        return f"<{self._box.called}: {dict(self)!r}>"

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name in self.hints_of_fields.by_name:
                try:
                    return self._box.get(name)
                except KeyError:
                    how = "set it in on_join or on_create, or write a value behind its hint"
                    raise AttributeError(
                        f"{self._box.called}.{name} is not set yet: {how}", name=name, obj=self
                    ) from None
            raise self._no_attribute(name)

        def __setattr__(self, name: str, value: Any) -> None:
            if name in self.hints_of_fields.by_name:
                self._box.set(name, value)
            elif name.startswith("_"):
                object.__setattr__(self, name, value)
            else:
                raise self._no_attribute(name)

        def __delattr__(self, name: str) -> None:
            if name not in self.hints_of_fields.by_name:
                raise self._no_attribute(name)
            try:
                self._box.remove(name)
            except KeyError:
                why = f"{self._box.called}.{name} cannot be deleted: it is not set"
                raise AttributeError(why, name=name, obj=self) from None

    def _no_attribute(self, name: str) -> AttributeError:
        called = self._box.called
        if hasattr(type(self), name):
            return AttributeError(f"{called}.{name} has no setter: it cannot be changed", name=name, obj=self)
        return AttributeError(f'{called} has no attribute {name!r}: write {called}["{name}"]', name=name, obj=self)

    def advice(self) -> str:
        return f"{self._box.called} itself cannot be kept: keep dict({self._box.called})"


def _attribute(name: str) -> property:
    """A field as an attribute. Where it is not set, `__getattr__` is asked, and says so."""

    def read(fields: Fields) -> Any:
        try:
            return fields[name]
        except KeyError:
            raise AttributeError(name) from None

    return property(read)


class State(Fields):
    """The room's state, by key. For attributes with hints, make a class of it: `class Table(State): pot: int = 0`."""

    __slots__ = ()


class Player(Fields):
    """Someone in the room: `id` (a word, unique here), `name`, `here`, and its state by key, which everyone sees.

    For attributes with hints, make a class of it: `class Seat(Player): coins: int = 10`. A field with the hint
    `Owner[…]` is sent to this player alone.
    """

    __slots__ = ("_auth", "_here", "_id", "_name")

    def __init__(self, player: str, name: str, box: FieldBox) -> None:
        super().__init__(box)
        self._auth: FieldBox | None = None  # what is known of it; None: nothing
        self._id = player
        self._name = name
        self._here = True

    @property
    def id(self) -> str:
        """A word that no other player in the room has."""
        return self._id

    @property
    def name(self) -> str:
        """As the player gave it, or `on_auth`; not unique."""
        return self._name

    @property
    def auth(self) -> dict[str, Any]:
        """What the class's `on_auth` has returned of the player; {} where that is nothing. Nobody is sent it."""
        auth: dict[str, Any] = {} if self._auth is None else self._auth.get(AUTH)
        return auth

    @property
    def here(self) -> bool:
        """False while its connection is lost."""
        return self._here

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Player) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __bool__(self) -> bool:
        return True  # one without state is still somebody

    def __repr__(self) -> str:
        return f"<player {self.id}>"

    def advice(self) -> str:
        return "a player cannot be kept: keep player.id, and find it again with self.players[…]"


P = TypeVar("P", bound=Player, covariant=True)


_OF_DICTS: Final = frozenset({"values", "items", "keys"})


class Players(Generic[P]):
    """Those in the room, in the order of joining: iterate over them, or look one up by id."""

    __slots__ = ("_all", "_leaving")

    def __init__(self, players: Mapping[str, P], leaving: dict[str, str]) -> None:
        self._all = players
        self._leaving = leaving  # who is being sent out by the handler that runs

    def __getitem__(self, player: str) -> P:
        """The player with that id. Raises KeyError."""
        one = None if player in self._leaving else self._all.get(player)
        if one is None:
            raise KeyError(f"nobody in the room has the id {player!r}")
        return one

    def get(self, player: str) -> P | None:
        """The player with that id, None if it is not in the room."""
        return None if player in self._leaving else self._all.get(player)

    def __contains__(self, player: object) -> bool:
        """Whether a player, or the one with that id, is in the room."""
        one = player.id if isinstance(player, Player) else player
        return one in self._all and one not in self._leaving

    def __iter__(self) -> Iterator[P]:
        if not self._leaving:
            return iter(list(self._all.values()))
        return iter([one for one in self._all.values() if one.id not in self._leaving])

    def __len__(self) -> int:
        return len(self._all) - len(self._leaving)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            how = ": they are no dict, for player in self.players goes through them" if name in _OF_DICTS else ""
            raise AttributeError(f"self.players has no attribute {name!r}{how}", name=name, obj=self)

    def __repr__(self) -> str:
        return f"<players: {', '.join(one.id for one in self) or 'nobody'}>"
