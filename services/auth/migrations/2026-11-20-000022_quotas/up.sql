-- How often somebody may still ask for something, shared by all replicas. The key is a hash, so that it holds nobody's
-- address.
CREATE TABLE quotas (
    key   bytea       PRIMARY KEY,
    taken integer     NOT NULL,
    until timestamptz NOT NULL
);
CREATE INDEX quotas_until ON quotas (until);
