"""Dreams that move: settings that change with time, clips, and zooms without blur.

What others may use:

- `times`: `seconds_of`, a moment as people write it
- `keyframes`: `KeyFrames`, `Course`, arguments of a dream that change with time
"""
