"""In CI a skipped test fails, so that no test goes unrun for long without anyone noticing."""

import pytest

from tests.programs import TOP

pytest_plugins = ["pytester"]

HOOKS = "from tests.conftest import pytest_make_collect_report, pytest_runtest_makereport"
SKIPPED = """
    import pytest

    def test_that_skips():
        pytest.skip("no screen here")

    @pytest.mark.skipif(True, reason="no network here")
    def test_that_is_skipped():
        pass

    @pytest.mark.xfail(reason="known bug")
    def test_that_is_expected_to_fail():
        raise AssertionError
"""
SKIPPED_WHOLE = """
    import pytest
    pytest.skip("not on this system", allow_module_level=True)
"""


@pytest.fixture
def house(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTHONPATH", str(TOP))
    pytester.makeconftest(HOOKS)
    return pytester


def test_a_skipped_test_fails_in_ci_and_says_why(house: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    house.makepyfile(SKIPPED)
    result = house.runpytest_subprocess()
    result.assert_outcomes(failed=1, errors=1, xfailed=1)
    result.stdout.fnmatch_lines(["In CI nothing may be skipped, and this was: *no screen here"])


def test_a_skipped_file_fails_in_ci(house: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    house.makepyfile(SKIPPED_WHOLE)
    house.runpytest_subprocess().assert_outcomes(errors=1)


def test_elsewhere_a_skip_is_a_skip(house: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    house.makepyfile(SKIPPED)
    house.runpytest_subprocess().assert_outcomes(skipped=2, xfailed=1)
