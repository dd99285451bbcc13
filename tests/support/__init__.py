"""What the worlds of the tests are made of, each piece once.

| file | what |
|---|---|
| `database` | copies of one migrated database |
| `clock` | clocks that tests move, in this process or in all of them |
| `sandbox` | faults, clock and ledger of the simulated brokers |
| `browser` | an investor's browser without script |
| `chromium` | one with script |
| `partner` | gateways, and investors who are logged in there |
| `gateway` | the partner's API, in this process or another, and who calls it |
| `worker` | the worker in this process |
| `processes` | processes of ours that can be stopped and killed |
| `servers` | servers that misbehave byte by byte |
| `wire`, `proxy` | a connection that can be cut, a proxy that answers 502 |

A world (`tests/faults/stage.py`, `tests/portal/installation.py`, …) puts some of them together for the stories of its
folder, and adds the verbs in which they are told.
"""
