"""Canonical codes for payment methods: what a venue's identifier or name means, in one vocabulary for all venues.

The knowledge is in `payment_map.yaml` and the files beside it; this module checks them on loading and looks things up.
`payment_map.json` is what came of those texts, for a price should not wait for YAML: used while they are the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import orjson
import yaml

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.p2p.markets import NativePayment
from p2p_pipeline.p2p.offers.name_folding import fold_name
from p2p_pipeline.p2p.venues.directory import venue_directory

__all__ = ["CanonicalMethod", "PaymentMap", "PaymentMapError", "canonical_codes", "fold_name"]

CATEGORIES = frozenset({"bank", "cash", "wallet", "mobile", "instant_payment", "generic"})
_VENUES_WITH_STABLE_IDENTIFIERS = tuple(
    name for name, venue in venue_directory().items() if venue.has_stable_payment_ids
)
_METHOD_FIELDS = frozenset({"name", "category", "aliases", "fiats", "remarks", *_VENUES_WITH_STABLE_IDENTIFIERS})
_code_shape = re.compile(r"[a-z][a-z0-9_]*").fullmatch
_MAP_FILES = ("payment_map.yaml", "payment_map_americas.yaml", "remark_words.yaml")
_READ_MAP = "payment_map.json"


class PaymentMapError(InvalidInput):
    """The payment map can't be used; the message says which entry to fix."""


@dataclass(frozen=True, slots=True)
class CanonicalMethod:
    """One payment method as the project knows it."""

    code: str
    name: str
    category: str
    aliases: tuple[str, ...] = ()
    identifiers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Stable identifiers by venue."""
    fiats: frozenset[str] = frozenset()
    """The currencies it exists in; empty for any."""
    remarks: tuple[str, ...] = ()
    """How sellers write it in free text."""


class PaymentMap:
    """Finds the canonical code of whatever a venue calls a payment method.

    A name that two methods share (Raiffeisen in RUB and in UAH) is told apart by the offer's currency.
    """

    def __init__(
        self,
        methods: Iterable[CanonicalMethod],
        remark_words: Mapping[str, tuple[str, ...]],
        version: str = "unnamed",
        fold: Callable[[str], str] = fold_name,
    ) -> None:
        """`fold` gives the skeletons of the methods' names."""
        self.version = version
        """Changes with the map's text: tables made with another version are made anew."""
        self.methods = {method.code: method for method in methods}
        self.remark_words = dict(remark_words)
        self._by_name: dict[tuple[str, str], str] = {}
        self._by_identifier: dict[tuple[str, str], str] = {}
        named: dict[str, set[str]] = {}
        for method in self.methods.values():
            for skeleton, name in {fold(name): name for name in (method.name, *method.aliases)}.items():
                named.setdefault(skeleton, set()).add(method.code)
                for fiat in method.fiats or {""}:
                    _claim(self._by_name, (skeleton, fiat), method.code, f"the name {name!r}")
            for venue, identifiers in method.identifiers.items():
                for identifier in identifiers:
                    key = (venue, identifier)
                    _claim(self._by_identifier, key, method.code, f"{venue}'s identifier {identifier!r}")
        self._only_one_named = {skeleton: min(codes) for skeleton, codes in named.items() if len(codes) == 1}

    @classmethod
    def load(cls) -> PaymentMap:
        """The map that comes with the program; loaded once. Raises PaymentMapError naming what is wrong with it."""
        return _shipped_map()

    @classmethod
    def parse(cls, *texts: str) -> PaymentMap:
        """Read a map from YAML texts, each with methods, words, or both. Raises PaymentMapError naming what to fix."""
        methods: dict[Any, CanonicalMethod] = {}
        words: dict[str, tuple[str, ...]] = {}
        for text in texts:
            document = _document(text)
            for code, entry in (document.get("methods") or {}).items():
                if code in methods:
                    raise PaymentMapError(f"the payment map: {code!r} stands twice; merge the two entries")
                methods[code] = _method(code, entry)
            listed = document.get("remark_words") or {}
            words |= {kind: _texts(listed, kind, "remark_words") for kind in listed}
        return cls(methods.values(), words, _version(texts))

    def to_json(self) -> bytes:
        """What `payment_map.json` holds of the map."""
        names = sorted({name for method in self.methods.values() for name in (method.name, *method.aliases)})
        methods = [
            {"code": m.code, "name": m.name, "category": m.category, "aliases": m.aliases,
             "identifiers": m.identifiers, "fiats": sorted(m.fiats), "remarks": m.remarks}
            for m in self.methods.values()
        ]  # fmt: skip
        skeletons = {name: fold_name(name) for name in names}
        told = {"version": self.version, "methods": methods, "remark_words": self.remark_words, "skeletons": skeletons}
        return orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    @classmethod
    def from_json(cls, content: bytes, version: str) -> PaymentMap | None:
        """The map back from `to_json`; None when it was made of other texts than those of this version."""
        told = orjson.loads(content)
        if told["version"] != version:
            return None
        methods = [
            CanonicalMethod(
                code=entry["code"],
                name=entry["name"],
                category=entry["category"],
                aliases=tuple(entry["aliases"]),
                identifiers={venue: tuple(names) for venue, names in entry["identifiers"].items()},
                fiats=frozenset(entry["fiats"]),
                remarks=tuple(entry["remarks"]),
            )
            for entry in told["methods"]
        ]
        words = {kind: tuple(listed) for kind, listed in told["remark_words"].items()}
        return cls(methods, words, version, told["skeletons"].__getitem__)

    def code(self, venue: str, payment: NativePayment, fiat: str, names: Mapping[str, str]) -> str | None:
        """The canonical code of a payment method in one offer, or None when the map doesn't know it.

        `names` is the venue's own list at the offer's time: id to name. It names what the offer gives only an id for.
        A stable identifier means the same whatever the offer's currency.
        """
        native_id = payment.native_id
        found = self._by_identifier.get((venue, native_id))
        if found is not None:
            return found
        name = payment.name or names.get(native_id)
        if name is not None and (found := self.code_of_name(name, fiat)) is not None:
            return found
        if native_id.isdigit():
            return None
        # A number names nothing; an identifier in words (`Banesco`) often is the name itself.
        found = self.code_of_name(native_id, fiat)
        if found is None and venue in _VENUES_WITH_STABLE_IDENTIFIERS:
            return self._only_one_named.get(fold_name(native_id))
        return found

    def code_of_name(self, name: str, fiat: str) -> str | None:
        """The canonical code of a name in any spelling, or None."""
        skeleton = fold_name(name)
        return self._by_name.get((skeleton, fiat)) or self._by_name.get((skeleton, ""))


def canonical_codes(
    payment_map: PaymentMap, venue: str, payments: Iterable[NativePayment], fiat: str, names: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The codes of an offer's payment methods, sorted, and those of them that the map doesn't know.

    An unknown method stays as `venue:native_id`, so that it can be counted, and recognised once the map knows it.
    """
    codes: set[str] = set()
    unknown: set[str] = set()
    for payment in payments:
        code = payment_map.code(venue, payment, fiat, names)
        if code is None:
            code = f"{venue}:{payment.native_id}"
            unknown.add(code)
        codes.add(code)
    return tuple(sorted(codes)), tuple(sorted(unknown))


# libyaml's where PyYAML has it: Python's own takes a quarter of a second for the map, half of what a price costs.
class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Refuses repeated keys, of which YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise PaymentMapError(f"the payment map: {key!r} stands twice; merge the two entries")
            seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


@cache
def _shipped_map() -> PaymentMap:
    texts = shipped_texts()
    read = resources.files("p2p_pipeline.p2p.offers").joinpath(_READ_MAP).read_bytes()
    return PaymentMap.from_json(read, _version(texts)) or PaymentMap.parse(*texts)


def shipped_texts() -> tuple[str, ...]:
    """The YAML texts that come with the program, as people edit them."""
    folder = resources.files("p2p_pipeline.p2p.offers")
    return tuple(folder.joinpath(name).read_text(encoding="utf-8") for name in _MAP_FILES)


def _version(texts: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def _document(text: str) -> dict[str, Any]:
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader that also refuses repeated keys
    except yaml.YAMLError as error:
        raise PaymentMapError(f"the payment map is no YAML: {error}") from None
    sections = document.keys() & {"methods", "remark_words"} if isinstance(document, dict) else set()
    if not sections or not all(isinstance(document[name], dict) for name in sections):
        raise PaymentMapError("the payment map has no `methods:` and no `remark_words:` section")
    return dict(document)


def _method(code: Any, entry: Any) -> CanonicalMethod:
    if not isinstance(code, str) or not _code_shape(code):
        raise PaymentMapError(f"the payment map: the code was {code!r}; write it like mercado_pago")
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not fold_name(entry["name"]):
        raise PaymentMapError(f"the payment map: {code} needs a `name`")
    if unknown := sorted(entry.keys() - _METHOD_FIELDS):
        raise PaymentMapError(f"the payment map: {code} has {unknown}; allowed are {sorted(_METHOD_FIELDS)}")
    if entry.get("category") not in CATEGORIES:
        allowed = ", ".join(sorted(CATEGORIES))
        raise PaymentMapError(f"the payment map: {code}: category was {entry.get('category')!r}; use one of {allowed}")
    return CanonicalMethod(
        code=code,
        name=entry["name"],
        category=entry["category"],
        aliases=_texts(entry, "aliases", code),
        identifiers={
            venue: _texts(entry, venue, code) for venue in _VENUES_WITH_STABLE_IDENTIFIERS if entry.get(venue)
        },
        fiats=frozenset(_texts(entry, "fiats", code)),
        remarks=_texts(entry, "remarks", code),
    )


def _texts(entry: Mapping[str, Any], key: str, code: str) -> tuple[str, ...]:
    values = entry.get(key) or []
    if not isinstance(values, list) or not all(isinstance(value, str) and value.strip() for value in values):
        raise PaymentMapError(f"the payment map: {code}: {key} was {values!r}; write a list of texts, [One, Two]")
    return tuple(values)


def _claim(owners: dict[Any, str], key: tuple[str, ...], code: str, what: str) -> None:
    owner = owners.setdefault(key, code)
    if owner != code:
        raise PaymentMapError(f"the payment map: {what} belongs to both {owner} and {code}; keep it in one of them")
