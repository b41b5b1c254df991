"""One run walks in one language, by a rule that can be done again; both are walked when asked."""

import subprocess

import pytest

from tests import extent


def walked(monkeypatch, *, asked="", everything=False, commit: str | None = "0"):
    def git(command, **options):
        if commit is None:
            raise subprocess.CalledProcessError(128, command)
        return subprocess.CompletedProcess(command, 0, f"b1e0ffd{commit}\n")

    monkeypatch.setenv("CSE_LANGUAGE", asked)
    monkeypatch.setattr(extent, "EVERYTHING", everything)
    monkeypatch.setattr(subprocess, "run", git)
    return extent.walked_languages()


def test_commits_are_walked_in_french_or_in_english(monkeypatch):
    assert walked(monkeypatch, commit="0") == walked(monkeypatch, commit="e") == ("fr",)
    assert walked(monkeypatch, commit="1") == walked(monkeypatch, commit="f") == ("en",)


def test_both_are_walked_by_test_all_and_where_no_commit_is_known(monkeypatch):
    assert walked(monkeypatch, everything=True) == ("fr", "en")
    assert walked(monkeypatch, commit=None) == ("fr", "en")


@pytest.mark.parametrize(("asked", "languages"), [("en", ("en",)), ("both", ("fr", "en"))])
def test_the_one_who_runs_the_tests_may_choose(monkeypatch, asked, languages):
    assert walked(monkeypatch, asked=asked) == languages
    with pytest.raises(ValueError, match="CSE_LANGUAGE"):
        walked(monkeypatch, asked="de")
