"""Watch peer-to-peer crypto markets, keep what the venues said, and answer what an amount really costs.

Rooms by trade, in the order of imports: kernel/, lake/ and postgres/ (common ground), p2p/ (people's offers, from a
venue's bytes to an answer), monitoring/, web/ (pages and API), orchestration/ (Dagster), commands/. Each may import
those before it, never one after it. Not here: a trade's code outside its room; docs/architecture.md says what each
room holds.
"""
