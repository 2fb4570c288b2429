"""Write `payment_map.json` anew from the YAML: `python -m p2p_pipeline_tests.p2p.offers.write_payment_map`."""

from __future__ import annotations

from p2p_pipeline.p2p.offers.payment_methods import PaymentMap, shipped_texts
from p2p_pipeline_tests.shared_files import REPOSITORY

if __name__ == "__main__":
    written = PaymentMap.parse(*shipped_texts()).to_json()
    (REPOSITORY / "p2p_pipeline/p2p/offers/payment_map.json").write_bytes(written)
