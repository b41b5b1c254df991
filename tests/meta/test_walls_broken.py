"""The list of walls that are broken on purpose says what the code says."""

from pathlib import Path

import pytest

from tests.walls_broken import WALLS

PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize("wall", WALLS, ids=lambda wall: wall.name)
def test_a_wall_stands_where_the_list_says(wall):
    text = (PROJECT / wall.path).read_text()
    assert text.count(wall.stands) == 1
    compile(text.replace(wall.stands, wall.broken), wall.path, "exec")


@pytest.mark.parametrize("wall", WALLS, ids=lambda wall: wall.name)
def test_the_tests_of_a_wall_are_there(wall):
    path, _colons, name = wall.tests.partition("::")
    assert f"def {name or 'test_'}" in (PROJECT / path).read_text()


def test_each_wall_is_told_once():
    assert len({wall.name for wall in WALLS}) == len(WALLS)
