"""Dreams that move: settings that change with time, clips, and zooms without blur.

What others may use:

- `times`: `seconds_of`, a moment as people write it
- `clips`: `Frame`, `ClipInfo`, `Colors`, `Clip`, `open_clip`, `write_clip`, `check_clip`
- `sheet`: `clip_sheet`; `showing`: `ShownClip`, a clip that plays in a notebook
- `extra`: `needed`, a library of the extra `video`
- `zoom`: `dream_zoom`, `run_zoom`, `ZoomClip`, `ZoomInterrupted`; `zooms`: `ZoomRequest`,
  `ZOOM_ARGUMENTS`, `ZOOMING`, `ZOOM_GROUPS`, `NOT_ZOOMED`, `zoom_arguments`; `zooming`: `Zoom`
- `zoom_plan`: `plan_zoom`, `ZoomPlan`; `telling`: `ZoomStep`, how far a zoom is
- `video`: `dream_video`, `run_video`, `VideoClip`, `VideoInterrupted`; `videos`: `VideoRequest`,
  `VIDEO_ARGUMENTS`, `FILMING`, `VIDEO_GROUPS`,
  `NOT_FILMED`, `video_arguments`; `filming`: `Film`
- `video_plan`: `plan_video`, `VideoPlan`; `watching`: `VideoStep`, how far a clip is
- `keyframes`: `KeyFrames`, `Course`, `KEYED`, arguments of a dream that change with time
"""
