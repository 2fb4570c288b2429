"""Keeping the instance small: old runs, ticks and events, closed days, disks."""
