DROP TABLE idempotency_keys;
DROP TABLE completed_quests;
DROP TABLE member_topics;
DROP TABLE members;
DROP TABLE self_check_entries;
DROP TABLE analysis_results;
DROP TABLE psy_answers;
DROP TABLE psy_test_sessions;
