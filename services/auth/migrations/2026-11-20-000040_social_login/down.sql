-- users.email_verified_at stays: it may have been there before.
DROP TABLE sign_in_codes, social_returns, identities;
