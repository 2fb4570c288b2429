"""Every field that Bybit's search answers have had, in its documents and on the public site, and those always there."""

from __future__ import annotations

from p2p_pipeline.p2p.venues.fields import Level, named

ENVELOPE = Level(
    path="envelope.",
    known=named("ret_code ret_msg result ext_code ext_info time_now retCode retMsg retExtInfo time"),
)
RESULT = Level(path="result.", known=named("count items"), usual=named("items"))
AD = Level(
    path="",
    known=named(
        """
        accountId authStatus authTag ban baned blocked createDate currencyId executedQuantity fee
        feeRate finishNum frozenQuantity id isOnline itemType lastLogoutTime lastQuantity
        latestPayTime latestReleaseTime makerContact maxAmount minAmount nickName orderNum
        paymentPeriod payments premium price priceType quantity recentExecuteRate recentOrderNum
        recommend recommendTag remark side status subsidyAd symbolInfo tokenId tokenName
        tradingPreferenceSet updateDate userId userMaskId userType verificationOrderAmount
        verificationOrderLabels verificationOrderSwitch version
        """
    ),
    usual=named(
        """
        currencyId id lastQuantity maxAmount minAmount nickName payments price recentExecuteRate
        recentOrderNum side tokenId userId
        """
    ),
)
SYMBOL = Level(
    path="symbolInfo.",
    known=named(
        """
        buyAd buyFeeRate currency currencyId currencyLowerMaxQuote currencyMaxQuote currencyMinQuote
        exchangeId id itemDownRange itemSideLimit itemUpRange kycCurrencyLimit lowerLimitAlarm
        orderAutoCancelMinute orderFinishMinute orgId sellAd sellFeeRate status token tokenId
        tokenMaxQuote tokenMinQuote tradeSide upperLimitAlarm
        """
    ),
    usual=named("currency token"),
)
CURRENCY = Level(
    path="symbolInfo.currency.",
    known=named("currencyId exchangeId id orgId scale"),
    usual=named("scale"),
)
TOKEN = Level(
    path="symbolInfo.token.",
    known=named("exchangeId id orgId scale sequence tokenId"),
    usual=named("scale"),
)
SIDE_AD = Level(path="symbolInfo.buyAd.", known=named("paymentPeriods"))
PREFERENCES = Level(
    path="tradingPreferenceSet.",
    known=named(
        """
        completeRateDay30 hasCompleteRateDay30 hasNationalLimit hasOrderFinishNumberDay30
        hasRegisterTime hasSingleUserOrderLimit hasUnPostAd isEmail isKyc isMobile nationalLimit
        orderFinishNumberDay30 registerTimeThreshold singleUserOrderLimit
        """
    ),
)
PAYMENT = Level(path="payments.", known=named("paymentType paymentConfigVo id paymentName realName"))
