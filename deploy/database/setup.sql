-- Roles and schemas of the platform: run by an administrator before any migration, as often as one likes.
--
-- Each service has a schema of its own and two roles: `<service>_owner` runs its migrations and owns what they make,
-- `<service>_app` reads and writes rows there and nothing else. No role reaches into another service's schema.
-- A sixth service is a name in the array below. Passwords are set by whoever runs this (`pg::setup`), never here.

do $$
declare
  services constant text[] := array['auth', 'catalog', 'analysis', 'quest', 'sns'];
  service text;
  owner text;
  app text;
  role text;
begin
  -- What Postgres gives to everybody by default is taken back, so that every right below is a named one.
  execute format('revoke all on database %I from public', current_database());
  revoke all on schema public from public;

  foreach service in array services || array['events'] loop
    owner := service || '_owner';
    -- The event log has no app role: the services write and read it, by the rules of events.sql.
    app := case when service <> 'events' then service || '_app' end;

    foreach role in array array_remove(array[owner, app], null) loop
      if not exists (select from pg_roles where rolname = role) then
        execute format('create role %I login', role);
      end if;
      -- By this mark `pg::setup` finds the roles that need a password.
      execute format('comment on role %I is %L', role, 'damacorch');
      execute format('grant connect on database %I to %I', current_database(), role);
      -- Roles belong to the whole cluster and so do their settings: a database cloned from another one would lose
      -- settings made `in database`, and the schema has the same name in each. A setting that leaves this file goes.
      execute format('alter role %I reset all', role);
      execute format('alter role %I set search_path = %I', role, service);
      begin
        -- Diesel keeps an error's message and drops its code: `pg::Error` knows a timeout by its English words.
        execute format('alter role %I set lc_messages = %L', role, 'C');
      exception when insufficient_privilege then
        raise notice 'lc_messages of % stays as it is: it takes a superuser to change it', role;
      end;
    end loop;

    -- An administrator who is no superuser must belong to a role to act for it.
    if not (select rolsuper from pg_roles where rolname = current_user) then
      execute format('grant %I to current_user', owner);
    end if;

    execute format('create schema if not exists %I authorization %I', service, owner);
    execute format('alter default privileges for role %I revoke execute on functions from public', owner);

    if app is not null then
      execute format('grant usage on schema %I to %I', service, app);
      execute format('alter default privileges for role %I in schema %I'
        ' grant select, insert, update, delete on tables to %I', owner, service, app);
      execute format('alter default privileges for role %I in schema %I'
        ' grant usage on sequences to %I', owner, service, app);
      execute format('alter default privileges for role %I in schema %I'
        ' grant execute on functions to %I', owner, service, app);

      -- A request waits for seconds at most, so nothing behind it may hold a row or a backend for longer.
      execute format('alter role %I set statement_timeout = %L', app, '5s');
      execute format('alter role %I set lock_timeout = %L', app, '3s');
      execute format('alter role %I set idle_in_transaction_session_timeout = %L', app, '10s');
      -- Notice within a second that whoever asked has gone.
      execute format('alter role %I set client_connection_check_interval = %L', app, '1s');
    end if;
  end loop;
end
$$;
