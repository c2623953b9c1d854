DROP INDEX erasures_unconfirmed;
ALTER TABLE erasures DROP COLUMN asked_at, DROP COLUMN tables;
DROP TABLE erasure_receipts;
