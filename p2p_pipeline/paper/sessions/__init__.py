"""Where a session lives: its folder, its process, what it is told from outside, and what is known of it there.

Not here: what it does (live/, machine/), who asks (commands/, web/, through actions/).
"""
