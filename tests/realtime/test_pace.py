"""How fast one person may post."""

import pytest

from chat.realtime.pace import Pace


def test_a_second_and_a_minute_each_have_their_count():
    pace = Pace(per_second=3, per_minute=5)
    assert [pace.take(100.0) for _ in range(3)] == [0, 0, 0]
    assert pace.take(100.5) == pytest.approx(0.5)
    assert pace.take(101.0) == 0
    assert pace.take(102.0) == 0
    assert pace.take(110.0) == pytest.approx(50.0)
    assert pace.take(160.0) == 0


def test_a_refused_post_is_not_counted():
    pace = Pace(per_second=1, per_minute=60)
    pace.take(100.0)
    for _ in range(50):
        assert pace.take(100.9) > 0
    assert pace.take(101.0) == 0


def test_what_was_let_through_elsewhere_counts():
    pace = Pace(5, 60)
    pace.note(0.0, 4)
    assert pace.take(0.1) == 0
    assert pace.take(0.2) > 0
    pace.note(5.0, 10_000)
    assert pace.take(10.0) > 50
    assert pace.take(65.1) == 0


def test_whoever_was_silent_for_a_minute_is_idle():
    pace = Pace(5, 60)
    assert pace.idle(0.0)
    pace.take(100.0)
    assert not pace.idle(160.0)
    assert pace.idle(160.1)
