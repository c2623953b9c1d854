DROP TABLE idempotency_keys, result_texts, self_check_items, quest_templates, characters, psy_questions, psy_instruments, versions;
