-- A row that is about to end is marked before, so that no server has it in memory when it goes. Nothing else of a row is ever updated.
ALTER TABLE assignments ADD COLUMN ending boolean NOT NULL DEFAULT false;
