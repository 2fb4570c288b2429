"""Which country's days a fiat lives by: the country, its main time zone, its weekend."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

import holidays

from p2p_pipeline.kernel.errors import InvalidInput

_COUNTRIES = """
RUB RU; VND VN; INR IN; UAH UA; NGN NG; CNY CN; BDT BD; PKR PK; ARS AR; VES VE; IDR ID; TRY TR; BRL BR; EGP EG; BOB BO;
KZT KZ; AED AE; PHP PH; COP CO; MXN MX; KES KE; GHS GH; ZAR ZA; MAD MA; THB TH; LKR LK; PEN PE; CLP CL; UZS UZ; GEL GE;
AMD AM; AZN AZ; KGS KG; TJS TJ; TMT TM; BYN BY; MDL MD; PLN PL; RON RO; CZK CZ; HUF HU; BGN BG; GBP GB; SEK SE; NOK NO;
DKK DK; CHF CH; CAD CA; AUD AU; NZD NZ; HKD HK; TWD TW; SGD SG; MYR MY; JPY JP; KRW KR; SAR SA; QAR QA; KWD KW; BHD BH;
OMR OM; JOD JO; LBP LB; IQD IQ; IRR IR; ILS IL; YER YE; SYP SY; TND TN; DZD DZ; LYD LY; SDG SD; SSP SS; ETB ET; UGX UG;
TZS TZ; RWF RW; BIF BI; CDF CD; GMD GM; GNF GN; SLL SL; SLE SL; LRD LR; MWK MW; ZMW ZM; ZWL ZW; MZN MZ; AOA AO; BWP BW;
NAD NA; LSL LS; SZL SZ; MGA MG; MUR MU; SCR SC; MVR MV; DOP DO; GTQ GT; HNL HN; NIO NI; CRC CR; PAB PA; PYG PY; UYU UY;
HTG HT; JMD JM; TTD TT; BBD BB; BSD BS; BZD BZ; GYD GY; SRD SR; CUP CU; NPR NP; BTN BT; MMK MM; KHR KH; LAK LA; MNT MN;
AFN AF; ISK IS; ALL AL; MKD MK; RSD RS; BAM BA; MRU MR; CVE CV; STN ST; DJF DJ; ERN ER; SOS SO; KMF KM; BND BN; MOP MO;
PGK PG; FJD FJ; WST WS; TOP TO; VUV VU; SBD SB
"""
"""Fiats of one country. EUR, USD, XAF, XOF, XCD and XPF are of many: `analytics.holiday_countries` says which."""

_MAIN_ZONES = {
    "AR": "America/Argentina/Buenos_Aires",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CD": "Africa/Kinshasa",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "ID": "Asia/Jakarta",
    "KZ": "Asia/Almaty",
    "MN": "Asia/Ulaanbaatar",
    "MX": "America/Mexico_City",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PG": "Pacific/Port_Moresby",
    "PS": "Asia/Gaza",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "US": "America/New_York",
    "UZ": "Asia/Tashkent",
}
"""Where most of the people of a country with several zones live."""

_WEEKENDS = {"LY": frozenset({4, 5}), "NP": frozenset({5}), "AF": frozenset({3, 4}), "BN": frozenset({4, 6})}
"""Where `holidays` has another weekend than the country (Monday is 0)."""


@cache
def _fiat_countries() -> dict[str, str]:
    pairs = (entry.split() for entry in _COUNTRIES.replace("\n", " ").split(";"))
    return {fiat: country for fiat, country in pairs}  # noqa: C416 - pairs are lists, dict() would type them loosely


def country_of(fiat: str, chosen: Mapping[str, str]) -> str | None:
    """The ISO code of the country whose days count for a fiat; None when it has none of its own and none is chosen.

    `chosen` is `analytics.holiday_countries`. Raises ValueError for a chosen country whose holidays are not known.
    """
    country = chosen.get(fiat, _fiat_countries().get(fiat))
    if country is not None and country not in holidays.list_supported_countries():
        if fiat in chosen:
            raise InvalidInput(
                "analytics.holiday_countries has {country!r} for {fiat}, whose holidays are not known; write an ISO "
                "country code of two letters, such as DE",
                country=country,
                fiat=fiat,
            )
        return None
    return country


def zone_of(country: str) -> ZoneInfo | None:
    """The time zone most of the country lives in; None when it can't be said."""
    known = _MAIN_ZONES.get(country)
    if known is None:
        zones = _zones_by_country().get(country, ())
        known = zones[0] if len(zones) == 1 else None
    return ZoneInfo(known) if known else None


def weekend_of(country: str) -> frozenset[int]:
    """The days of the weekend, Monday being 0."""
    return _WEEKENDS.get(country) or frozenset(holidays.country_holidays(country).weekend)


def holidays_of(country: str, years: range) -> dict[int, str]:
    """The public holidays of some years, by `date.toordinal()`, with their names; in English where they have one."""
    found = holidays.country_holidays(country, years=years, language="en_US")
    return {day.toordinal(): name for day, name in found.items()}


@cache
def _zones_by_country() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    text = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found[country] = (*found.get(country, ()), zone)
    return found
