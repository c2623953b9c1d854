-- GET /api/home.
SELECT
    m.name,
    m.locale,
    m.character_key,
    (m.self_check ->> 'date')::date,
    (SELECT coalesce(json_agg(e), '[]') FROM (
        SELECT starts_at, first_date, follows, time_zone, start_hour
        FROM calendar_eras WHERE user_id = m.user_id
        ORDER BY starts_at DESC LIMIT 3
    ) AS e),
    row_to_json(d),
    (SELECT coalesce(json_agg(q), '[]') FROM (
        SELECT id, date, slot, template_code, template_version, title, cue, category, difficulty, minutes, xp,
            reason, status, completed_at
        FROM user_quests WHERE user_id = m.user_id AND date = d.date
        ORDER BY slot
    ) AS q),
    (SELECT row_to_json(p) FROM (
        SELECT starts_on, ends_on
        FROM pauses WHERE user_id = m.user_id
        ORDER BY starts_on DESC LIMIT 1
    ) AS p)
FROM members AS m
LEFT JOIN LATERAL (
    SELECT date, done, xp, current, longest, freezes, completed_days, frozen, missed
    FROM member_days WHERE user_id = m.user_id
    ORDER BY date DESC LIMIT 1
) AS d ON true
WHERE m.user_id = :user_id;
