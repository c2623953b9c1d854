-- Members who sign in with somebody else's account: Google's, for example.

CREATE TABLE identities (
    issuer     text        NOT NULL,
    subject    text        NOT NULL,
    user_id    uuid        NOT NULL CONSTRAINT identities_user_id_fkey REFERENCES users (sub) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_user_id ON identities (user_id);

-- Rounds that have come back from a provider: none comes back twice. The key is a hash of the round's state.
CREATE TABLE social_returns (
    state bytea       PRIMARY KEY,
    until timestamptz NOT NULL
);
CREATE INDEX social_returns_until ON social_returns (until);

-- Codes that a page or an app exchanges for tokens, which must not stand in an address. The key is a hash of the code.
CREATE TABLE sign_in_codes (
    code       bytea       PRIMARY KEY,
    user_id    uuid        NOT NULL CONSTRAINT sign_in_codes_user_id_fkey REFERENCES users (sub) ON DELETE CASCADE,
    challenge  text        NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX sign_in_codes_user_id ON sign_in_codes (user_id);
CREATE INDEX sign_in_codes_expires_at ON sign_in_codes (expires_at);
