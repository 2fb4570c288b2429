"""KuCoin spot, the classic socket; frames of the newer Pro socket are read too.

Sources: kucoin-api-docs of 2023-06, universal SDK of 2025-11, rate page of 2026; recorded frames of 2021-04.

Traps:
- The socket's address comes with a token, asked for by POST; the first frame must be `welcome`.
- A change with price "0" is no level; its number counts.
- Levels of a change have numbers of their own, and may stand in any order: of two at one price the higher counts.
- The whole book by REST needs a key. The public one has 100 levels and the same sequence: a book made of it is right
  within the prices that it spans, and unknown beyond.
- What we number comes back as text.
- `level1` has single pairs where every other feed has lists of pairs.

A level's own number is otherwise not needed: one that is not above the snapshot's says the quantity that the snapshot
has already, since a later change of the same price within the same frame stands there too. To set it again is
harmless.

Not here: when a change fits its snapshot (books/), who asks and how often (connections/, funnel/).
"""
