"""The benchmark: Madang beside its peers on this machine, every delivery counted at the clients.

`bin/bench` runs it. Nothing of the product imports this package.
"""
