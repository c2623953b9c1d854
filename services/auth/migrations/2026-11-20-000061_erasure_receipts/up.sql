-- How a member who is gone finds out what became of their data: whoever has the token, of which only the hash is here,
-- may see who has erased it, and gets the receipt.
CREATE TABLE erasure_receipts (
    id           uuid        PRIMARY KEY,
    user_id      uuid        NOT NULL CONSTRAINT erasure_receipts_user_id_key UNIQUE,
    token_hash   bytea       NOT NULL,
    requested_at timestamptz NOT NULL
);
CREATE INDEX erasure_receipts_requested_at ON erasure_receipts (requested_at);

-- When the service was last asked (the binary before this one does not say, and asks once), and what it has emptied.
ALTER TABLE erasures
    ADD COLUMN asked_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN tables   text[]      NOT NULL DEFAULT '{}';
CREATE INDEX erasures_unconfirmed ON erasures (asked_at) WHERE done_at IS NULL;
