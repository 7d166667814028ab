"""Pictures in and out: file, bytes, Pillow image or array to `Picture`, and back to a file.

No TensorFlow here, and nothing about what a dream is. What others may use:

- `picture`: `Picture`, `Shape`, `to_uint8`, `picture_uint8`, `row_blocks`, `shrunk`, `noise`,
  `shape_within`, `lanczos_8bit`
- `reading`: `load_image`, `read_picture`, `read_stream`, `is_stream`, `open_picture`,
  `picture_from` (a file's content), `read_content`, `read_shape`, `named` (errors say of which
  argument)
- `samples`: `SAMPLES`, `sample_image`
- `writing`: `FORMATS`, `save_image`, `save_pixels`, `encode`, `check_output`, `small_jpeg`
- `files`: `check_target`, `check_free`, `make_folder`, `write_whole`, `whole_file` (or not at all)
- `animations`: `MOST_FRAMES`, `check_animation`, `frame_of`, `write_animation`
- `metadata`: `KEY`, `Note`, `metadata_options`, `read_text`, `title`
- `sheets`: `Label`, `Sheet`, `contact_sheet`, `check_columns` and what lays a sheet out
- `mixing`: `mixed`, `recolored` (of two pictures of 8 bits); `masks`: `ALPHA`, `read_mask`, `sized`
- `zoom`: `zoomed`, `even_zoom`, `check_zoom`

Imports go one way: picture ← _depths ← _arrays; _directories, _depths ← _conversion, _formats;
all of these ← reading ← metadata ← writing ← sheets; files and samples stand alone; zoom and mixing
need picture, masks needs reading and mixing, and animations needs files, metadata and picture.
"""
