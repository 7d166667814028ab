"""Dreams that move: settings that change with time, clips, and zooms without blur.

What others may use:

- `times`: `seconds_of`, a moment as people write it
- `clips`: `Frame`, `ClipInfo`, `Colors`, `Clip`, `open_clip`, `write_clip`, `check_clip`
- `extra`: `needed`, a library of the extra `video`
- `zoom`: `dream_zoom`, `run_zoom`, `ZoomClip`, `ZoomInterrupted`; `zooms`: `ZoomRequest`,
  `ZOOM_ARGUMENTS`, `ZOOMING`, `NOT_ZOOMED`, `zoom_arguments`; `zooming`: `Zoom`
- `zoom_plan`: `plan_zoom`; `telling`: `ZoomStep`, how far a zoom is
- `keyframes`: `KeyFrames`, `Course`, `KEYED`, arguments of a dream that change with time
"""
