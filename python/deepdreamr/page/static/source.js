// Where a dream begins: a picture that is dropped, pasted or chosen, the sample, or noise.

import { change, recipe, state, takeSettings, watch } from "./choices.js";
import { attempt, by, bytes, quiet, say, show, tell } from "./elements.js";
import { putClip, putPicture, takeSample } from "./server.js";

const NOISE = { height: 384, width: 512 };

/** A picture takes the place of the one before; settings that it brings are taken, and can be left. */
export function begin(picture) {
  const { recipe: name, layers, options } = state;
  change({ picture, noise: null, mask: null, shown: null, painting: false });
  for (const note of picture.notes ?? []) tell(note, { calm: true });
  if (picture.call) {
    takeSettings(picture.call);
    tell("Settings are taken from this picture.", {
      calm: true,
      action: { name: "Leave them", run: () => change({ recipe: name, layers, options }) },
    });
  }
  say(`Picture: ${picture.name}, ${picture.width} by ${picture.height} pixels.`);
}

/** A file's name without what is not to be seen of it, as the server has it. */
const nameOf = (file, other) => (file.name || other).replace(/\p{C}/gu, "");

async function read(work, what) {
  quiet();
  document.body.classList.add("reading");
  say(`Reading ${what}.`);
  const picture = await attempt(work);
  document.body.classList.remove("reading");
  if (picture) begin(picture);
}

/** Says that a file is too large, before it is sent for nothing. */
function isTooLarge(file, most) {
  if (!most || file.size <= most) return false;
  tell(`${nameOf(file, "It")} has ${bytes(file.size)}.`, { hint: `At most ${bytes(most)} are read.` });
  return true;
}

async function readClip(file) {
  if (isTooLarge(file, state.start.limits?.clip_bytes)) return;
  quiet();
  document.body.classList.add("reading");
  say(`Reading ${nameOf(file, "the clip")}.`);
  const clip = await attempt(() => putClip(file));
  document.body.classList.remove("reading");
  if (!clip) return;
  change({ kind: "video", clip, shown: null, film: null });
  say(`Clip: ${clip.name}.`);
}

export function readFile(file) {
  if (state.kind === "video" || (state.start.video && file.type.startsWith("video/"))) {
    readClip(file);
    return;
  }
  if (isTooLarge(file, state.start.limits?.bytes)) return;
  read(() => putPicture(file), nameOf(file, "the picture"));
}

function startNoise() {
  change({ noise: state.noise ?? NOISE, mask: null, shown: null, painting: false });
  by("noise-width").select();
}

function sized() {
  const [height, width] = [by("noise-height"), by("noise-width")];
  if (!height.checkValidity() || !width.checkValidity()) {
    (height.checkValidity() ? width : height).reportValidity();
    return;
  }
  change({ noise: { height: height.valueAsNumber, width: width.valueAsNumber }, shown: null });
}

function drops() {
  let inside = 0;
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  const leave = () => { inside = 0; show(by("drop"), false); };
  addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    inside += 1;
    show(by("drop"), true);
  });
  addEventListener("dragleave", () => { inside -= 1; if (inside <= 0) leave(); });
  addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    leave();
    if (event.dataTransfer.files[0]) readFile(event.dataTransfer.files[0]);
  });
}

/** Connects the buttons and the page with all ways to a picture. */
export function setUp() {
  by("choose").addEventListener("click", () => by(state.kind === "video" ? "clip-file" : "file").click());
  for (const file of [by("file"), by("clip-file")]) {
    file.addEventListener("change", () => {
      if (file.files[0]) readFile(file.files[0]);
      file.value = "";
    });
  }
  by("sample").addEventListener("click", () => read(takeSample, "the sample"));
  by("noise").addEventListener("click", startNoise);
  by("noise-width").addEventListener("change", sized);
  by("noise-height").addEventListener("change", sized);
  drops();
  addEventListener("paste", (event) => {
    const [pasted] = event.clipboardData?.files ?? [];
    if (pasted) { event.preventDefault(); readFile(pasted); }
  });
  watch(["noise"], () => {
    if (!state.noise) return;
    by("noise-width").value = state.noise.width;
    by("noise-height").value = state.noise.height;
  });
}

export const title = () =>
  state.noise ? `noise, ${recipe().name}` : state.picture?.name ?? "";
