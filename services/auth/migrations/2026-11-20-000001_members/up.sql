-- Members, where they are signed in, and the settings of the app.

CREATE TABLE users (
    id            bigserial    PRIMARY KEY,
    sub           uuid         NOT NULL CONSTRAINT users_sub_key UNIQUE,
    email         varchar(255) NOT NULL,
    name          varchar(100) NOT NULL,
    age           integer      CONSTRAINT users_age_check CHECK (age BETWEEN 14 AND 120),
    gender        varchar(20),
    cognito_sub   varchar(64)  CONSTRAINT users_cognito_sub_key UNIQUE,
    password_hash text,
    roles         text[]       NOT NULL DEFAULT '{member}',
    locale        varchar(16)  NOT NULL,
    time_zone     varchar(64)  NOT NULL,
    created_at    timestamptz  NOT NULL,
    updated_at    timestamptz  NOT NULL,
    last_login_at timestamptz
);
CREATE UNIQUE INDEX users_email_key ON users (lower(email));

-- One row a sign-in: the family of refresh tokens that follow each other. Tokens are derived from (id, generation), so
-- none is stored.
CREATE TABLE sessions (
    id         uuid        PRIMARY KEY,
    user_id    uuid        NOT NULL CONSTRAINT sessions_user_id_fkey REFERENCES users (sub) ON DELETE CASCADE,
    generation integer     NOT NULL,
    device     varchar(200),
    created_at timestamptz NOT NULL,
    rotated_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_user_id ON sessions (user_id, created_at DESC);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

-- Sessions that ended before their access tokens did. Gateways poll this; it outlives the session and the member. They ask
-- by the number of the writing transaction: whatever was not committed when they last asked has a number at or above
-- the oldest that ran then, whatever the replicas' clocks say.
CREATE TABLE revocations (
    session_id  uuid        PRIMARY KEY,
    reason      text        NOT NULL,
    revoked_at  timestamptz NOT NULL,
    until       timestamptz NOT NULL,
    transaction bigint      NOT NULL DEFAULT pg_current_xact_id()::text::bigint
);
CREATE INDEX revocations_transaction ON revocations (transaction);
CREATE INDEX revocations_until ON revocations (until);

-- Failed sign-ins by account, known or not: the key is a hash of the address, so that it holds nobody's.
CREATE TABLE login_failures (
    account  bytea       PRIMARY KEY,
    failures integer     NOT NULL,
    since    timestamptz NOT NULL
);

-- What clients show around the product. One row.
CREATE TABLE app_settings (
    id         boolean     PRIMARY KEY DEFAULT true CONSTRAINT app_settings_one_row CHECK (id),
    version    integer     NOT NULL,
    data       jsonb       NOT NULL,
    updated_at timestamptz NOT NULL
);

-- Who has confirmed that an erased member's data is gone.
CREATE TABLE erasures (
    user_id      uuid        NOT NULL,
    service      text        NOT NULL,
    requested_at timestamptz NOT NULL,
    done_at      timestamptz,
    PRIMARY KEY (user_id, service)
);

CREATE TABLE idempotency_keys (
    user_id     uuid        NOT NULL,
    route       text        NOT NULL,
    key         text        NOT NULL,
    fingerprint bytea       NOT NULL,
    status      smallint    NOT NULL,
    body        bytea       NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (user_id, route, key)
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
