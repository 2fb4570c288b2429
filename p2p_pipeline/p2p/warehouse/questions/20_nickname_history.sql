-- Under which names was an advertiser known, and when?
--
-- Parameters:
--   venue text = 'binance': the venue
--   advertiser_id text = NULL: the venue's number of the account; empty for one that changed names
--
-- Relies on:
--   dim_advertisers: dim_advertisers_history
SELECT nickname, is_merchant, effective_date, nullif(expiration_date, '9999-12-31Z') AS expiration_date, is_current
FROM dim_advertisers
WHERE venue = %(venue)s AND advertiser_id = coalesce(
    %(advertiser_id)s,
    (
        SELECT former.advertiser_id
        FROM dim_advertisers AS former
        WHERE former.venue = %(venue)s AND former.expiration_date < '9999-12-31Z'
        ORDER BY former.advertiser_id, former.effective_date
        LIMIT 1
    )
)
ORDER BY effective_date;
