-- POST /api/quests/{id}/complete.
BEGIN;
SELECT "members"."locale" FROM "members" WHERE ("members"."user_id" = :user_id) LIMIT :one;
SELECT "user_quests"."id", "user_quests"."date", "user_quests"."slot", "user_quests"."template_code",
"user_quests"."template_version", "user_quests"."title", "user_quests"."cue", "user_quests"."category",
"user_quests"."difficulty", "user_quests"."minutes", "user_quests"."xp", "user_quests"."reason",
"user_quests"."status", "user_quests"."completed_at" FROM "user_quests" WHERE (("user_quests"."user_id" = :user_id)
AND ("user_quests"."id" = :quest_id)) LIMIT :one;
SELECT "members"."user_id" FROM "members" WHERE ("members"."user_id" = :user_id) LIMIT :one FOR UPDATE;
SELECT "calendar_eras"."starts_at", "calendar_eras"."first_date", "calendar_eras"."follows",
"calendar_eras"."time_zone", "calendar_eras"."start_hour" FROM "calendar_eras" WHERE ("calendar_eras"."user_id" =
:user_id) ORDER BY "calendar_eras"."starts_at";
SELECT "user_quests"."id", "user_quests"."date", "user_quests"."slot", "user_quests"."template_code",
"user_quests"."template_version", "user_quests"."title", "user_quests"."cue", "user_quests"."category",
"user_quests"."difficulty", "user_quests"."minutes", "user_quests"."xp", "user_quests"."reason",
"user_quests"."status", "user_quests"."completed_at" FROM "user_quests" WHERE (("user_quests"."user_id" = :user_id)
AND ("user_quests"."id" = :quest_id)) LIMIT :one;
UPDATE "user_quests" SET "status" = :completed, "completed_at" = :now WHERE (("user_quests"."user_id" = :user_id) AND
("user_quests"."id" = :quest_id));
SELECT max("rewards"."entry") FROM "rewards" WHERE (("rewards"."user_id" = :user_id) AND ("rewards"."quest_id" =
:quest_id)) LIMIT :one;
INSERT INTO "rewards" ("user_id", "quest_id", "entry", "date", "xp", "created_at") VALUES (:user_id, :quest_id,
:entry, :today, :ten, :now);
INSERT INTO "events"."log" ("id", "type", "user_id", "payload", "traceparent") VALUES (:new_id, :quest_completed,
:user_id, :completion, :null);
SELECT "member_days"."date", "member_days"."done", "member_days"."xp", "member_days"."current",
"member_days"."longest", "member_days"."freezes", "member_days"."completed_days", "member_days"."frozen",
"member_days"."missed" FROM "member_days" WHERE ("member_days"."user_id" = :user_id) ORDER BY "member_days"."date"
DESC LIMIT :three;
SELECT "pauses"."starts_on", "pauses"."ends_on" FROM "pauses" WHERE (("pauses"."user_id" = :user_id) AND
("pauses"."ends_on" >= :today)) ORDER BY "pauses"."starts_on";
SELECT "outages"."starts_on", "outages"."ends_on" FROM "outages" WHERE ("outages"."ends_on" >= :today);
SELECT COUNT(*) FROM "user_quests" WHERE ((("user_quests"."user_id" = :user_id) AND ("user_quests"."date" = :today))
AND ("user_quests"."status" = :completed));
SELECT sum("rewards"."xp") FROM "rewards" WHERE (("rewards"."user_id" = :user_id) AND ("rewards"."date" = :today))
LIMIT :one;
INSERT INTO "member_days" ("user_id", "date", "done", "xp", "current", "longest", "freezes", "completed_days",
"frozen", "missed") VALUES (:user_id, :today, :one, :ten, :one, :one, :zero, :one, :zero, :zero) ON CONFLICT
("user_id", "date") DO UPDATE SET "done" = excluded."done", "xp" = excluded."xp", "current" = excluded."current",
"longest" = excluded."longest", "freezes" = excluded."freezes", "completed_days" = excluded."completed_days", "frozen"
= excluded."frozen", "missed" = excluded."missed";
COMMIT;
