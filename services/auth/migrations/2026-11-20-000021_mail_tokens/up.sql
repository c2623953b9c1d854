-- Tokens that go out by mail: to choose a new password, to prove an address. A token is derived from (purpose, id), so
-- none is stored. Its row is also the letter's place in the outbox: who finds it due sends it.

ALTER TABLE users ADD COLUMN email_verified_at timestamptz;

CREATE TABLE mail_tokens (
    id         uuid        PRIMARY KEY,
    -- Null for an address that nobody has: the row is written all the same, so that asking takes as long.
    user_id    uuid        CONSTRAINT mail_tokens_user_id_fkey REFERENCES users (sub) ON DELETE CASCADE,
    purpose    text        NOT NULL CONSTRAINT mail_tokens_purpose_check
                           CHECK (purpose IN ('password_reset', 'email_verification')),
    expires_at timestamptz NOT NULL,
    attempts   integer     NOT NULL DEFAULT 0,
    -- When to try (again) to send it; null once it is sent.
    due_at     timestamptz,
    -- A new token takes the old one's place.
    CONSTRAINT mail_tokens_user_id_purpose_key UNIQUE (user_id, purpose)
);
CREATE INDEX mail_tokens_due_at ON mail_tokens (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX mail_tokens_expires_at ON mail_tokens (expires_at);
