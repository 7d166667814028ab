"""A call as a job: asked, checked, dreamed within the memory there is, kept, recorded, replayed.

The way of a call: `request` (what was asked) → `job` (checked, once) → `gradients` (the network,
traced) → `dreaming` (the core's dream, with what is kept on the way) → `result`. What others may
use:

- `dreaming`: `dream`, `run`; `result`: `Dream`; `steps`: `AscentStep`
- `request`: `Request`, the only list of a call's arguments; `job`: `check`, `Job`
- `record`: `Record`, `show`; `replaying`: `replay`
- `planning`: `plan_request`, `Plan`
- `checkpoints`: `Checkpoint`
- `gradients`: `gradient_for`, `means_for`; `windows`: a gradient put together from windows

`fitting`, `layouts` and `memory` find out what fits into the memory; `estimates` what a plan says;
`describing` makes the record of a job; `saving` keeps pictures of octaves.
"""
