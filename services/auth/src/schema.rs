// @generated automatically by Diesel CLI.

diesel::table! {
    app_settings (id) {
        id -> Bool,
        version -> Int4,
        data -> Jsonb,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    audit_log (id) {
        id -> Uuid,
        at -> Timestamptz,
        actor_kind -> Text,
        actor -> Text,
        action -> Text,
        subject -> Text,
        detail -> Jsonb,
    }
}

diesel::table! {
    cognito_sessions (session_id) {
        session_id -> Uuid,
        sealed -> Bytea,
        access_until -> Timestamptz,
        ending -> Nullable<Text>,
        tell_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    erasure_receipts (id) {
        id -> Uuid,
        user_id -> Uuid,
        token_hash -> Bytea,
        requested_at -> Timestamptz,
    }
}

diesel::table! {
    erasures (user_id, service) {
        user_id -> Uuid,
        service -> Text,
        requested_at -> Timestamptz,
        done_at -> Nullable<Timestamptz>,
        asked_at -> Timestamptz,
        tables -> Array<Nullable<Text>>,
    }
}

diesel::table! {
    identities (issuer, subject) {
        issuer -> Text,
        subject -> Text,
        user_id -> Uuid,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    login_failures (account) {
        account -> Bytea,
        failures -> Int4,
        since -> Timestamptz,
    }
}

diesel::table! {
    mail_tokens (id) {
        id -> Uuid,
        user_id -> Nullable<Uuid>,
        purpose -> Text,
        expires_at -> Timestamptz,
        attempts -> Int4,
        due_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    quotas (key) {
        key -> Bytea,
        taken -> Int4,
        until -> Timestamptz,
    }
}

diesel::table! {
    revocations (session_id) {
        session_id -> Uuid,
        reason -> Text,
        revoked_at -> Timestamptz,
        until -> Timestamptz,
        transaction -> Int8,
    }
}

diesel::table! {
    role_holders (role, created_at, user_id) {
        role -> Text,
        created_at -> Timestamptz,
        user_id -> Uuid,
    }
}

diesel::table! {
    roles (name) {
        name -> Text,
        open_to -> Nullable<Text>,
    }
}

diesel::table! {
    sessions (id) {
        id -> Uuid,
        user_id -> Uuid,
        generation -> Int4,
        #[max_length = 200]
        device -> Nullable<Varchar>,
        created_at -> Timestamptz,
        rotated_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    sign_in_codes (code) {
        code -> Bytea,
        user_id -> Uuid,
        challenge -> Text,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    signing_keys (kid) {
        kid -> Text,
        public -> Jsonb,
        sealed -> Nullable<Bytea>,
        published_at -> Timestamptz,
        signs_from -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    social_returns (state) {
        state -> Bytea,
        until -> Timestamptz,
    }
}

diesel::table! {
    users (id) {
        id -> Int8,
        sub -> Uuid,
        #[max_length = 255]
        email -> Varchar,
        #[max_length = 100]
        name -> Varchar,
        age -> Nullable<Int4>,
        #[max_length = 20]
        gender -> Nullable<Varchar>,
        #[max_length = 64]
        cognito_sub -> Nullable<Varchar>,
        password_hash -> Nullable<Text>,
        roles -> Array<Nullable<Text>>,
        #[max_length = 16]
        locale -> Varchar,
        #[max_length = 64]
        time_zone -> Varchar,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        last_login_at -> Nullable<Timestamptz>,
        email_verified_at -> Nullable<Timestamptz>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(cognito_sessions, role_holders, sessions, users);
