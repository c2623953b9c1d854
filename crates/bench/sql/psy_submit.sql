-- POST /api/psy-test/submit with the answers.
BEGIN;
SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '/erasures/' || :user_text, 0));
SELECT EXISTS (SELECT "erasures"."user_id", "erasures"."erased_at" FROM "erasures" WHERE ("erasures"."user_id" =
:user_id));
INSERT INTO "psy_test_sessions" ("user_id", "id", "instrument", "created_at", "updated_at", "submitted_at") VALUES
(:user_id, :session_id, :instrument, :now, :now, :now);
INSERT INTO psy_answers (user_id, session_id, question_id, value, carried_over, answered_at) SELECT :user_id,
:session_id, * FROM unnest(:questions, :answers, :carried, :answered) ON CONFLICT (user_id, session_id, question_id)
DO UPDATE SET value = excluded.value, carried_over = excluded.carried_over, answered_at = excluded.answered_at;
SELECT "analysis_results"."user_id", "analysis_results"."id", "analysis_results"."session_id",
"analysis_results"."instrument", "analysis_results"."instrument_version", "analysis_results"."scorer_version",
"analysis_results"."norm_set", "analysis_results"."characters_version", "analysis_results"."seconds_per_item",
"analysis_results"."previous_character", "analysis_results"."traits", "analysis_results"."character_key",
"analysis_results"."likeness", "analysis_results"."preferences", "analysis_results"."quality",
"analysis_results"."created_at" FROM "analysis_results" WHERE (("analysis_results"."user_id" = :user_id) AND
("analysis_results"."created_at" < :now)) ORDER BY "analysis_results"."created_at" DESC LIMIT :one;
SELECT (array_agg(activity ORDER BY updated_at DESC) FILTER (WHERE activity IS NOT NULL))[1] AS activity,
(array_agg(social ORDER BY updated_at DESC) FILTER (WHERE social IS NOT NULL))[1] AS social, (array_agg(pace ORDER BY
updated_at DESC) FILTER (WHERE pace IS NOT NULL))[1] AS pace FROM self_check_entries WHERE user_id = :user_id;
INSERT INTO "analysis_results" ("user_id", "id", "session_id", "instrument", "instrument_version", "scorer_version",
"norm_set", "characters_version", "seconds_per_item", "previous_character", "traits", "character_key", "likeness",
"preferences", "quality", "created_at") VALUES (:user_id, :new_id, :session_id, :instrument, :one, :one, :norm_set,
:one, :null, :character_key, :traits, :character_key, :likeness, :preferences, :quality, :now);
INSERT INTO "events"."log" ("id", "type", "user_id", "payload", "traceparent") VALUES (:new_id, :analysis_completed,
:user_id, :holds, :null);
SELECT "members"."locale", "members"."time_zone" FROM "members" WHERE ("members"."user_id" = :user_id) LIMIT :one;
SELECT "member_topics"."topics" FROM "member_topics" WHERE ("member_topics"."user_id" = :user_id) LIMIT :one;
COMMIT;
