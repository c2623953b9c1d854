-- Cognito's side of a session that one of its members began through us: its refresh token, sealed with a key that only
-- auth has. A row outlives its session until Cognito was told of the end.
CREATE TABLE cognito_sessions (
    session_id   uuid        PRIMARY KEY,
    sealed       bytea       NOT NULL,
    access_until timestamptz NOT NULL,
    ending       text        CONSTRAINT cognito_sessions_ending_check CHECK (ending IN ('here', 'everywhere', 'erased')),
    tell_at      timestamptz,
    CONSTRAINT cognito_sessions_told_of_ends CHECK ((ending IS NULL) = (tell_at IS NULL))
);
CREATE INDEX cognito_sessions_tell_at ON cognito_sessions (tell_at) WHERE tell_at IS NOT NULL;
CREATE INDEX cognito_sessions_access_until ON cognito_sessions (access_until);
