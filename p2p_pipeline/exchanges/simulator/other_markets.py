"""Lists of futures and options: empty here, for clients that load them before they look at anything else."""

from __future__ import annotations

from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer

_HTX = (
    b'{"status":"ok","data":[{"symbol":"BTC","contract_code":"%s","contract_size":%s,"price_tick":0.1,'
    b'"delivery_date":"%s","delivery_time":"1608883200000","create_date":"20200325","contract_status":0,"settlement_date":"1608883200000",'
    b'"support_margin_mode":"all","business_type":"swap","pair":"%s","contract_type":"%s","trade_partition":"USDT"}],'
    b'"ts":0}'
)
"""HTX's lists have one row that is no longer traded: an empty one is an error to clients."""
_EMPTY = {
    ("kucoin", "/api/v1/contracts/active"): b'{"code":"200000","data":[]}',
    ("htx", "/linear-swap-api/v1/swap_contract_info"): _HTX % (b"BTC-USDT", b"0.001", b"", b"BTC-USDT", b"swap"),
    ("htx", "/swap-api/v1/swap_contract_info"): _HTX % (b"BTC-USD", b"100", b"", b"BTC-USD", b"swap"),
    ("htx", "/api/v1/contract_contract_info"): _HTX % (b"BTC201225", b"100", b"20201225", b"BTC-USD", b"quarter"),
    ("mexc", "/api/v1/contract/detail"): b'{"success":true,"code":0,"data":[]}',
}


def empty_list(exchange: str, path: str) -> Answer | None:
    """The answer, where the path is one of those."""
    body = _EMPTY.get((exchange, path))
    return None if body is None else Answer(body)
