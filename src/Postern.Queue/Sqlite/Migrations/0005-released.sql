-- Whether an operator released a recipient that was held: 1, or 2 without a look at its Received fields.
ALTER TABLE recipient ADD COLUMN released INTEGER NOT NULL DEFAULT 0;
