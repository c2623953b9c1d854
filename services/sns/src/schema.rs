//! The tables as Diesel sees them (`diesel print-schema`).
#![allow(missing_docs, reason = "written by Diesel")]

diesel::table! {
    member_topics (user_id) {
        user_id -> Uuid,
        topics -> Jsonb,
    }
}

diesel::table! {
    sns_channels (key) {
        key -> Text,
        position -> Int2,
        name -> Text,
        kind -> Text,
        authorize_url -> Nullable<Text>,
        token_url -> Nullable<Text>,
        scopes -> Array<Text>,
        scope_separator -> Text,
        client_auth -> Text,
        exchange_url -> Nullable<Text>,
        refresh_url -> Nullable<Text>,
        revocation -> Nullable<Jsonb>,
        profile -> Nullable<Jsonb>,
        posts -> Nullable<Jsonb>,
    }
}

diesel::table! {
    sns_deletions (code) {
        code -> Uuid,
        done_at -> Timestamptz,
    }
}

diesel::table! {
    sns_imports (user_id, id) {
        user_id -> Uuid,
        id -> Uuid,
        account_id -> Uuid,
        status -> Text,
        fetched -> Int4,
        new -> Int4,
        topics -> Array<Text>,
        started_at -> Nullable<Timestamptz>,
        finished_at -> Nullable<Timestamptz>,
        due_at -> Nullable<Timestamptz>,
        resume_at -> Nullable<Timestamptz>,
        error -> Nullable<Text>,
        fence -> Int4,
        failures -> Int4,
        until_known -> Bool,
        cursor -> Nullable<Text>,
    }
}

diesel::table! {
    sns_posts (user_id, account_id, post) {
        user_id -> Uuid,
        account_id -> Uuid,
        post -> Bytea,
        day -> Date,
        topics -> Array<Text>,
    }
}

diesel::table! {
    sns_revocations (account_id) {
        account_id -> Uuid,
        channel -> Text,
        key_id -> Text,
        sealed -> Bytea,
        due_at -> Timestamptz,
        attempts -> Int4,
    }
}

diesel::table! {
    sns_rounds (user_id, state) {
        user_id -> Uuid,
        state -> Bytea,
        channel -> Text,
        key_id -> Text,
        verifier -> Bytea,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    sns_tokens (user_id, account_id) {
        user_id -> Uuid,
        account_id -> Uuid,
        channel -> Text,
        key_id -> Text,
        sealed -> Bytea,
        expires_at -> Nullable<Timestamptz>,
        scopes -> Array<Text>,
        renewing_until -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    user_sns_accounts (user_id, id) {
        user_id -> Uuid,
        id -> Uuid,
        channel -> Text,
        address -> Text,
        name -> Text,
        proof -> Text,
        state -> Text,
        connected_at -> Timestamptz,
        confirmed_at -> Nullable<Timestamptz>,
        leaving_at -> Nullable<Timestamptz>,
        is_whole -> Bool,
        etag -> Nullable<Text>,
        last_modified -> Nullable<Text>,
        imported_at -> Nullable<Timestamptz>,
        import_at -> Nullable<Timestamptz>,
    }
}

diesel::joinable!(user_sns_accounts -> sns_channels (channel));
diesel::allow_tables_to_appear_in_same_query!(sns_channels, sns_posts, user_sns_accounts);
