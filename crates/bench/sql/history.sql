-- GET /api/quest-history?limit=30.
SELECT "user_quests"."id", "user_quests"."date", "user_quests"."slot", "user_quests"."template_code",
"user_quests"."template_version", "user_quests"."title", "user_quests"."cue", "user_quests"."category",
"user_quests"."difficulty", "user_quests"."minutes", "user_quests"."xp", "user_quests"."reason",
"user_quests"."status", "user_quests"."completed_at" FROM "user_quests" WHERE ("user_quests"."user_id" = :user_id)
ORDER BY "user_quests"."date" DESC, "user_quests"."slot" DESC LIMIT :one_more;
SELECT "members"."locale" FROM "members" WHERE ("members"."user_id" = :user_id) LIMIT :one;
