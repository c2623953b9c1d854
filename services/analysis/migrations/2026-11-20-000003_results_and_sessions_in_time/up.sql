-- A member's results by the time they were submitted; the ids of two replicas may be out of order.
CREATE UNIQUE INDEX analysis_results_in_time ON analysis_results (user_id, created_at DESC);

-- Tests that were put down, by how long ago: the sweep takes the oldest.
CREATE INDEX psy_test_sessions_put_down ON psy_test_sessions (updated_at) WHERE submitted_at IS NULL;

-- What a member has done in the days that trends look back on.
CREATE INDEX completed_quests_by_date ON completed_quests (user_id, date);

-- Which items a test has is for the version of its instrument to say: a new statement takes a new number.
ALTER TABLE psy_answers
    DROP CONSTRAINT psy_answers_question_known,
    ADD CONSTRAINT psy_answers_question_positive CHECK (question_id > 0);
