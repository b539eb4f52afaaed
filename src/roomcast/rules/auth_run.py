"""One run of a class's `on_auth`: what it returns or raises, as who may come in and what is known of him."""

from __future__ import annotations

import inspect
from typing import Any, Final

from roomcast.core.protocol.names import clean_name, quoted
from roomcast.core.server.auth_runs import Known
from roomcast.errors import BadArgument, Refused
from roomcast.rules.auth_hook import AuthHook
from roomcast.rules.handler_run import HandlerRun
from roomcast.rules.json_texts import encoded
from roomcast.rules.maker_reports import SLOW, MakerReports
from roomcast.rules.rejection import FAILED, Reject, RulesMistake, sentence_of, without_exit
from roomcast.rules.secret_texts import without_secret

MOST_KNOWN: Final = 4096  # bytes of what is known of one player, as JSON text

_REFUSED: Final = "the room's rules do not let you in"
_WHO: Final = f"{_REFUSED}: they ask who you are, so join with credential="
_GIVES: Final = "True or a dict of what is known of the player lets it in; False, or raise Reject(why), does not"


class AuthRun:
    """As `core.server.auth_runs` asks. Of one that `waits`, `steps` is to be awaited; of others, `run` is called.

    `called`: the function, for the maker.
    """

    __slots__ = ("_args", "_called", "_clock", "_error", "_hook", "_reports", "_result", "_steps", "waits")

    def __init__(
        self,
        called: str,
        hook: AuthHook,
        reports: MakerReports,
        name: str,
        credential: str | None,
        options: dict[str, Any],
    ) -> None:
        self._called = called
        self._hook = hook
        self._reports = reports
        self._args = name, credential, options
        self._result: Any = None
        self._error: BaseException | None = None
        self._clock = 0.0  # when some of it began to run, by that of the reports
        self._steps: HandlerRun | None = None  # once it was to begin
        self.waits: Final = inspect.iscoroutinefunction(hook)

    # ------------------------------------------------------------------ while it runs

    def run(self) -> None:
        """Run one that is not async, in any thread. Raises nothing."""
        try:
            self._result = self._hook(*self._args)
        except BaseException as error:
            self._error = error

    def steps(self) -> HandlerRun:
        """Begin one that is async."""
        self._steps = HandlerRun(self._hook(*self._args), self._before_some, self._after_some)
        return self._steps

    def _before_some(self, at: int) -> None:
        self._clock = self._reports.clock()

    def _after_some(self) -> None:
        took = self._reports.clock() - self._clock
        if took > SLOW:
            self._reports.add_slow(self._called, "before it waited for anything", took)

    def give_up(self, late: str) -> None:
        if self._steps is not None:
            self._steps.stop(late, is_mistake=bool(late))
        if late:
            self._reports.add_sentence(f"{self._called} late", f"{self._called} was stopped {self._for_whom}: {late}")

    def close(self) -> None:
        """It has ended: nothing more of it runs, also where it was stopped before it began."""
        if self._steps is not None:
            self._steps.close()

    @property
    def _for_whom(self) -> str:
        return f"for somebody called {quoted(self._args[0])}"

    # ------------------------------------------------------------------ what it has come to

    def outcome(self) -> Known | Refused:
        try:
            return self._judged(self._found())
        except Reject as refused:
            return Refused("auth-refused", self._for_player(sentence_of(refused, self._refused)))
        except (Exception, SystemExit) as error:
            shown = without_secret(without_exit(error), self._args[1])
            self._reports.add(self._called, self._for_whom, shown, "it was not let in")
            return Refused("rules-failed", FAILED)

    @property
    def _refused(self) -> str:
        return _WHO if self._args[1] is None else _REFUSED

    def _for_player(self, sentence: str) -> str:
        """A maker's sentence, unless it quotes what is to be said to nobody."""
        credential = self._args[1]
        if not credential or credential not in sentence:
            return sentence
        self._reports.add_sentence(
            f"{self._called} quotes",
            f"{self._called} rejected somebody who is not told why, for the credential is in that sentence: write one "
            "without it. A credential as short as a letter or a word, to try it out, may be in any: take a longer one",
        )
        return self._refused

    def _found(self) -> Any:
        if self._steps is not None:
            return self._steps.outcome()
        if isinstance(self._error, Exception | SystemExit):
            raise self._error
        if self._error is not None:
            raise RulesMistake(f"it ended with {type(self._error).__name__}") from self._error
        return self._result

    def _judged(self, found: Any) -> Known | Refused:
        """Raises `RulesMistake`."""
        if found is True:
            return Known()
        if found is False:
            return Refused("auth-refused", self._refused)
        if not isinstance(found, dict):
            what = "nothing" if found is None else f"a {type(found).__name__}"
            raise RulesMistake(f"{self._called} returned {what}: {_GIVES}")
        text = encoded(found, f"what {self._called} returns")[0]
        if len(text) > MOST_KNOWN:
            raise RulesMistake(
                f"what {self._called} returns takes {len(text):,} bytes as text, and may take {MOST_KNOWN:,}: "
                "return what the rules need, such as the account's id"
            )
        name = found.get("name", "")
        try:
            return Known(clean_name(name, "a player's name") if name else "", text)
        except BadArgument as error:
            why = f'what {self._called} returns has a "name" that no player can have: {error.message}'
            raise RulesMistake(why) from None
