// What stands on the stage: nothing, the picture, noise, a dream that grows, or a dream beside its original.

import { change, isBusy, isReady, shownDream, shownFilm, state, watch } from "./choices.js";
import { by, fill, make, show } from "./elements.js";
import { drawMask } from "./mask.js";

const frame = () => by("frame");
let showing = ""; // the address of the picture on the stage

function shape(width, height) {
  frame().style.setProperty("--ratio", width / height);
}

/** Puts a picture on the stage as soon as it is there, without a gap. */
async function put(url, alt) {
  if (url === showing) return;
  showing = url;
  const next = make("img", { src: url, alt, class: "shown", draggable: "false" });
  try {
    await next.decode();
  } catch {
    if (showing === url) showing = "";
    return;
  }
  if (showing !== url) return;
  frame().querySelector(".shown")?.remove();
  frame().prepend(next);
}

function clear(kept = ".shown") {
  for (const part of [...frame().children]) if (!part.matches(kept)) part.remove();
}

function caption(...words) {
  by("caption").replaceChildren(...words);
}

function showPicture() {
  const { name, width, height, url } = state.picture;
  shape(width, height);
  clear(state.painting ? ".shown, .mask, .ring" : ".shown");
  put(url, `The picture ${name}`);
  if (state.kind === "picture" && (state.mask || state.painting)) drawMask(frame());
  caption(`${name}, ${width} × ${height} pixels`);
}

function showNoise() {
  const { width, height } = state.noise;
  shape(width, height);
  clear(".none");
  showing = "";
  const canvas = make("canvas", {
    class: "shown", width: Math.min(width, 512), height: Math.round(Math.min(width, 512) * height / width),
    role: "img", "aria-label": "Noise",
  });
  const brush = canvas.getContext("2d");
  const grain = brush.createImageData(canvas.width, canvas.height);
  for (let i = 0; i < grain.data.length; i += 1) grain.data[i] = i % 4 === 3 ? 255 : 112 + Math.random() * 32;
  brush.putImageData(grain, 0, 0);
  frame().prepend(canvas);
  caption("The dream begins with noise, drawn anew from its seed.");
}

function showGrowing() {
  const { picture, noise } = state;
  const { preview } = state.job;
  if (preview) {
    const size = state.preview ?? picture ?? noise;
    if (size) shape(size.width, size.height);
    clear();
    put(preview, "The dream as it is now");
    caption("");
  } else if (state.picture && !state.noise) showPicture();
  else if (state.noise) showNoise();
}

function wipe(dream) {
  const [line, knob] = [make("div", { class: "line" }), make("div", { class: "knob" })];
  const original = make("img", { src: dream.original, class: "original", alt: "", draggable: "false" });
  const cut = (event) => frame().style.setProperty("--cut", `${event.target.value}%`);
  const range = make("input", {
    type: "range", min: 0, max: 100, value: 0, class: "wipe", "aria-label": "Compare with the original",
    oninput: cut, title: "Pull to compare with the original",
  });
  frame().style.setProperty("--cut", "0%");
  frame().append(original, line, knob, range);
}

function showDream(dream) {
  shape(dream.width, dream.height);
  const same = frame().dataset.dream === dream.id && frame().querySelector(".wipe");
  if (!same) {
    clear();
    if (dream.original) wipe(dream);
  }
  frame().dataset.dream = dream.id;
  put(dream.url, `Dream: ${dream.words}`);
  caption(dream.words, dream.stopped ? " (stopped)" : "");
}

function showFilm(film) {
  clear(".none");
  showing = "";
  shape(4, 3);
  const clip = make("video", { class: "shown", src: film.url, controls: true, loop: true, "aria-label": film.name });
  clip.addEventListener("loadedmetadata", () => shape(clip.videoWidth, clip.videoHeight));
  frame().prepend(clip);
  caption(`${film.name}: ${film.words}`);
}

/** What a clip is asked for with, and that it is there. */
function invite() {
  const video = state.kind === "video";
  const lead = video ? state.clip?.name ?? "Drop a clip here" : "Drop a picture here, or paste one";
  by("empty").querySelector(".lead").textContent = lead;
  by("choose").textContent = !video ? "Choose a picture" : state.clip ? "Choose another clip" : "Choose a clip";
  show(by("sample"), !video);
  show(by("noise"), !video);
}

function render() {
  invite();
  const film = shownFilm();
  if (film) {
    show(by("empty"), false);
    show(by("view"), true);
    show(by("noise-size"), false);
    if (frame().dataset.film !== film.id) showFilm(film);
    frame().dataset.film = film.id;
    return;
  }
  if (frame().dataset.film) { clear(".none"); showing = ""; delete frame().dataset.film; }
  const dream = shownDream();
  const busy = isBusy() && !dream;
  const still = state.kind !== "video";
  const any = dream || (still && (isReady() || busy));
  show(by("empty"), !any);
  show(by("view"), any);
  show(by("noise-size"), still && Boolean(state.noise) && !dream && !busy);
  if (!dream) delete frame().dataset.dream;
  if (dream) showDream(dream);
  else if (!still) showing = "";
  else if (busy) showGrowing();
  else if (state.noise) showNoise();
  else if (state.picture) showPicture();
}

function tools() {
  const [dream, busy, ready] = [Boolean(shownDream() || shownFilm()), isBusy(), isReady()];
  const paintable = Boolean(state.kind === "picture" && state.picture && !state.noise);
  const idle = !dream && !busy && !state.painting && ready && state.kind !== "video";
  const button = (name, run) => make("button", { type: "button", onclick: run }, name);
  const none = { picture: null, noise: null, mask: null, shown: null, film: null, painting: false };
  fill(by("picture-tools"), [dream, busy, ready, idle, paintable, Boolean(state.mask)], () => {
    if (dream && (ready || busy)) {
      return [button(busy ? "Back to the dream at work" : "Back to the picture", () => change({ shown: null, film: null }))];
    }
    const paint = button(state.mask ? "Change the mask" : "Paint a mask", () => change({ painting: true }));
    const rest = [button("Another picture", () => by("file").click()), button("Begin anew", () => change(none))];
    return idle ? [...(paintable ? [paint] : []), ...rest] : [];
  });
  show(by("picture-tools"), by("picture-tools").children.length > 0);
}

/** Keeps the stage as the choices say. */
export function setUp() {
  const parts = ["kind", "clip", "film", "picture", "noise", "mask", "painting", "shown", "job", "history"];
  watch([...parts, "preview"], render);
  watch(parts, tools);
}
