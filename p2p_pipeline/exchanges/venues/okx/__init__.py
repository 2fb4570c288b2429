"""OKX spot, by the API v5 documentation of 2026-07-28 and a recording of 2022-05.

Traps. A delta follows when its prevSeqId is the last seqId; in maintenance the seqId falls back while that chain holds:
no gap. A keep-alive has empty sides and seqId equal to prevSeqId. `checksum` is always 0 by now and means nothing; in
the recording of 2022, which has no seqId, it is the CRC32 of 25 levels a side. A level has four fields: price, size, an
old "0", orders. The best ask may lie below the best bid before trading opens. `ctAddr` may be only the last 6
characters of a contract. Sign of life is the bare text `ping`.

Not here: what a broken chain leads to (books/).
"""
