"""Many pictures: a folder, a night, a cluster; nothing lost, and nothing dreamed twice.

The way of a call: `inputs` (which pictures there are) → `outputs` (where each dream goes) →
`journal` (what is done already) → `driving` (the loop: what is dreamed next, what came back) →
`workers` (what a worker does with one picture), which run in `pools`, or on a Dask cluster
(`clusters`: `connecting` reaches it, `house` keeps one of our own, and what files it is sent says
`sending`). What others may use:

- `dreaming`: `dream_many`; `running`: `ManyRun`; `request`: `ManyRequest`, `RUNNING`, `ONE`,
  `many_arguments`; `progress`: `Bar`; `planning`: `plan_many`
- `lanes`: `Lanes`, `lanes_of`, `shares`, `OWN_IN_FLIGHT`; `machines`: `alike`, `kind`; `workers`:
  `Made`, `told`
- `inputs`: `SUFFIXES`, of pictures that are taken from a folder
- `asking`: `checksum`, of all that a dream's pixels depend on; `check_network`; `pools`:
  `check_sendable`, of what other processes can have
- `summary`: `Summary`, `Outcome`, `ManyInterrupted`
"""
