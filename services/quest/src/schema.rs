//! The tables as Diesel sees them (`diesel print-schema`).
#![allow(missing_docs, reason = "written by Diesel")]

diesel::table! {
    calendar_eras (user_id, starts_at) {
        user_id -> Uuid,
        starts_at -> Timestamptz,
        first_date -> Date,
        follows -> Nullable<Date>,
        time_zone -> Text,
        start_hour -> Int2,
    }
}

diesel::table! {
    erasures (user_id) {
        user_id -> Uuid,
        erased_at -> Timestamptz,
    }
}

diesel::table! {
    goals (user_id) {
        user_id -> Uuid,
        #[sql_name = "trait"]
        trait_ -> Text,
        direction -> Text,
        set_at -> Timestamptz,
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
    member_days (user_id, date) {
        user_id -> Uuid,
        date -> Date,
        done -> Int4,
        xp -> Int8,
        current -> Int4,
        longest -> Int4,
        freezes -> Int4,
        completed_days -> Int4,
        frozen -> Int4,
        missed -> Int4,
    }
}

diesel::table! {
    members (user_id) {
        user_id -> Uuid,
        name -> Nullable<Text>,
        locale -> Nullable<Text>,
        character_key -> Nullable<Text>,
        z -> Nullable<Jsonb>,
        topics -> Jsonb,
        self_check -> Nullable<Jsonb>,
    }
}

diesel::table! {
    offers (user_id, date, choice) {
        user_id -> Uuid,
        date -> Date,
        given_at -> Timestamptz,
        rules_version -> Int4,
        library_version -> Int8,
        basis -> Jsonb,
        picked -> Array<Nullable<Text>>,
        random -> Array<Nullable<Bool>>,
        candidates -> Array<Nullable<Text>>,
        scores -> Array<Nullable<Float4>>,
        parts -> Array<Nullable<Float4>>,
        propensities -> Array<Nullable<Float4>>,
        choice -> Int2,
        superseded_at -> Nullable<Timestamptz>,
        counted -> Bool,
    }
}

diesel::table! {
    outages (starts_on, ends_on) {
        starts_on -> Date,
        ends_on -> Date,
    }
}

diesel::table! {
    pauses (user_id, starts_on) {
        user_id -> Uuid,
        starts_on -> Date,
        ends_on -> Date,
    }
}

diesel::table! {
    rewards (user_id, quest_id, entry) {
        user_id -> Uuid,
        quest_id -> Uuid,
        entry -> Int4,
        date -> Date,
        xp -> Int4,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    template_outcomes (template_code) {
        template_code -> Text,
        done -> Int8,
        missed -> Int8,
    }
}

diesel::table! {
    user_quests (user_id, id) {
        user_id -> Uuid,
        id -> Uuid,
        date -> Date,
        slot -> Int2,
        template_code -> Text,
        template_version -> Int4,
        title -> Jsonb,
        cue -> Jsonb,
        category -> Text,
        difficulty -> Int2,
        minutes -> Int2,
        xp -> Int4,
        reason -> Jsonb,
        status -> Text,
        given_at -> Timestamptz,
        completed_at -> Nullable<Timestamptz>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(goals, members);
