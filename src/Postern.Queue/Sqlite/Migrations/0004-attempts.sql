-- What each attempt that did not succeed was told, as long as the message is there; next hops that an operator stopped.

CREATE TABLE attempt (
    copy INTEGER NOT NULL,
    number INTEGER NOT NULL,
    time INTEGER NOT NULL,
    reply TEXT NOT NULL,
    PRIMARY KEY (copy, number, time)
) WITHOUT ROWID;

CREATE TABLE stopped_host (
    host TEXT PRIMARY KEY COLLATE NOCASE
) WITHOUT ROWID;
