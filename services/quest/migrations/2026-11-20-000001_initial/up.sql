-- Members' days, quests and rewards. Every key leads with user_id, so that a member's rows lie together, are read by one
-- predicate, and are exported and erased by it.

-- What other services told of a member; the last event wins. A member may ask before auth has told of them: then name and
-- locale are null. The row is also what a member's writes wait for each other on.
CREATE TABLE members (
    user_id uuid NOT NULL,
    name text,
    locale text,
    character_key text,
    z jsonb,
    topics jsonb NOT NULL DEFAULT '[]',
    self_check jsonb,
    CONSTRAINT members_pkey PRIMARY KEY (user_id)
);

-- By which rule the member's days were and will be counted (src/domain/day.rs). One that has not begun may be replaced.
CREATE TABLE calendar_eras (
    user_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    first_date date NOT NULL,
    follows date,
    time_zone text NOT NULL,
    start_hour smallint NOT NULL,
    CONSTRAINT calendar_eras_pkey PRIMARY KEY (user_id, starts_at),
    CONSTRAINT calendar_eras_no_date_twice CHECK (first_date > follows),
    CONSTRAINT calendar_eras_start_hour CHECK (start_hour BETWEEN 0 AND 12)
);

CREATE TABLE goals (
    user_id uuid NOT NULL,
    trait text NOT NULL,
    direction text NOT NULL,
    set_at timestamptz NOT NULL,
    CONSTRAINT goals_pkey PRIMARY KEY (user_id)
);

-- Both ends included.
CREATE TABLE pauses (
    user_id uuid NOT NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    CONSTRAINT pauses_pkey PRIMARY KEY (user_id, starts_on),
    CONSTRAINT pauses_not_empty CHECK (starts_on <= ends_on)
);

-- In the words of the template version they were given from: templates change, quests keep theirs.
CREATE TABLE user_quests (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    date date NOT NULL,
    slot smallint NOT NULL,
    template_code text NOT NULL,
    template_version integer NOT NULL,
    title jsonb NOT NULL,
    cue jsonb NOT NULL,
    category text NOT NULL,
    difficulty smallint NOT NULL,
    minutes smallint NOT NULL,
    xp integer NOT NULL,
    reason jsonb NOT NULL,
    status text NOT NULL,
    given_at timestamptz NOT NULL,
    completed_at timestamptz,
    CONSTRAINT user_quests_pkey PRIMARY KEY (user_id, id),
    -- Also the order of the history, and a day's quests.
    CONSTRAINT user_quests_one_a_slot UNIQUE (user_id, date, slot),
    CONSTRAINT user_quests_status CHECK (status IN ('open', 'completed', 'skipped')),
    CONSTRAINT user_quests_completed_when CHECK ((status = 'completed') = (completed_at IS NOT NULL))
);

-- What a day's quests were chosen from, so that the choice can be judged afterwards. The arrays run side by side, one
-- place for each candidate; parts has four places for each (goal and trait, topic, completion, context), propensities one for
-- each slot. A day given before the member's first result may be chosen again once: the first choice stays, and says so.
CREATE TABLE offers (
    user_id uuid NOT NULL,
    date date NOT NULL,
    given_at timestamptz NOT NULL,
    rules_version integer NOT NULL,
    library_version bigint NOT NULL,
    basis jsonb NOT NULL,
    picked text[] NOT NULL,
    random boolean[] NOT NULL,
    candidates text[] NOT NULL,
    scores real[] NOT NULL,
    parts real[] NOT NULL,
    propensities real[] NOT NULL,
    choice smallint NOT NULL,
    superseded_at timestamptz,
    -- Whether its outcome is in template_outcomes.
    counted boolean NOT NULL DEFAULT false,
    CONSTRAINT offers_pkey PRIMARY KEY (user_id, date, choice),
    CONSTRAINT offers_chosen_again_once CHECK (choice = 1 OR choice = 2 AND superseded_at IS NULL),
    CONSTRAINT offers_side_by_side CHECK (
        cardinality(scores) = cardinality(candidates)
        AND cardinality(parts) = 4 * cardinality(candidates)
        AND cardinality(propensities) = cardinality(picked) * cardinality(candidates)
        AND cardinality(random) = cardinality(picked)
    )
);
CREATE INDEX offers_uncounted ON offers (date) WHERE NOT counted;

-- The ledger. Entry 1 of a quest is its reward, entry 2 takes it back, entry 3 gives it again: the key makes a second reward
-- impossible, and nothing is ever changed.
CREATE TABLE rewards (
    user_id uuid NOT NULL,
    quest_id uuid NOT NULL,
    entry integer NOT NULL,
    date date NOT NULL,
    xp integer NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT rewards_pkey PRIMARY KEY (user_id, quest_id, entry),
    CONSTRAINT rewards_quest_fkey FOREIGN KEY (user_id, quest_id) REFERENCES user_quests (user_id, id),
    CONSTRAINT rewards_in_turn CHECK (entry >= 1 AND xp <> 0 AND (entry % 2 = 1) = (xp > 0))
);
CREATE INDEX rewards_by_date ON rewards (user_id, date);

-- For speed: a row for each day a member has looked at. All of it follows from the tables above; `rebuild` writes it anew.
CREATE TABLE member_days (
    user_id uuid NOT NULL,
    date date NOT NULL,
    done integer NOT NULL,
    xp bigint NOT NULL,
    current integer NOT NULL,
    longest integer NOT NULL,
    freezes integer NOT NULL,
    completed_days integer NOT NULL,
    frozen integer NOT NULL,
    missed integer NOT NULL,
    CONSTRAINT member_days_pkey PRIMARY KEY (user_id, date)
);

-- Dates on which we were away: no streak breaks on them. Declared by `quest outage`.
CREATE TABLE outages (
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    CONSTRAINT outages_pkey PRIMARY KEY (starts_on, ends_on),
    CONSTRAINT outages_not_empty CHECK (starts_on <= ends_on)
);

-- What became of each template with all members, once their day was over. Of nobody in particular.
CREATE TABLE template_outcomes (
    template_code text NOT NULL,
    done bigint NOT NULL,
    missed bigint NOT NULL,
    CONSTRAINT template_outcomes_pkey PRIMARY KEY (template_code)
);

-- Who was erased in the last day: an access token of theirs may still be about, and must not bring anything back.
CREATE TABLE erasures (
    user_id uuid NOT NULL,
    erased_at timestamptz NOT NULL,
    CONSTRAINT erasures_pkey PRIMARY KEY (user_id)
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
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
