// @generated automatically by Diesel CLI.

diesel::table! {
    characters (version, key) {
        version -> Int4,
        key -> Text,
        position -> Int2,
        content -> Jsonb,
        drawing -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    idempotency_keys (user_id, route, key) {
        user_id -> Uuid,
        route -> Text,
        key -> Text,
        fingerprint -> Bytea,
        status -> Int2,
        body -> Bytea,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    psy_instruments (key, version) {
        key -> Text,
        version -> Int4,
        norm_set -> Text,
        scale -> Jsonb,
        norms -> Jsonb,
        alpha -> Jsonb,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    psy_questions (instrument, version, id) {
        instrument -> Text,
        version -> Int4,
        position -> Int2,
        id -> Int2,
        content -> Jsonb,
    }
}

diesel::table! {
    quest_templates (code, version) {
        code -> Text,
        version -> Int4,
        content -> Jsonb,
        source -> Text,
        withdrawn -> Bool,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    result_texts (version) {
        version -> Int4,
        content -> Jsonb,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    self_check_items (version, kind, position) {
        version -> Int4,
        position -> Int2,
        kind -> Text,
        content -> Jsonb,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    versions (kind) {
        kind -> Text,
        version -> Int8,
        file_version -> Int4,
    }
}
