"""Whole works, done by commands and by orchestration alike: each reads settings, opens what it needs, and runs.

What is done beside a scan (PostgreSQL's copy) may fail, wait or be away: no frame and no scan waits for it.
Not here: what a scan decides (scan/, warehouse/), how the service goes on (service/), what a person sees (answers/).
"""
