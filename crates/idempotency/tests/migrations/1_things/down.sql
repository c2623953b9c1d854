DROP TABLE idempotency_keys, things;
