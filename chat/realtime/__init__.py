"""How what was said reaches everybody, in one process.

    node      owns the rest: starts and stops them, holds the use cases
    broker    one channel-layer channel a process, one group a topic: the bus between processes
    hub       a topic's subscribers and numbers: in order it fans out, holes it fills
    ring      the latest states of one feed, for reconnects without the database
    outbox    one connection's frames on their way out, bounded
    writer    group commit: whatever came while one transaction ran is the next one

Only node (with presence, cursors and the bridge beside it) knows the domain.
"""
