"""Every field that Binance's search answers have had from 2022 to 2026, and those that were always there."""

from __future__ import annotations

from p2p_pipeline.p2p.venues.fields import Level, named

ENVELOPE = Level(path="envelope.", known=named("code data message messageDetail success total"))
AD = Level(
    path="",
    known=named("adv advertiser privilegeDesc privilegeType privilegeTypeAdTotalCount"),
    usual=named("adv advertiser"),
)
ADVERTISEMENT = Level(
    path="adv.",
    known=named(
        """
        abnormalStatusList adAdditionalKycVerifyItems adTradeInstructionTagInfoRets advNo advStatus
        advSystemLabelRet advUpdateTime advVisibleRet allowTradeMerchant amountAfterEditing asset
        assetLogo assetScale assetVo autoReplyMsg buyerBtcPositionLimit buyerKycLimit
        buyerRegDaysLimit classify closeReason commissionRate createTime currencyRate
        dynamicMaxSingleTransAmount dynamicMaxSingleTransQuantity fiatScale fiatSymbol fiatUnit
        fiatVo initAmount inventoryType invisibleReason invisibleTitle invisibleType isSafePayment
        isStarTraderAdditionalKycExclusion isStarTraderCounterpartyConditionsExclusion isTradable
        launchCountry maxSingleTransAmount maxSingleTransQuantity minFiatAmountForAdditionalKyc
        minSingleTransAmount minSingleTransQuantity minTakerFee nonTradableRegions offlineReason
        payTimeLimit price priceFloatingRatio priceScale priceType privilegeType rateFloatingRatio
        redirectDeeplink redirectLink remarks storeInformation surplusAmount
        takerAdditionalKycRequired takerCommissionRate tradableQuantity tradeMethodCommissionRates
        tradeMethods tradeType userAllTradeCountMax userAllTradeCountMin userBuyTradeCountMax
        userBuyTradeCountMin userSellTradeCountMax userSellTradeCountMin userTradeCompleteCountMin
        userTradeCompleteRateFilterTime userTradeCompleteRateMin userTradeCountFilterTime
        userTradeType userTradeVolumeAsset userTradeVolumeFilterTime userTradeVolumeMax
        userTradeVolumeMin voucherTemplate
        """
    ),
    usual=named(
        """
        advNo asset assetScale dynamicMaxSingleTransAmount fiatScale fiatUnit maxSingleTransAmount
        minSingleTransAmount payTimeLimit price tradableQuantity tradeMethods tradeType
        """
    ),
)
ADVERTISER = Level(
    path="advertiser.",
    known=named(
        """
        activeTimeInSecond advConfirmTime badges email isBlocked margin marginUnit
        merchantGroupMember mobile monthFinishRate monthOrderCount nickName orderCount positiveRate
        proMerchant realName redirectDeeplink redirectLink registrationTime tagIconUrls userGrade
        userIdentity userNo userType vipLevel
        """
    ),
    usual=named("monthFinishRate monthOrderCount nickName userIdentity userNo userType"),
)
TRADE_METHOD = Level(
    path="adv.tradeMethods.",
    known=named(
        """
        iconUrlColor identifier payAccount payBank payId payMethodId paySubBank payType
        tradeMethodBgColor tradeMethodName tradeMethodShortName
        """
    ),
    usual=named("identifier"),
)
