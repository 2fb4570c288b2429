"""One fiat into another through an asset: bought in one market, sold in another, at prices that could be had.

Here: a combo of two books, which routes the configured markets allow, combos slot by slot as rows.
Not here: what one amount costs in one book (pricing/execution.py), the newest books (answers/combo.py), a combo's
rate over time as advice (timing/: it is a series like any price, of the market `combo.SOURCE-TARGET`, side SELL).
"""
