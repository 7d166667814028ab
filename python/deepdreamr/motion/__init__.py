"""Dreams that move: settings that change with time, clips, and zooms without blur.

What others may use:

- `times`: `seconds_of`, a moment as people write it
- `clips`: `Frame`, `ClipInfo`, `Colors`, `Clip`, `open_clip`, `write_clip`, `check_clip`
- `extra`: `needed`, a library of the extra `video`
- `keyframes`: `KeyFrames`, `Course`, arguments of a dream that change with time
"""
