-- What members may be besides members, as data: `INSERT INTO auth.roles` adds a role, and no code.
CREATE TABLE roles (
    name    text PRIMARY KEY CONSTRAINT roles_name_check CHECK (name ~ '^[a-z][a-z0-9_-]{0,63}$'), -- it travels in a header
    open_to text CONSTRAINT roles_open_to_fkey REFERENCES roles -- who holds this role may take it themselves; none: admins grant it
);
INSERT INTO roles (name, open_to) VALUES
    ('member', NULL),
    ('admin', NULL),
    ('mentor', NULL),
    ('mentee', NULL),
    ('doctor', NULL),
    ('nurse', NULL),
    ('artist', 'member');
REVOKE UPDATE, DELETE, TRUNCATE ON roles FROM auth_app;

-- Who holds a role, newest first: an index over the elements of `users.roles`, in an order that no kind of index keeps. `member`,
-- which everybody is, is left out. Written by the trigger alone.
CREATE TABLE role_holders (
    role       text        NOT NULL CONSTRAINT role_holders_role_fkey REFERENCES roles,
    created_at timestamptz NOT NULL,
    user_id    uuid        NOT NULL,
    PRIMARY KEY (role, created_at, user_id)
);

-- Whoever writes to `users`, an administrator's session too, has this schema's path inside the trigger.
CREATE FUNCTION keep_role_holders() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM role_holders
        WHERE role = ANY (OLD.roles) AND created_at = OLD.created_at AND user_id = OLD.sub;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO role_holders
        SELECT DISTINCT role, NEW.created_at, NEW.sub FROM unnest(NEW.roles) AS role WHERE role <> 'member';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_role_holders AFTER INSERT OR DELETE OR UPDATE OF roles, created_at ON users
    FOR EACH ROW EXECUTE FUNCTION keep_role_holders();
INSERT INTO role_holders
SELECT DISTINCT role, created_at, sub FROM users, unnest(roles) AS role WHERE role <> 'member';

-- The orders in which admins page through members: newest first, or by how a name or an address begins. Letters compare by their
-- bytes, so that what begins alike stands together.
CREATE INDEX users_created_at ON users (created_at, sub);
CREATE INDEX users_name_start ON users (lower(name) COLLATE "C", sub);
CREATE INDEX users_email_start ON users (lower(email) COLLATE "C", sub);
-- Where few of those who are called so hold a role, they are looked for among its holders.
CREATE INDEX users_roles ON users USING gin (roles) WHERE roles <> '{member}';

CREATE INDEX audit_log_action ON audit_log (action, id);

-- What an admin is answered who makes a member is kept for a day; should the member be erased, it is looked for here.
CREATE INDEX idempotency_keys_members ON idempotency_keys (created_at) WHERE route = 'POST /api/users';
