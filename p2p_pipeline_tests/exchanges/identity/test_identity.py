"""An instrument is an asset on its chains, not a ticker."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.exchanges.identity.chains import Chains, ChainsError, known_chains
from p2p_pipeline.exchanges.identity.comparing import Identity, compared
from p2p_pipeline.exchanges.identity.contracts import normalised
from p2p_pipeline.exchanges.identity.deployments import AssetAt, OnChain, assets_at
from p2p_pipeline.exchanges.identity.known import KnownAssetsError, known_assets, parse_known_assets
from p2p_pipeline.exchanges.identity.table import IdentityTable
from p2p_pipeline.exchanges.identity.transfers import transfer_facts
from p2p_pipeline.exchanges.scan.pairs import Pairs
from p2p_pipeline.exchanges.scan.reasons import Transfer
from p2p_pipeline.exchanges.settings import LARGE_ASSETS
from p2p_pipeline.exchanges.words import AssetOnChain, Currencies, Instrument, Listed

DAY = date(2026, 11, 30)
LINK = "0x514910771af9ca656af840dff83e8264ecf986ca"
OTHER = "0x00000000000000000000000000000000deadbeef"
USDT = "0xdac17f958d2ee523a2206206994597c13d831ec7"

CONTRACTS = st.dictionaries(st.sampled_from(["ETH", "BSC", "TRX", "SOL"]), st.sampled_from(["", "a", "b"]), max_size=4)
OPEN = st.sampled_from([True, False, None])
FEES = st.none() | st.sampled_from([Decimal(1), Decimal(2)])
WAYS = st.dictionaries(
    st.sampled_from(["ETH", "BSC", "TRX", "SOL"]),
    st.builds(OnChain, st.sampled_from([None, "a", "b"]), OPEN, OPEN, FEES),
    max_size=4,
)


def instrument(exchange: str, base: str = "LINK", quote: str = "USDT", **more: object) -> Instrument:
    """One with steps of no importance."""
    fields = {"symbol": f"{base}{quote}", "price_step": Decimal("0.01"), "quantity_step": Decimal("0.01"), **more}
    return Instrument(exchange, base=base, quote=quote, **fields)  # type: ignore[arg-type]


def on(
    exchange: str,
    asset: str,
    chain: str,
    contract: str | None,
    deposit: bool = True,
    withdraw: bool = True,
    fee: str = "1",
) -> AssetOnChain:
    """A row of a currency list."""
    return AssetOnChain(exchange, asset, chain, contract, deposit, withdraw, Decimal(fee))


def table(
    instruments: Mapping[str, list[Instrument]], chains: Mapping[str, list[AssetOnChain]], day: date = DAY
) -> IdentityTable:
    """Out of lists."""
    return IdentityTable.of(
        {exchange: Listed(tuple(rows)) for exchange, rows in instruments.items()},
        {exchange: Currencies(tuple(rows)) for exchange, rows in chains.items()},
        day,
    )


def two(kucoin: list[AssetOnChain], xt: list[AssetOnChain], base: str = "LINK") -> IdentityTable:
    """BASE/USDT at two exchanges that tell contracts; USDT is the same at both."""
    tether = {exchange: on(exchange, "USDT", "ERC20", USDT) for exchange in ("kucoin", "xt")}
    return table(
        {"kucoin": [instrument("kucoin", base)], "xt": [instrument("xt", base)]},
        {"kucoin": [tether["kucoin"], *kucoin], "xt": [tether["xt"], *xt]},
    )


def as_pairs(identities: IdentityTable) -> Pairs:
    """The table as the scan takes it."""
    return identities


# Chains and contracts


@pytest.mark.parametrize(
    ("names", "chain"),
    [
        (["TRC20", "TRX", "Tron", "USDT-TRC20", "trc20usdt", "TRON (TRC20)"], "TRX"),
        (["ERC20", "Ethereum", "ETH/ERC20", "USDT-ERC20", "usdterc20"], "ETH"),
        (["BEP20", "BEP20(BSC)", "BSC", "BNB Smart Chain"], "BSC"),
        (["Arbitrum One", "ARBONE", "USDT-Arbitrum One"], "ARBITRUM"),
    ],
)
def test_one_chain_goes_by_many_names(names: list[str], chain: str) -> None:
    found = [known_chains().find(name, "USDT") for name in names]
    assert [one.name if one else None for one in found] == [chain] * len(names)


def test_a_ticker_about_a_chains_name_is_no_part_of_it() -> None:
    chains = known_chains()
    assert [
        chain.name if (chain := chains.find(*name)) else None for name in (("BTC-Bitcoin", "BTC"), ("ETH", "ETH"))
    ] == [
        "BTC",
        "ETH",
    ]


@pytest.mark.parametrize("name", ["", "MOONCHAIN", "ERC721", "USDT", "FIAT_MONEY", "Bitcon"])
def test_a_name_that_nobody_wrote_down_is_refused(name: str) -> None:
    assert known_chains().find(name, "USDT") is None


def test_a_name_of_two_chains_is_a_mistake_of_the_table() -> None:
    rows = [{"name": name, "kind": "evm", "coin": [], "also": ["X"]} for name in ("A", "B")]
    with pytest.raises(ChainsError, match="a name of two chains, B and A"):
        Chains(rows)


def test_case_means_nothing_on_evm_chains_and_everything_elsewhere() -> None:
    chains = known_chains()
    ethereum, solana, tron = (chain for name in ("ETH", "SOL", "TRX") if (chain := chains.find(name)))
    assert normalised(ethereum, LINK.upper().replace("0X", "0x")) == LINK
    mint = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
    assert normalised(solana, mint) == mint != normalised(solana, mint.replace("EP", "eP"))
    assert normalised(tron, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t") != normalised(
        tron, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6T"
    )


@pytest.mark.parametrize(
    ("chain", "contract"), [("ETH", "contractaddress"), ("ETH", LINK[:-1]), ("BTC", LINK), ("TRX", LINK)]
)
def test_what_can_be_no_contract_of_a_chain_is_none(chain: str, contract: str) -> None:
    found = known_chains().find(chain)
    assert found
    assert normalised(found, contract) is None
    assert normalised(found, f"0x{'0' * 40}") == ""


# Comparing


@given(CONTRACTS, CONTRACTS)
def test_confirmed_means_a_shared_contract_and_no_other_one_whichever_is_asked_first(
    ours: dict[str, str], theirs: dict[str, str]
) -> None:
    one, other = (AssetAt("X", {name: OnChain(contract) for name, contract in side.items()}) for side in (ours, theirs))
    shared = ours.keys() & theirs.keys()
    is_one = bool(shared) and all(ours[name] == theirs[name] for name in shared)
    assert compared(one, other) == compared(other, one)
    assert (compared(one, other).identity is Identity.CONFIRMED) == is_one


def test_the_same_ticker_with_other_contracts_or_none_is_unconfirmed() -> None:
    chains = on("xt", "LINK", "ETH", LINK.upper().replace("0X", "0x"))
    assert two([on("kucoin", "LINK", "ERC20", LINK)], [chains]).pair("LINK/USDT", "kucoin", "xt").is_confirmed
    for rows in ([on("kucoin", "LINK", "ERC20", OTHER)], [], [on("kucoin", "LINK", "MOONCHAIN", LINK)]):
        assert not two(rows, [chains]).pair("LINK/USDT", "kucoin", "xt").is_confirmed


def test_one_match_does_not_outweigh_one_contradiction() -> None:
    bought = [on("kucoin", "LINK", "ETH", LINK), on("kucoin", "LINK", "BSC", LINK)]
    sold = [on("xt", "LINK", "ETH", LINK), on("xt", "LINK", "BSC", OTHER)]
    identities = two(bought, sold)
    assert not identities.pair("LINK/USDT", "kucoin", "xt").is_confirmed
    assert "differ on BSC" in identities.compared("LINK/USDT", "kucoin", "xt").reason


def test_a_quote_that_is_not_the_same_makes_the_pair_unconfirmed() -> None:
    identities = table(
        {exchange: [instrument(exchange)] for exchange in ("kucoin", "xt")},
        {
            "kucoin": [on("kucoin", "LINK", "ETH", LINK), on("kucoin", "USDT", "ETH", USDT)],
            "xt": [on("xt", "LINK", "ETH", LINK), on("xt", "USDT", "ETH", OTHER)],
        },
    )
    assert not identities.pair("LINK/USDT", "kucoin", "xt").is_confirmed


def test_a_list_with_two_contracts_on_one_chain_confirms_nothing() -> None:
    rows = [on("kucoin", "LINK", "ETH", LINK), on("kucoin", "LINK", "ERC20", OTHER)]
    identities = two(rows, [on("xt", "LINK", "ETH", LINK)])
    assert not identities.pair("LINK/USDT", "kucoin", "xt").is_confirmed
    assert any("two contracts" in one.left_out.reason for one in identities.told)


# The explicit map


def test_every_large_asset_and_the_dollars_tokens_are_known() -> None:
    known = known_assets()
    assert [ticker for ticker in (*LARGE_ASSETS, "USDT", "USDC") if not known.deployments.get(ticker)] == []


def test_large_assets_are_one_thing_at_exchanges_whose_lists_tell_no_contracts() -> None:
    exchanges = ("kraken", "htx", "upbit", "bitfinex", "binance")
    identities = table({name: [instrument(name), instrument(name, "BTC")] for name in exchanges}, {})
    for symbol in ("LINK/USDT", "BTC/USDT"):
        assert as_pairs(identities).pair(symbol, "kraken", "binance").is_confirmed
        assert identities.pair(symbol, "htx", "upbit").transfer is Transfer.TRANSFER_UNKNOWN
    again = table({name: [instrument(name), instrument(name, "BTC")] for name in exchanges}, {})
    again.prepare(["LINK/USDT", "NOSUCH/USDT"])
    assert again.pair("LINK/USDT", "kraken", "binance") == identities.pair("LINK/USDT", "kraken", "binance")


def test_the_map_speaks_for_no_exchange_that_tells_contracts_itself() -> None:
    identities = table({name: [instrument(name)] for name in ("kucoin", "kraken")}, {"kucoin": []})
    assert not identities.pair("LINK/USDT", "kraken", "kucoin").is_confirmed


def test_where_a_list_tells_a_contract_the_map_is_silent() -> None:
    rows = {"binance": [on("binance", "LINK", "ETH", OTHER), on("binance", "USDT", "ETH", USDT)]}
    identities = table({name: [instrument(name)] for name in ("binance", "kraken")}, rows)
    assert not identities.pair("LINK/USDT", "binance", "kraken").is_confirmed


def test_a_list_of_chains_without_contracts_is_completed_by_the_map() -> None:
    rows = {"htx": [on("htx", "LINK", "ERC20", None, fee="0.5"), on("htx", "USDT", "TRC20", None)]}
    found, _ = assets_at("htx", ["LINK", "USDT"], Currencies(tuple(rows["htx"])), known_assets(), known_chains())
    assert found["LINK"].contracts == {"ETH": LINK}
    assert found["LINK"].chains["ETH"].withdrawal_fee == Decimal("0.5")
    assert found["USDT"].contracts == {"TRX": "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"}


def test_where_a_list_tells_methods_instead_of_chains_only_the_map_says_where_an_asset_lives() -> None:
    rows = [
        on("bitfinex", "CHZ", "CHZ", None, withdraw=False),
        on("bitfinex", "USDT", "TETHERUSE", None, fee="3"),
        on("bitfinex", "LINK", "LINK", None),
    ]
    found, left_out = assets_at(
        "bitfinex", ["CHZ", "USDT", "LINK"], Currencies(tuple(rows)), known_assets(), known_chains()
    )
    assert found["CHZ"].chains == {"ETH": OnChain("0x3506424f91fd33084466f402d5d97f05f8e3b4af", None, False)}
    assert found["USDT"].chains["ETH"] == OnChain(USDT, True, True, Decimal(3))
    assert found["LINK"].chains == {"ETH": OnChain(LINK)}
    assert left_out == ()


def test_a_list_whose_chains_nobody_knows_leaves_the_map_to_speak() -> None:
    found, left_out = assets_at(
        "htx", ["LINK"], Currencies((on("htx", "LINK", "MOONCHAIN", None),)), known_assets(), known_chains()
    )
    assert found["LINK"].chains == {"ETH": OnChain(LINK)}
    assert [one.reason for one in left_out] == ["the chain's name is not known"]


def test_a_contract_in_the_map_must_be_one_and_have_a_source() -> None:
    row = {"ticker": "X", "chain": "ETH", "contract": LINK, "source": "s"}
    document = {
        "exchanges": [], "methods": [], "doubtful": [],
        "sources": {"s": {"what": "a list", "date": DAY}}, "coins": {}, "tokens": [row],
        "money": [], "renamed": [], "replaced": [], "wrapped": [],
    }  # fmt: skip
    assert parse_known_assets(document, known_chains()).deployments == {"X": {"ETH": LINK}}
    for wrong in ({"contract": "0x12"}, {"source": "hearsay"}, {"chain": "MOONCHAIN"}, {"contract": LINK.upper()}):
        with pytest.raises(KnownAssetsError):
            parse_known_assets({**document, "tokens": [row | wrong]}, known_chains())
    with pytest.raises(KnownAssetsError, match="of which date"):
        parse_known_assets({**document, "sources": {"s": {"what": "a list"}}}, known_chains())


# Names, multiples, claims, money


def test_a_renamed_token_is_one_row_from_its_day_on() -> None:
    listed = {"kucoin": [instrument("kucoin", "XNO")], "xt": [instrument("xt", "NANO")]}
    assert set(table(listed, {}, date(2021, 11, 14)).instruments) == {("kucoin", "XNO/USDT"), ("xt", "NANO/USDT")}
    assert set(table(listed, {}, DAY).instruments) == {("kucoin", "XNO/USDT"), ("xt", "XNO/USDT")}


def test_a_token_that_took_anothers_place_is_never_its_row() -> None:
    listed = {"kucoin": [instrument("kucoin", "POL")], "xt": [instrument("xt", "MATIC")]}
    identities = table(listed, {})
    assert set(identities.instruments) == {("kucoin", "POL/USDT"), ("xt", "MATIC/USDT")}
    assert [one.left_out.name for one in identities.told] == ["MATIC/USDT"]
    assert table(listed, {}, date(2024, 9, 3)).told == ()


def test_a_thousand_of_a_thing_is_not_the_thing() -> None:
    listed = {
        "kucoin": [instrument("kucoin", "1000SATS", multiplier=Decimal(1000))],
        "xt": [instrument("xt", "SATS")],
        "gate": [instrument("gate", "1000SATS")],
    }
    rows = {name: [on(name, "1000SATS", "ETH", LINK), on(name, "USDT", "ETH", USDT)] for name in listed}
    identities = table(listed, rows)
    assert {symbol for _, symbol in identities.instruments} == {"1000SATS/USDT", "SATS/USDT"}
    assert not identities.pair("1000SATS/USDT", "kucoin", "gate").is_confirmed


def test_a_claim_on_an_asset_is_not_the_asset() -> None:
    claim = "0x7130d2a12b9bcbfae4f2634d864a1ee1ce3ead9c"
    bought = [on("kucoin", "BTC", "BEP20(BSC)", claim)]
    assert not two(bought, [on("xt", "BTC", "BTC", "")], "BTC").pair("BTC/USDT", "kucoin", "xt").is_confirmed
    both = two([*bought, on("kucoin", "BTC", "BTC", "")], [on("xt", "BTC", "Bitcoin", "")], "BTC")
    assert both.pair("BTC/USDT", "kucoin", "xt").common_chains == ("BTC",)
    assert [one.left_out.reason for one in both.told] == ["that is BTCB, a claim on it"]


def test_dollars_and_their_tokens_are_told_apart() -> None:
    listed = {
        "kraken": [instrument("kraken", "BTC", "USD"), instrument("kraken", "USDT", "USD")],
        "upbit": [instrument("upbit", "BTC", "KRW"), instrument("upbit", "BTC", "USDT")],
    }
    identities = table(listed, {})
    assert not identities.pair("BTC/USD", "kraken", "upbit").is_confirmed


def test_one_thing_under_two_names_is_told_once_and_the_rest_goes_on() -> None:
    listed = {"xt": [instrument("xt", "NANO"), instrument("xt", "XNO"), instrument("xt", "BTC")]}
    identities = table(listed, {})
    assert set(identities.rows(["XNO/USDT", "BTC/USDT", "ETH/USDT"])) == {("xt", "XNO/USDT"), ("xt", "BTC/USDT")}
    assert identities.instruments["xt", "XNO/USDT"].base == "XNO"
    assert [one.name for one in identities.told_of("xt", ["XNO/USDT"])] == ["NANOUSDT"]
    assert identities.told_of("xt", ["BTC/USDT"]) == []


# Transfers


def test_open_at_both_ends_of_a_shared_chain_is_transferable_over_the_cheapest() -> None:
    bought = [on("kucoin", "LINK", "ETH", LINK, fee="2"), on("kucoin", "LINK", "BSC", OTHER, fee="0.5")]
    sold = [on("xt", "LINK", "ETH", LINK), on("xt", "LINK", "BSC", OTHER)]
    facts = two(bought, sold).pair("LINK/USDT", "kucoin", "xt")
    assert (facts.transfer, facts.common_chains, facts.withdrawal_fee) == (
        Transfer.TRANSFERABLE,
        ("BSC", "ETH"),
        Decimal("0.5"),
    )


def test_the_fee_of_a_thousandfold_is_told_in_its_own_units() -> None:
    name = "1000SATS"
    rows = {one: [on(one, name, "ETH", LINK, fee="500"), on(one, "USDT", "ETH", USDT)] for one in ("kucoin", "xt")}
    identities = table({one: [instrument(one, name, multiplier=Decimal(1000))] for one in rows}, rows)
    assert identities.pair("1000SATS/USDT", "kucoin", "xt").withdrawal_fee == Decimal("0.5")


@pytest.mark.parametrize(
    ("withdraw", "deposit", "transfer"),
    [
        (False, True, Transfer.NEEDS_INVENTORY),
        (True, False, Transfer.NEEDS_INVENTORY),
        (None, False, Transfer.NEEDS_INVENTORY),
        (None, True, Transfer.TRANSFER_UNKNOWN),
        (True, True, Transfer.TRANSFERABLE),
    ],
)
def test_closed_needs_inventory_and_untold_is_unknown(
    withdraw: bool | None, deposit: bool | None, transfer: Transfer
) -> None:
    bought = AssetAt("X", {"ETH": OnChain("a", True, withdraw, Decimal(1))}, is_listed=True)
    sold = AssetAt("X", {"ETH": OnChain("a", deposit, True, Decimal(1))}, is_listed=True)
    assert transfer_facts(bought, sold).transfer is transfer


def test_what_is_shut_at_one_end_needs_inventory_though_the_other_ends_list_wants_a_key() -> None:
    shut = AssetAt("X", {"ETH": OnChain("a", False, False, Decimal(1))}, is_listed=True)
    partly = AssetAt("X", {"ETH": OnChain("a", False, False), "TRX": OnChain("b", None, None)}, is_listed=True)
    untold = AssetAt("X", {"ETH": OnChain("a"), "TRX": OnChain("b")})
    assert transfer_facts(shut, untold).transfer is Transfer.NEEDS_INVENTORY
    assert transfer_facts(untold, shut).transfer is Transfer.NEEDS_INVENTORY
    assert transfer_facts(partly, untold).transfer is Transfer.TRANSFER_UNKNOWN
    assert transfer_facts(AssetAt("X", is_listed=True), untold).transfer is Transfer.TRANSFER_UNKNOWN


@given(WAYS, WAYS, st.booleans())
def test_what_is_called_transferable_is_open_from_end_to_end_on_one_contract(
    ours: dict[str, OnChain], theirs: dict[str, OnChain], is_listed: bool
) -> None:
    facts = transfer_facts(AssetAt("X", ours, is_listed=True), AssetAt("X", theirs, is_listed=is_listed))
    is_open = {
        name
        for name in ours.keys() & theirs.keys()
        if ours[name].contract is not None and ours[name].contract == theirs[name].contract
        if ours[name].withdraw_open and theirs[name].deposit_open
    }
    fees = [fee for name in is_open if (fee := ours[name].withdrawal_fee) is not None]
    if facts.transfer is Transfer.TRANSFERABLE:
        assert set(facts.chains) == is_open
        assert facts.withdrawal_fee == min(fees) == ours[facts.chains[0]].withdrawal_fee
    else:
        assert fees == []
        assert facts.transfer is Transfer.TRANSFER_UNKNOWN or (is_listed and not is_open) or _is_shut(ours, theirs)
        told = [way.withdrawal_fee for way in ours.values() if way.withdrawal_fee is not None]
        assert facts.withdrawal_fee in (told or [Decimal(0)])
        assert facts.is_withdrawal_fee_known == bool(told)


def _is_shut(ours: dict[str, OnChain], theirs: dict[str, OnChain]) -> bool:
    ends = [way.withdraw_open for way in ours.values()], [way.deposit_open for way in theirs.values()]
    return any(end and set(end) == {False} for end in ends)


def test_the_way_out_costs_its_fee_though_nobody_tells_whether_the_way_in_is_open() -> None:
    rows = {"kucoin": [on("kucoin", "LINK", "ETH", LINK, fee="0.7"), on("kucoin", "USDT", "ETH", USDT)]}
    facts = table({name: [instrument(name)] for name in ("kucoin", "binance")}, rows)
    there, back = facts.pair("LINK/USDT", "kucoin", "binance"), facts.pair("LINK/USDT", "binance", "kucoin")
    assert (there.transfer, there.withdrawal_fee) == (Transfer.TRANSFER_UNKNOWN, Decimal("0.7"))
    assert (back.transfer, back.withdrawal_fee) == (Transfer.TRANSFER_UNKNOWN, Decimal(0))
    assert (there.is_withdrawal_fee_known, back.is_withdrawal_fee_known) == (True, False)
