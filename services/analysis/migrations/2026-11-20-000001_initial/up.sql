-- Members' tests, results and self-checks. Every key leads with user_id, so that a member's rows lie together, and
-- are exported and erased by one predicate.

CREATE TABLE psy_test_sessions (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    instrument text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    submitted_at timestamptz,
    CONSTRAINT psy_test_sessions_pkey PRIMARY KEY (user_id, id),
    CONSTRAINT psy_test_sessions_instrument_known CHECK (instrument IN ('mini-ipip-20', 'ipip-bfm-50'))
);
-- A test that was put down is taken up, not begun beside itself.
CREATE UNIQUE INDEX psy_test_sessions_one_open ON psy_test_sessions (user_id, instrument) WHERE submitted_at IS NULL;

-- Raw answers: of a test that is being taken, and for good of one that was submitted.
CREATE TABLE psy_answers (
    user_id uuid NOT NULL,
    session_id uuid NOT NULL,
    question_id smallint NOT NULL,
    value smallint NOT NULL,
    carried_over boolean NOT NULL,
    answered_at timestamptz NOT NULL,
    CONSTRAINT psy_answers_pkey PRIMARY KEY (user_id, session_id, question_id),
    CONSTRAINT psy_answers_session_fkey FOREIGN KEY (user_id, session_id)
        REFERENCES psy_test_sessions (user_id, id) ON DELETE CASCADE,
    CONSTRAINT psy_answers_question_known CHECK (question_id BETWEEN 1 AND 50),
    CONSTRAINT psy_answers_value_in_scale CHECK (value BETWEEN 1 AND 5)
);

-- Never changed once written. seconds_per_item, previous_character and what of the preferences the member had told are,
-- with the answers, all that went in; the versions say what it was measured with.
CREATE TABLE analysis_results (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    instrument text NOT NULL,
    instrument_version integer NOT NULL,
    scorer_version integer NOT NULL,
    norm_set text NOT NULL,
    characters_version integer NOT NULL,
    seconds_per_item double precision,
    previous_character text,
    traits jsonb NOT NULL,
    character_key text NOT NULL,
    likeness jsonb,
    preferences jsonb NOT NULL,
    quality jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT analysis_results_pkey PRIMARY KEY (user_id, id),
    CONSTRAINT analysis_results_one_a_session UNIQUE (user_id, session_id),
    CONSTRAINT analysis_results_session_fkey FOREIGN KEY (user_id, session_id)
        REFERENCES psy_test_sessions (user_id, id) ON DELETE CASCADE,
    CONSTRAINT analysis_results_balanced_is_like_nobody CHECK ((character_key = 'balanced') = (likeness IS NULL))
);

-- One a local date of the member.
CREATE TABLE self_check_entries (
    user_id uuid NOT NULL,
    date date NOT NULL,
    mood smallint NOT NULL,
    energy smallint NOT NULL,
    stress smallint NOT NULL,
    sleep smallint NOT NULL,
    focus smallint NOT NULL,
    relationships smallint NOT NULL,
    sleep_hours double precision,
    note text,
    activity text,
    social text,
    pace text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT self_check_entries_pkey PRIMARY KEY (user_id, date),
    CONSTRAINT self_check_entries_ratings_in_scale CHECK (
        mood BETWEEN 0 AND 10 AND energy BETWEEN 0 AND 10 AND stress BETWEEN 0 AND 10
        AND sleep BETWEEN 0 AND 10 AND focus BETWEEN 0 AND 10 AND relationships BETWEEN 0 AND 10
    ),
    CONSTRAINT self_check_entries_sleep_in_a_day CHECK (sleep_hours BETWEEN 0 AND 24),
    CONSTRAINT self_check_entries_note_short CHECK (char_length(note) <= 500),
    CONSTRAINT self_check_entries_activity_known CHECK (activity IN ('indoors', 'outdoors', 'either')),
    CONSTRAINT self_check_entries_social_known CHECK (social IN ('alone', 'few', 'many')),
    CONSTRAINT self_check_entries_pace_known CHECK (pace IN ('slow', 'steady', 'lively'))
);

-- Projections: what other services told us of a member. The last event wins.

CREATE TABLE members (
    user_id uuid NOT NULL,
    locale text NOT NULL,
    time_zone text NOT NULL,
    CONSTRAINT members_pkey PRIMARY KEY (user_id)
);

CREATE TABLE member_topics (
    user_id uuid NOT NULL,
    topics jsonb NOT NULL,
    CONSTRAINT member_topics_pkey PRIMARY KEY (user_id)
);

CREATE TABLE completed_quests (
    user_id uuid NOT NULL,
    quest_id uuid NOT NULL,
    template_code text NOT NULL,
    date date NOT NULL,
    CONSTRAINT completed_quests_pkey PRIMARY KEY (user_id, quest_id)
);

-- Answers kept for Idempotency-Key (crates/idempotency).
CREATE TABLE idempotency_keys (
    user_id uuid NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status smallint NOT NULL,
    body bytea NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (user_id, route, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
