-- What the sweep looks for, and the order in which gateways page through the revocations.
CREATE INDEX login_failures_since ON login_failures (since);
CREATE INDEX revocations_page ON revocations (transaction, session_id);
DROP INDEX revocations_transaction;
