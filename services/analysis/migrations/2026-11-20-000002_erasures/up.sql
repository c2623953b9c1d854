-- Members who were erased just now: for a day, while access tokens and words of other services may still be on their way.
CREATE TABLE erasures (
    user_id uuid NOT NULL,
    erased_at timestamptz NOT NULL,
    CONSTRAINT erasures_pkey PRIMARY KEY (user_id)
);
