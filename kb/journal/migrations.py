"""The journal's tables. A migration is only ever added: a journal of any age opens, and loses
nothing.
"""

from __future__ import annotations

MIGRATIONS = (
    """
    CREATE TABLE exchanges (
        id TEXT PRIMARY KEY, at TEXT NOT NULL, question TEXT NOT NULL, status TEXT NOT NULL, confidence REAL NOT NULL,
        answer TEXT NOT NULL, writer TEXT NOT NULL, seconds REAL NOT NULL, terminal TEXT NOT NULL, payload TEXT NOT NULL
    );
    CREATE INDEX exchanges_by_time ON exchanges (at);
    CREATE TABLE verdicts (
        id INTEGER PRIMARY KEY AUTOINCREMENT, exchange TEXT NOT NULL REFERENCES exchanges (id), value TEXT NOT NULL,
        comment TEXT, correct TEXT, by TEXT, at TEXT NOT NULL
    )
    """,
    # Verdicts get names that only copies of this journal use too, and what a chat bot calls them;
    # reviewers decide; the FAQ grows.
    """
    ALTER TABLE verdicts ADD COLUMN uid TEXT;
    ALTER TABLE verdicts ADD COLUMN client TEXT;
    UPDATE verdicts SET uid = 'v' || substr(exchange, 2) || '_' || id;
    CREATE UNIQUE INDEX verdicts_by_uid ON verdicts (uid);
    CREATE UNIQUE INDEX verdicts_by_client ON verdicts (client);
    CREATE INDEX verdicts_by_exchange ON verdicts (exchange);
    CREATE TABLE decisions (
        id INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT NOT NULL UNIQUE,
        exchange TEXT NOT NULL REFERENCES exchanges (id), kind TEXT NOT NULL, by TEXT, at TEXT NOT NULL,
        detail TEXT NOT NULL, undoes TEXT
    );
    CREATE INDEX decisions_by_exchange ON decisions (exchange);
    CREATE TABLE claims (exchange TEXT PRIMARY KEY, reviewer TEXT NOT NULL, at REAL NOT NULL);
    CREATE TABLE faq (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL, version INTEGER NOT NULL, action TEXT NOT NULL,
        question TEXT NOT NULL, also TEXT NOT NULL, answer TEXT NOT NULL, sources TEXT NOT NULL, exchange TEXT,
        by TEXT, at TEXT NOT NULL, UNIQUE (entry, version)
    );
    CREATE TABLE case_runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, case_id TEXT NOT NULL, passed INTEGER NOT NULL,
        detail TEXT NOT NULL, at TEXT NOT NULL
    );
    CREATE INDEX case_runs_by_case ON case_runs (case_id)
    """,
    # Answers wait for a person, and are delivered once.
    """
    CREATE TABLE holds (
        exchange TEXT PRIMARY KEY REFERENCES exchanges (id), at TEXT NOT NULL, channel TEXT NOT NULL,
        asker TEXT NOT NULL, reasons TEXT NOT NULL, draft TEXT NOT NULL
    );
    CREATE INDEX holds_by_asker ON holds (channel, asker);
    CREATE TABLE hold_decisions (
        id INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT NOT NULL UNIQUE,
        exchange TEXT NOT NULL REFERENCES holds (exchange), kind TEXT NOT NULL, by TEXT, at TEXT NOT NULL,
        detail TEXT NOT NULL, undoes TEXT
    );
    CREATE INDEX hold_decisions_by_exchange ON hold_decisions (exchange);
    CREATE TABLE deliveries (
        id INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT NOT NULL UNIQUE,
        exchange TEXT NOT NULL REFERENCES holds (exchange), state TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL,
        reason TEXT NOT NULL
    );
    CREATE INDEX deliveries_by_exchange ON deliveries (exchange)
    """,
)
