DROP INDEX idempotency_keys_members;
DROP INDEX audit_log_action;
DROP INDEX users_email_start;
DROP INDEX users_name_start;
DROP INDEX users_created_at;
DROP TRIGGER keep_role_holders ON users;
DROP FUNCTION keep_role_holders;
DROP TABLE role_holders;
DROP TABLE roles;
