-- The priority of a message, and the rank of a recipient in the order of claims: 0 released, 1 urgent, 2 normal, 3 nonurgent, 4 second class.
ALTER TABLE message ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;

ALTER TABLE recipient ADD COLUMN rank INTEGER NOT NULL DEFAULT 2;

-- Covers the search of a claim: what is queued for a channel, by rank, longest due first.
DROP INDEX recipient_due;

CREATE INDEX recipient_due ON recipient (channel, rank, next, copy, number, host) WHERE state = 0;

-- What will count as normal when its message is an hour old, oldest first.
CREATE INDEX recipient_aging ON recipient (copy, number) WHERE state = 0 AND rank IN (1, 3, 4);
