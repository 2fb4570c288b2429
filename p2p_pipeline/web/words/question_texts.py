"""What the ready questions ask, in the reader's language: each text of their headers, beside itself."""

from __future__ import annotations

from collections.abc import Mapping

from p2p_pipeline.web.words.languages import LANGUAGES, Words


def question_texts(words: Words) -> Mapping[str, str]:
    """Titles, notes and meanings of parameters by what they are in the headers."""
    english = Words(LANGUAGES[0])
    return {
        text: translated
        for of in (_titles, _notes, _more_notes, _meanings)
        for text, translated in zip(of(english), of(words), strict=True)
    }


def _titles(words: Words) -> tuple[str, ...]:
    """What each asks."""
    return (
        words.text("What is the best price for an amount in a market now, by payment method?"),
        words.text("How did a market's best price, median price and spread go, hour by hour?"),
        words.text("At which hour of which weekday is a market usually cheapest?"),
        words.text("In which fiat does a dollar's token cost most over the reference rate?"),
        words.text("Which markets' prices move most?"),
        words.text(
            "Who are the biggest advertisers of a fiat by volume, what is their share, and how concentrated "
            "is the market?"
        ),
        words.text("How long do offers of a market stay as they are?"),
        words.text("How many of a market's offers come and go a day?"),
        words.text("When did an advertiser change the prices of which offers?"),
        words.text("Which offers did a market side have in a batch, exactly as they were?"),
        words.text("Which payment methods carry how much volume in a fiat?"),
        words.text("How much can be had within so many percent of a market's best price now?"),
        words.text("What does it bring to buy one asset with a fiat and sell another for it?"),
        words.text("What does money of one fiat become in another through an asset, at the best prices, hour by hour?"),
        words.text("Which market sides got their first offers lately, and which lost their last?"),
        words.text("Which offers of a fiat are far better than their market's weighted price?"),
        words.text("How complete were the batches, day by day?"),
        words.text("In which fiats do requests fail, and how often?"),
        words.text("Are merchants cheaper than others in a market now?"),
        words.text("Under which names was an advertiser known, and when?"),
    )


def _notes(words: Words) -> tuple[str, ...]:
    """What must be known of an answer."""
    return (
        words.text("Only offers that can be filled for the whole amount count: it lies in [min_limit, max_limit]."),
        words.text("The spread is the share lost by buying and selling back, here of the best prices: 1 - sell / buy."),
        words.text(
            "Each hour is held against the average of its own day, so that a month that rose does not make "
            "its first days cheap. The first rows are the best hours for the taker."
        ),
        words.text(
            "`reference` says what it is held against: a source of the table reference_rates, or another "
            "asset of the same market."
        ),
        words.text(
            "Daily volatility: the root of 24 times the variance of the hourly returns of the median price, "
            "which teasers and single offers do not move. A day counts by its returns: one that just began, "
            "or was hardly read, weighs less."
        ),
        words.text("`hhi` is the Herfindahl index of all of them: 1 for one advertiser, near 0 for many small ones."),
        words.text("Of the versions that ended in the time: the share of those that had lasted at most so long."),
        words.text(
            "`turnover` is how often the average number of offers was replaced. An offer that pauses and "
            "comes back counts as gone and appeared; those that the first batch of a fiat found were there "
            "before and do not."
        ),
    )


def _more_notes(words: Words) -> tuple[str, ...]:
    """The same of the other half."""
    return (
        words.text(
            "The newest first. What was counted a day says how far back one must look to find as many as are "
            "to be shown."
        ),
        words.text("The same as asking fact_offers, which is made for whole batches, for one market side."),
        words.text("An offer that takes several methods counts in full for each, so shares add up to more than 1."),
        words.text("The best price is that of offers that can be filled. Offers that can't be filled are left out."),
        words.text(
            "What the assets are worth against each other is taken from the medians of their markets in "
            "another fiat. Fees and the exchange between the two are not in it. The same asset twice is the "
            "plain round trip, which needs no such market; of two assets, both sides of both must have a "
            "price there."
        ),
        words.text(
            "Buy the asset with the first fiat, sell it for the second: `rate` is units of the second for one"
            " of the first."
        ),
        words.text(
            "`appeared`: offers in the last days and none in as many days before; `disappeared`: the other "
            "way round. Nothing is said where one of the two times has no batch: a young warehouse doesn't "
            "know what is new."
        ),
        words.text("Bait, mistakes, or the best deal of the day: `can_be_filled` tells the first from the last."),
        words.text("`errors_a_reading` is errors for each market side that was read."),
    )


def _meanings(words: Words) -> tuple[str, ...]:
    """What a parameter is."""
    return (
        words.text("whose markets"),
        words.text("the fiat currency"),
        words.text("the crypto asset"),
        words.text("what the taker does, BUY or SELL"),
        words.text("how much, in fiat"),
        words.text("how far back"),
        words.text("the end of the time looked at; empty for the newest batch"),
        words.text("whose hours and weekdays, such as Europe/Moscow"),
        words.text("of both sides of the USDT market together"),
        words.text("how far back; UTC days, the last is that of `until`"),
        words.text("on average"),
        words.text("how many to show"),
        words.text("the day looked at last; empty for the newest batch"),
        words.text("the venue"),
        words.text("how far back; days that are over"),
        words.text("the venue's number of the account; empty for the one that changes most"),
        words.text("the batch; empty for the newest that read the market side"),
        words.text("how far from the best price"),
        words.text("how much each of both offers must take, in fiat"),
        words.text("where the assets' worth is taken from"),
        words.text("what is paid"),
        words.text("what is bought and sold"),
        words.text("what is received"),
        words.text("how much better at least"),
        words.text("the venue's number of the account; empty for one that changed names"),
    )
