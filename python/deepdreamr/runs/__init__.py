"""A call as a job: asked, checked, dreamed within the memory there is, kept, recorded, replayed.

The way of a call: `request` (what was asked) → `checking` (all checks, once) → `job` → `gradients`
(the network and its loss, traced) → `running` (the core's dream, with what is kept on the way) →
`result`. What others may use:

- `request`: `Request` (the only list of a call's arguments), `request_of`, `argument`,
  `files_read`, `mask_pairs`, `ARGUMENTS`, `GROUPS`, `NOT_KEEPING`, `READ`
- `sections`: `SECTIONS`, `section_of` (what arguments and settings are about, for people)
- `places`: `Place` (where a dream grows, and how much of it is seen), `find_place`
- `checking`: `check`, `unheard`; `job`: `Job`
- `limits`: `limited` (whether a recipe's `max_loss` holds)
- `dreaming`: `dream`, `run`; `running`: `run_job`, `as_tensor`, `pyramid_of`
- `describing`: `versions`, `picture_checksum`
- `result`: `Dream`, `in_few_words`
- `steps`: `AscentStep`, `OnStep`, `check_on_step`, `check_every`; `bars`: `Progress`,
  `AnyBar`, `check_progress`, `looked_at`, `new_bar`, `shown`, `watched`;
  `notebooks`: `OFTEN`, `LONGEST` (of a picture that grows, in a cell or on a page)
- `record`: `Record`, `show`; `replaying`: `replay`; `mixing`: `mix`
- `planning`: `plan_request`, `Plan`, `OctavePlan`
- `checkpoints`: `Checkpoint`, `load_checkpoint`
- `saving`: `check_folder`, `check_files`, `save_png`
- `objectives`: `resolved` (the channels that are strongest for a picture, named), `strongest_of`;
  `penalties`: `penalized`
- `gradients`: `gradient_for`, `means_for`; `graphs`: `ChannelGradients`, `WeightGradients` (of
  dreams that have one graph); `settling`: `Windows`, `settled_windows` (of several dreams);
  `memory`: `parse_memory`
"""
