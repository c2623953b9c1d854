-- GET /api/analysis-results/{id}.
SELECT "analysis_results"."user_id", "analysis_results"."id", "analysis_results"."session_id",
"analysis_results"."instrument", "analysis_results"."instrument_version", "analysis_results"."scorer_version",
"analysis_results"."norm_set", "analysis_results"."characters_version", "analysis_results"."seconds_per_item",
"analysis_results"."previous_character", "analysis_results"."traits", "analysis_results"."character_key",
"analysis_results"."likeness", "analysis_results"."preferences", "analysis_results"."quality",
"analysis_results"."created_at", "members"."locale", "member_topics"."topics" FROM (("analysis_results" LEFT OUTER
JOIN "members" ON ("members"."user_id" = "analysis_results"."user_id")) LEFT OUTER JOIN "member_topics" ON
("member_topics"."user_id" = "analysis_results"."user_id")) WHERE (("analysis_results"."user_id" = :user_id) AND
("analysis_results"."id" = :analysis_id)) LIMIT :one;
