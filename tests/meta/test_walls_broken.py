"""The list of walls that are broken on purpose says what the code says."""

from pathlib import Path

from tests.walls_broken import WALLS

PROJECT = Path(__file__).parents[2]


def test_a_wall_stands_where_the_list_says():
    for wall in WALLS:
        text = (PROJECT / wall.path).read_text()
        assert text.count(wall.stands) == 1, wall.name
        compile(text.replace(wall.stands, wall.broken), wall.path, "exec")


def test_the_tests_of_a_wall_are_there():
    for wall in WALLS:
        path, _colons, name = wall.tests.partition("::")
        assert f"def {name or 'test_'}" in (PROJECT / path).read_text(), wall.name


def test_each_wall_is_told_once():
    assert len({wall.name for wall in WALLS}) == len(WALLS)
