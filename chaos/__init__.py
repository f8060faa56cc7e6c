"""Faults on purpose: real processes, real clients, and the question whether anything got lost.

`bin/chaos` runs it. A stage (`stage`) has services, workers and people; a fault (`faults`) does
its harm while they talk; after healing the oracles (`oracles`) compare what everybody sent and
saw with what the database holds. One seed drives all chance.
"""
