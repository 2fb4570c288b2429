"""What each answer of the API holds, field by field, with units: the one source of the document and of the client.

Answers are not made from these: each is serialised once, as its question's code gives it, and tests hold every route's
real answers against its shape. Not here: how an answer is found (p2p/answers/), and anything that takes long to import,
for the client reads these too.
"""
