"""The pages, one file each: an address is read, a question asked, a template filled. Every page works without script.

Not here: how an answer is found (p2p/answers/), how figures are written (figures.py), texts in Russian (words/).
"""
