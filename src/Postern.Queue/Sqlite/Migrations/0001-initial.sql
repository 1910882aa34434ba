-- The tables of docs/queue.md. Times are 100 ns ticks since 0001-01-01 UTC; numbers of states are those of the enumerations.

CREATE TABLE message (
    num INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    reverse_path TEXT NOT NULL,
    envelope_id TEXT,
    return_content INTEGER NOT NULL,
    smtp_utf8 INTEGER NOT NULL,
    body INTEGER NOT NULL,
    received INTEGER NOT NULL,
    source_channel TEXT NOT NULL,
    port_information TEXT NOT NULL,
    application_information TEXT NOT NULL,
    authenticated_user TEXT,
    parent_id TEXT,
    size INTEGER NOT NULL
);

-- key = message * 4096 + sequence. A rowid table: blobs in a WITHOUT ROWID table would sit inside the tree's inner pages.
CREATE TABLE chunk (
    key INTEGER PRIMARY KEY,
    content BLOB NOT NULL
);

-- id = message * 65536 + index
CREATE TABLE copy (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL COLLATE NOCASE,
    reverse_path TEXT NOT NULL,
    header_block BLOB
);

CREATE TABLE recipient (
    copy INTEGER NOT NULL,
    number INTEGER NOT NULL,
    channel TEXT NOT NULL COLLATE NOCASE,
    address TEXT NOT NULL,
    host TEXT NOT NULL,
    original_recipient TEXT,
    notify INTEGER NOT NULL,
    checked INTEGER NOT NULL,
    state INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next INTEGER NOT NULL,
    last_reply TEXT,
    last_attempt INTEGER,
    hold_reason TEXT,
    owed INTEGER NOT NULL,
    interrupted INTEGER NOT NULL,
    PRIMARY KEY (copy, number)
) WITHOUT ROWID;

-- Covers the search of a claim: what is queued for a channel, longest due first.
CREATE INDEX recipient_due ON recipient (channel, next, copy, number, host) WHERE state = 0;

CREATE INDEX recipient_owed ON recipient (copy, number) WHERE owed = 1;
