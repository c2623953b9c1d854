//! The tables as Diesel sees them (`diesel print-schema`).
#![allow(missing_docs, reason = "written by Diesel")]

diesel::table! {
    analysis_results (user_id, id) {
        user_id -> Uuid,
        id -> Uuid,
        session_id -> Uuid,
        instrument -> Text,
        instrument_version -> Int4,
        scorer_version -> Int4,
        norm_set -> Text,
        characters_version -> Int4,
        seconds_per_item -> Nullable<Float8>,
        previous_character -> Nullable<Text>,
        traits -> Jsonb,
        character_key -> Text,
        likeness -> Nullable<Jsonb>,
        preferences -> Jsonb,
        quality -> Jsonb,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    completed_quests (user_id, quest_id) {
        user_id -> Uuid,
        quest_id -> Uuid,
        template_code -> Text,
        date -> Date,
    }
}

diesel::table! {
    erasures (user_id) {
        user_id -> Uuid,
        erased_at -> Timestamptz,
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
    member_topics (user_id) {
        user_id -> Uuid,
        topics -> Jsonb,
    }
}

diesel::table! {
    members (user_id) {
        user_id -> Uuid,
        locale -> Text,
        time_zone -> Text,
    }
}

diesel::table! {
    psy_answers (user_id, session_id, question_id) {
        user_id -> Uuid,
        session_id -> Uuid,
        question_id -> Int2,
        value -> Int2,
        carried_over -> Bool,
        answered_at -> Timestamptz,
    }
}

diesel::table! {
    psy_test_sessions (user_id, id) {
        user_id -> Uuid,
        id -> Uuid,
        instrument -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        submitted_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    self_check_entries (user_id, date) {
        user_id -> Uuid,
        date -> Date,
        mood -> Int2,
        energy -> Int2,
        stress -> Int2,
        sleep -> Int2,
        focus -> Int2,
        relationships -> Int2,
        sleep_hours -> Nullable<Float8>,
        note -> Nullable<Text>,
        activity -> Nullable<Text>,
        social -> Nullable<Text>,
        pace -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::allow_tables_to_appear_in_same_query!(analysis_results, member_topics, members);
