DROP TABLE idempotency_keys, erasures, sns_deletions, sns_rounds, sns_revocations, sns_tokens, sns_imports, sns_posts,
    user_sns_accounts, member_topics, sns_channels;
DROP FUNCTION revoke_token;
