"""Locks between applies, and what past applies did; correctness needs neither."""
