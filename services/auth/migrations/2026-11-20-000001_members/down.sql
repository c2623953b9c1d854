DROP TABLE idempotency_keys, erasures, app_settings, login_failures, revocations, sessions, users;
