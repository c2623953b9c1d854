-- GET /api/auth/me.
SELECT "users"."sub", "users"."email", "users"."name", "users"."age", "users"."gender", "users"."roles",
"users"."locale", "users"."time_zone", "users"."created_at", "users"."updated_at", "users"."last_login_at", "users"."email_verified_at" FROM
"users" WHERE ("users"."sub" = :user_id) LIMIT :one;
