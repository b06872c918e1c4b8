"""The memory of which events came."""

from __future__ import annotations

from faxops.listener.seen import MOST_IDS, WINDOW_SECONDS, Seen


def test_an_id_is_known_for_as_long_as_its_signature_is_good() -> None:
    seen = Seen()
    seen.add("a", 0.0)
    seen.add("b", WINDOW_SECONDS)
    assert "a" in seen
    seen.add("c", WINDOW_SECONDS + 1)
    assert ("a" in seen, "b" in seen, "c" in seen) == (False, True, True)


def test_the_oldest_is_forgotten_when_there_are_too_many() -> None:
    seen = Seen(most=2)
    for event_id in ("a", "b", "c"):
        seen.add(event_id, 0.0)
    assert ("a" in seen, "b" in seen, "c" in seen) == (False, True, True)


def test_the_memory_is_bounded_however_many_come_at_once() -> None:
    seen = Seen()
    for number in range(3 * MOST_IDS):
        seen.add(str(number), 0.0)
    assert len(seen) == MOST_IDS
