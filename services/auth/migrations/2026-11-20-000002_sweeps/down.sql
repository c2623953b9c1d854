CREATE INDEX revocations_transaction ON revocations (transaction);
DROP INDEX revocations_page;
DROP INDEX login_failures_since;
