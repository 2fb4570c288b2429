"""What the simulated venues trade: fiats and assets with rough prices. Orders of magnitude, not quotations."""

from __future__ import annotations

from dataclasses import dataclass

# code, country, symbol, decimal places of an amount, units for one US dollar; busiest P2P markets first.
_FIATS = """
RUB RU ₽ 2 84; VND VN ₫ 0 26300; INR IN ₹ 2 88; UAH UA ₴ 2 41.5; NGN NG ₦ 2 1480; CNY CN ¥ 2 7.12; BDT BD ৳ 2 122;
PKR PK ₨ 2 281; ARS AR $ 2 1450; VES VE Bs. 2 230; IDR ID Rp 0 16600; TRY TR ₺ 2 42; BRL BR R$ 2 5.35; EGP EG £ 2 47.5;
BOB BO Bs. 2 12.6; KZT KZ ₸ 2 520; USD US $ 2 1; EUR EU € 2 0.86; AED AE د.إ 2 3.67; PHP PH ₱ 2 58.5; COP CO $ 2 3800;
MXN MX $ 2 18.4; KES KE KSh 2 129; GHS GH ₵ 2 11; ZAR ZA R 2 17.2; MAD MA DH 2 9.2; THB TH ฿ 2 32.4; LKR LK Rs 2 304;
PEN PE S/ 2 3.38; CLP CL $ 0 945; UZS UZ so'm 0 12000; GEL GE ₾ 2 2.7; AMD AM ֏ 2 383; AZN AZ ₼ 2 1.7; KGS KG с 2 87.4;
TJS TJ SM 2 9.2; BYN BY Br 2 3.2; MDL MD L 2 17; PLN PL zł 2 3.65; RON RO lei 2 4.38; CZK CZ Kč 2 20.9; HUF HU Ft 0 331;
BGN BG лв 2 1.69; GBP GB £ 2 0.76; SEK SE kr 2 9.5; NOK NO kr 2 10.1; DKK DK kr 2 6.45; CHF CH Fr 2 0.8; CAD CA $ 2 1.4;
AUD AU $ 2 1.53; NZD NZ $ 2 1.77; HKD HK HK$ 2 7.78; TWD TW NT$ 2 31; SGD SG S$ 2 1.3; MYR MY RM 2 4.15; JPY JP ¥ 0 155;
KRW KR ₩ 0 1460; SAR SA ر.س 2 3.75; QAR QA ر.ق 2 3.64; KWD KW د.ك 3 0.307; BHD BH .د.ب 3 0.377; OMR OM ر.ع. 3 0.385;
JOD JO د.أ 3 0.709; LBP LB ل.ل 0 89600; IQD IQ ع.د 0 1310; YER YE ر.ي 2 540; SYP SY £ 0 13000; TND TN د.ت 3 2.95;
DZD DZ دج 2 245; LYD LY ل.د 3 5.46; SDG SD ج.س. 2 3500; ETB ET Br 2 153; UGX UG USh 0 3600; TZS TZ TSh 0 2450;
RWF RW FRw 0 1450; BIF BI FBu 0 2950; CDF CD FC 2 2250; XAF CM FCFA 0 565; XOF SN CFA 0 565; GMD GM D 2 73;
GNF GN FG 0 8680; SLL SL Le 0 22900; LRD LR $ 2 180; MWK MW K 2 1735; ZMW ZM K 2 22.7; MZN MZ MT 2 63.9;
AOA AO Kz 2 912; BWP BW P 2 13.4; NAD NA $ 2 17.2; MGA MG Ar 0 4480; MUR MU ₨ 2 45.9; SCR SC ₨ 2 14.2; DOP DO $ 2 64;
GTQ GT Q 2 7.66; HNL HN L 2 26.3; NIO NI C$ 2 36.8; CRC CR ₡ 2 501; PAB PA B/. 2 1; PYG PY ₲ 0 7050; UYU UY $ 2 39.8;
HTG HT G 2 131; JMD JM $ 2 161; TTD TT $ 2 6.78; NPR NP ₨ 2 141; MMK MM K 0 4400; KHR KH ៛ 0 4020; LAK LA ₭ 0 21700;
MNT MN ₮ 0 3570; AFN AF ؋ 2 66.5; ISK IS kr 0 127
"""

# code, US dollars, decimal places of an amount, daily volatility, share of all offers
_ASSETS = """
USDT 1 4 0.0004 0.62; BTC 92000 8 0.025 0.12; USDC 1 4 0.0004 0.09; ETH 3050 8 0.035 0.07; BNB 905 4 0.03 0.04;
FDUSD 0.998 4 0.0005 0.02; SOL 138 4 0.045 0.02; DOGE 0.158 2 0.05 0.02
"""


POWERS_OF_TEN: tuple[int, ...] = tuple(10**exponent for exponent in range(40))


@dataclass(frozen=True, slots=True)
class Fiat:
    """A currency that offers are paid in."""

    code: str
    country: str
    symbol: str
    scale: int
    """Decimal places of an amount."""
    units_per_dollar: float
    rank: int
    """0 for the busiest."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A crypto asset that is offered."""

    code: str
    dollars: float
    scale: int
    daily_volatility: float
    share_of_offers: float


def _read_fiats() -> dict[str, Fiat]:
    fiats = {}
    for rank, row in enumerate(_FIATS.replace("\n", " ").split(";")):
        code, country, symbol, scale, rate = row.split()
        fiats[code] = Fiat(code, country, symbol, int(scale), float(rate), rank)
    return fiats


def _read_assets() -> dict[str, Asset]:
    assets = {}
    for row in _ASSETS.replace("\n", " ").split(";"):
        code, dollars, scale, volatility, share = row.split()
        assets[code] = Asset(code, float(dollars), int(scale), float(volatility), float(share))
    return assets


FIATS = _read_fiats()
ASSETS = _read_assets()


def asset_scale(venue: str, asset: Asset) -> int:
    """Decimal places of an amount of the asset: Binance cuts dollars' tokens to cents, Bybit keeps four."""
    return 2 if venue == "binance" and asset.scale == 4 else asset.scale


def price_scale(fiat: Fiat, asset: Asset) -> int:
    """Decimal places of a price: enough that one step is about a tenth of a percent or less."""
    price = fiat.units_per_dollar * asset.dollars
    scale = 0 if fiat.scale == 0 and price >= 500 else 2
    while price * 10**scale < 800:
        scale += 1
    return scale
