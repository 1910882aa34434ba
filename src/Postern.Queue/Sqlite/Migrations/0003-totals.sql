-- Totals that triggers keep, indexes for listings, and channels that an operator stopped.

CREATE TABLE stopped (
    channel TEXT PRIMARY KEY COLLATE NOCASE
) WITHOUT ROWID;

CREATE TABLE channel_total (
    channel TEXT PRIMARY KEY COLLATE NOCASE,
    copies INTEGER NOT NULL,
    octets INTEGER NOT NULL
) WITHOUT ROWID;

-- Recipients by place: never tried, tried and waiting, under way, held, final. A row goes when it counts nothing any more.
CREATE TABLE host_total (
    channel TEXT NOT NULL COLLATE NOCASE,
    host TEXT NOT NULL,
    active INTEGER NOT NULL,
    delayed INTEGER NOT NULL,
    claimed INTEGER NOT NULL,
    held INTEGER NOT NULL,
    done INTEGER NOT NULL,
    PRIMARY KEY (channel, host)
) WITHOUT ROWID;

INSERT INTO channel_total
SELECT c.channel, count(*), coalesce(sum(m.size), 0) FROM copy c LEFT JOIN message m ON m.num = c.id / 65536 GROUP BY c.channel;

INSERT INTO host_total
SELECT channel, host, sum(state = 0 AND attempts = 0), sum(state = 0 AND attempts > 0), sum(state = 1), sum(state = 2), sum(state NOT IN (0, 1, 2))
FROM recipient GROUP BY channel, host;

CREATE TRIGGER copy_added AFTER INSERT ON copy BEGIN
    INSERT INTO channel_total VALUES (new.channel, 1, coalesce((SELECT size FROM message WHERE num = new.id / 65536), 0))
    ON CONFLICT (channel) DO UPDATE SET copies = copies + 1, octets = octets + excluded.octets;
END;

CREATE TRIGGER copy_removed AFTER DELETE ON copy BEGIN
    UPDATE channel_total SET copies = copies - 1, octets = octets - coalesce((SELECT size FROM message WHERE num = old.id / 65536), 0)
    WHERE channel = old.channel;
END;

CREATE TRIGGER recipient_added AFTER INSERT ON recipient BEGIN
    INSERT INTO host_total VALUES (
        new.channel, new.host, new.state = 0 AND new.attempts = 0, new.state = 0 AND new.attempts > 0, new.state = 1, new.state = 2, new.state NOT IN (0, 1, 2))
    ON CONFLICT (channel, host) DO UPDATE SET
        active = active + excluded.active, delayed = delayed + excluded.delayed, claimed = claimed + excluded.claimed, held = held + excluded.held,
        done = done + excluded.done;
END;

CREATE TRIGGER recipient_changed AFTER UPDATE OF state, attempts ON recipient WHEN new.state <> old.state OR new.attempts <> old.attempts BEGIN
    UPDATE host_total SET
        active = active + (new.state = 0 AND new.attempts = 0) - (old.state = 0 AND old.attempts = 0),
        delayed = delayed + (new.state = 0 AND new.attempts > 0) - (old.state = 0 AND old.attempts > 0),
        claimed = claimed + (new.state = 1) - (old.state = 1),
        held = held + (new.state = 2) - (old.state = 2),
        done = done + (new.state NOT IN (0, 1, 2)) - (old.state NOT IN (0, 1, 2))
    WHERE channel = new.channel AND host = new.host;
END;

CREATE TRIGGER recipient_removed AFTER DELETE ON recipient BEGIN
    UPDATE host_total SET
        active = active - (old.state = 0 AND old.attempts = 0),
        delayed = delayed - (old.state = 0 AND old.attempts > 0),
        claimed = claimed - (old.state = 1),
        held = held - (old.state = 2),
        done = done - (old.state NOT IN (0, 1, 2))
    WHERE channel = old.channel AND host = old.host;
    DELETE FROM host_total WHERE channel = old.channel AND host = old.host AND active + delayed + claimed + held + done = 0;
END;

-- Listings of a channel, of a next hop and of what is held, oldest message first.
CREATE INDEX recipient_channel ON recipient (channel, copy, number);

CREATE INDEX recipient_host ON recipient (host, copy, number);

CREATE INDEX recipient_held ON recipient (copy, number) WHERE state = 2;
