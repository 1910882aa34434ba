-- The address that notifications name instead of the recipient's own; null names the recipient.
ALTER TABLE recipient ADD COLUMN shown_as TEXT;
