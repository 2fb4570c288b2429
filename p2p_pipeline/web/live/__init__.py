"""What changes while people look: topics, their frames, and the sockets that carry them.

A frame is made once for all clients; a client's whole state is the number of the last frame it got. Not here: what is
in a frame (answers/), how a page shows it (static/js/live.js).
"""
