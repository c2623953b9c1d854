-- Keys that sign access tokens, one row each, for ever: what was published once is never mistaken for another key.
CREATE TABLE signing_keys (
    kid          text        PRIMARY KEY,
    public       jsonb       NOT NULL,
    -- The private half, sealed under JWT_SECRET; none where it stands in JWT_SECRET itself, and once it has served.
    sealed       bytea,
    published_at timestamptz NOT NULL,
    -- None while it is the spare, which every verifier knows before it is needed.
    signs_from   timestamptz,
    revoked_at   timestamptz
);
-- Replicas that find no spare make one, and only one of them succeeds.
CREATE UNIQUE INDEX signing_keys_spare ON signing_keys ((signs_from IS NULL)) WHERE signs_from IS NULL AND revoked_at IS NULL;
