DROP TABLE sign_in_codes, social_returns, identities;
