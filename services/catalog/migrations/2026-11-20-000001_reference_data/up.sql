-- Reference data of the platform. A new version is a new row and no row is ever changed, so that whatever was made from an
-- old version can be told again. Readers take it whole and nobody searches in it, so `content` is what they read, as JSON.

-- What now holds of each kind. A writer locks its row first; readers compare `version` with what they have in memory.
CREATE TABLE versions (
    kind         text    PRIMARY KEY,
    version      bigint  NOT NULL, -- grows with every change
    file_version integer NOT NULL  -- of the newest content file that was written here
);
INSERT INTO versions VALUES
    ('instruments', 0, 0),
    ('characters', 0, 0),
    ('quest-templates', 0, 0),
    ('result-texts', 0, 0),
    ('self-check', 0, 0);

CREATE TABLE psy_instruments (
    key        text        NOT NULL,
    version    integer     NOT NULL,
    norm_set   text        NOT NULL,
    scale      jsonb       NOT NULL,
    norms      jsonb       NOT NULL, -- numeric keeps every digit
    alpha      jsonb       NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (key, version)
);

CREATE TABLE psy_questions (
    instrument text     NOT NULL,
    version    integer  NOT NULL,
    position   smallint NOT NULL,
    id         smallint NOT NULL, -- the item's number in the 50
    content    jsonb    NOT NULL,
    PRIMARY KEY (instrument, version, id),
    CONSTRAINT psy_questions_instrument_fkey FOREIGN KEY (instrument, version) REFERENCES psy_instruments (key, version),
    CONSTRAINT psy_questions_position_key UNIQUE (instrument, version, position)
);

CREATE TABLE characters (
    version    integer     NOT NULL,
    key        text        NOT NULL,
    position   smallint    NOT NULL, -- the order breaks ties
    content    jsonb       NOT NULL,
    drawing    text        NOT NULL, -- SVG
    created_at timestamptz NOT NULL,
    PRIMARY KEY (version, key),
    CONSTRAINT characters_position_key UNIQUE (version, position)
);

CREATE TABLE quest_templates (
    code       text        NOT NULL,
    version    integer     NOT NULL,
    content    jsonb       NOT NULL,
    source     text        NOT NULL CONSTRAINT quest_templates_source_check CHECK (source IN ('file', 'admin')),
    withdrawn  boolean     NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (code, version)
);

CREATE TABLE self_check_items (
    version    integer     NOT NULL,
    position   smallint    NOT NULL,
    kind       text        NOT NULL CONSTRAINT self_check_items_kind_check CHECK (kind IN ('item', 'preference', 'support')),
    content    jsonb       NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (version, kind, position)
);

CREATE TABLE result_texts (
    version    integer     PRIMARY KEY,
    content    jsonb       NOT NULL,
    created_at timestamptz NOT NULL
);

REVOKE UPDATE, DELETE
    ON psy_instruments, psy_questions, characters, quest_templates, self_check_items, result_texts
    FROM catalog_app;

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
