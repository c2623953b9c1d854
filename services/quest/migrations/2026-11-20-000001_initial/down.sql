DROP TABLE idempotency_keys, erasures, template_outcomes, outages, member_days, rewards, offers, user_quests, pauses, goals,
    calendar_eras, members;
