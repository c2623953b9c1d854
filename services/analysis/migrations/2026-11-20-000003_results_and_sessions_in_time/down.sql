-- Answers to statements beyond the 50 stay.
ALTER TABLE psy_answers
    DROP CONSTRAINT psy_answers_question_positive,
    ADD CONSTRAINT psy_answers_question_known CHECK (question_id BETWEEN 1 AND 50) NOT VALID;

DROP INDEX completed_quests_by_date;
DROP INDEX psy_test_sessions_put_down;
DROP INDEX analysis_results_in_time;
