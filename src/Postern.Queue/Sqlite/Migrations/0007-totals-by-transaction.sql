-- The totals are written once for each transaction, not by triggers for each row.
DROP TRIGGER copy_added;

DROP TRIGGER copy_removed;

DROP TRIGGER recipient_added;

DROP TRIGGER recipient_changed;

DROP TRIGGER recipient_removed;
