-- Who did what to which id. Ids and words of the program alone: nothing by which a person is known. Only added to.
CREATE TABLE audit_log (
    id         uuid        PRIMARY KEY,
    at         timestamptz NOT NULL,
    actor_kind text        NOT NULL CONSTRAINT audit_log_actor_kind_check
                           CHECK (actor_kind IN ('member', 'operator', 'rule')),
    actor      text        NOT NULL,
    action     text        NOT NULL,
    subject    text        NOT NULL,
    detail     jsonb       NOT NULL
);
CREATE INDEX audit_log_subject ON audit_log (subject, id);
CREATE INDEX audit_log_actor ON audit_log (actor, id);
REVOKE UPDATE, DELETE, TRUNCATE ON audit_log FROM auth_app;
