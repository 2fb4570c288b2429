"""What simulated advertisers write: bank names that stand nowhere else, conditions, emoji, text to break readers."""

from __future__ import annotations

from random import Random

_RUB_BANKS = (
    "только Т-Банк",
    "Сбер / Т-Банк",
    "СБП любой банк",
    "Т-Банк, Альфа",
    "СБП",
    "только Сбербанк",
    "ВТБ и Озон Банк",
    "Райффайзен",
    "Тинькoфф или Сбер",
    "Совкомбанк, ПСБ",
    "Альфа-Банк без СБП",
)
_RUB_TERMS = (
    "Без третьих лиц ❗️",
    "Чек обязателен 🧾",
    "⚡️ Быстрая сделка ⚡️",
    "Комментарий не писать",
    "Пишите номер карты сразу",
    "Работаю 9:00-22:00 МСК",
    "Оплата с личной карты, ФИО должны совпадать",
    "💙 Помощь новичкам 💙",
)
_TERMS = (
    "No third party payments ❗",
    "Send the receipt please 🧾",
    "⚡ fast release ⚡",
    "Own account only, name must match",
    "Open 9:00 - 22:00 local time",
    "🟢 online, no questions",
    "Do not write crypto in the comment",
)
_HOSTILE = (
    "'; DROP TABLE offers; --",
    '=HYPERLINK("http://example.invalid")',
    "<script>alert(1)</script>",
    "\u202eevird ot",
    "{{7*7}}",
    "line one\nline two\r\n\ttab",
    '\\u0000 "quoted" \\',
)


def remark(random: Random, fiat: str) -> str:
    """One advertiser's terms: often empty, in Russian for RUB, now and then hostile."""
    draw = random.random()
    if draw < 0.02:
        return random.choice(_HOSTILE)
    if fiat == "RUB":
        parts = [random.choice(_RUB_BANKS)] if draw < 0.75 else []
        parts += random.sample(_RUB_TERMS, k=random.randrange(3))
        return random.choice((". ", "\n", " | ")).join(parts)
    if draw < 0.35:
        return ""
    return "\n".join(random.sample(_TERMS, k=1 + random.randrange(3)))
