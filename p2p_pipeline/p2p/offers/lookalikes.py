"""Which letters look like an ASCII letter: made from the Unicode consortium's list of confusables; a test compares.

Written out, because reading the whole list takes a tenth of the time of a price.
"""

from __future__ import annotations

_ALIKE = {
    "a": "ɑαа",
    "b": "ƀƃƅɓβбвьѣҍ",
    "c": "çȼϲсҫ",
    "d": "ðđƌɖɗԁ",
    "e": "ɇεеҽҿ",
    "f": "ƒϝ",
    "g": "ƍǥɠɡԍ",
    "h": "ħɦнћңһӈӊ",
    "i": "ıɨɩɪͺιіӏ",
    "j": "ɉʝϳј",
    "k": "ƙκкқҟ",
    "l": "łƚǀɫɭ",
    "m": "μϻмӎ",
    "n": "ƞɲɳη",
    "o": "øǿɵθοσоѳө",
    "p": "ƥρр",
    "q": "ʠԛ",
    "r": "ɍɼɽʀгғ",
    "s": "ƽʂѕ",
    "t": "ŧƭʈτтҭⱦ",
    "u": "ʉʋυ",
    "v": "νѵ",
    "w": "ɯѡѽԝ",
    "x": "χхҳ",
    "y": "ƴɏɣʏγϒуүұ",
    "z": "ƶȥʐζ",
}

LOOKALIKES = {ord(letter): twin for twin, letters in _ALIKE.items() for letter in letters}
"""Small letters of Latin, Greek and Cyrillic, by code point, with the ASCII letter that each is taken for."""
