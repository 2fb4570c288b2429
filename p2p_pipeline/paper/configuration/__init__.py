"""What a person is told of a session's configuration, and how it is written: parameters, YAML, presets.

Here: reading it off the fields of settings.py. Not here: what is allowed (settings.py), forms (web/), commands.
"""
