// A mask painted on the picture: white where the dream grows. By pointer, or by the arrow keys and Space.

import { change, state, watch } from "./choices.js";
import { attempt, by, make, say, show } from "./elements.js";
import { putMask, readMask } from "./server.js";

const LARGEST = 1600; // pixels of the longer side
let canvas = null; // black, and white where it is painted
let owner = null; // the id of the picture that it belongs to
let brush = 12; // its radius, as a share of the shorter side in percent
let erasing = false;
let place = null; // of the brush that keys move
let last = null;
let before = null; // the mask as it was when the painting began

const pen = () => canvas.getContext("2d", { willReadFrequently: true });

function blank() {
  const { width, height, id } = state.picture;
  const scale = Math.min(1, LARGEST / Math.max(width, height));
  canvas = make("canvas", {
    class: "mask", width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)),
  });
  owner = id;
  fill("black");
  canvas.addEventListener("pointerdown", pressed);
  canvas.addEventListener("pointermove", moved);
  canvas.addEventListener("pointerup", () => { last = null; });
  canvas.addEventListener("pointercancel", () => { last = null; });
  canvas.addEventListener("keydown", keyed);
}

function fill(color) {
  const context = pen();
  context.globalCompositeOperation = "source-over";
  context.fillStyle = color;
  context.fillRect(0, 0, canvas.width, canvas.height);
}

function invert() {
  const context = pen();
  context.globalCompositeOperation = "difference";
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.globalCompositeOperation = "source-over";
}

const radius = () => Math.max(1, (brush / 100) * Math.min(canvas.width, canvas.height));

/** A dab with a soft edge. */
function dab(x, y) {
  const context = pen();
  const shade = erasing ? "0, 0, 0" : "255, 255, 255";
  const soft = context.createRadialGradient(x, y, radius() * 0.6, x, y, radius());
  soft.addColorStop(0, `rgba(${shade}, 1)`);
  soft.addColorStop(1, `rgba(${shade}, 0)`);
  context.fillStyle = soft;
  context.fillRect(x - radius(), y - radius(), 2 * radius(), 2 * radius());
}

function stroke(to) {
  const from = last ?? to;
  const steps = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / (radius() / 3)));
  for (let i = 1; i <= steps; i += 1) {
    dab(from.x + ((to.x - from.x) * i) / steps, from.y + ((to.y - from.y) * i) / steps);
  }
  last = to;
}

function at(event) {
  const box = canvas.getBoundingClientRect();
  return {
    x: ((event.clientX - box.left) / box.width) * canvas.width,
    y: ((event.clientY - box.top) / box.height) * canvas.height,
  };
}

function pressed(event) {
  if (!state.painting || event.button !== 0) return;
  event.preventDefault();
  canvas.setPointerCapture(event.pointerId);
  last = null;
  stroke(at(event));
}

function moved(event) {
  if (!state.painting) return;
  mark(at(event));
  if (last && event.buttons) stroke(at(event));
}

/** The ring that shows where the brush is, and how large. */
function mark(point) {
  place = point;
  const frame = by("frame");
  let ring = frame.querySelector(".ring");
  if (!ring) { ring = make("div", { class: "ring" }); frame.append(ring); }
  const share = (value, all) => `${(100 * value) / all}%`;
  ring.style.left = share(point.x, canvas.width);
  ring.style.top = share(point.y, canvas.height);
  ring.style.width = share(2 * radius(), canvas.width);
}

function keyed(event) {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!way && event.key !== " ") return;
  event.preventDefault();
  const from = place ?? { x: canvas.width / 2, y: canvas.height / 2 };
  const inside = (value, most) => Math.min(Math.max(value, 0), most);
  const step = radius() / 2;
  const to = way
    ? { x: inside(from.x + way[0] * step, canvas.width), y: inside(from.y + way[1] * step, canvas.height) }
    : from;
  mark(to);
  if (!way || event.shiftKey) { last = way ? from : null; stroke(to); last = null; }
}

function isEmpty() {
  const { data } = pen().getImageData(0, 0, canvas.width, canvas.height);
  for (let i = 0; i < data.length; i += 4) if (data[i] > 0) return false;
  return true;
}

/** Ends the painting; the mask is the server's from then on. */
export async function finish() {
  if (isEmpty()) { change({ mask: null, painting: false }); say("No mask."); return; }
  const blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
  const mask = await attempt(() => putMask(blob));
  if (mask) { change({ mask: { id: mask.id }, painting: false }); say("The mask is kept."); }
}

function keepBefore() {
  before = pen().getImageData(0, 0, canvas.width, canvas.height);
}

function cancel() {
  pen().putImageData(before, 0, 0);
  change({ painting: false });
}

/** Fetches a mask that was painted before the page was loaded again: its pixels are the server's. */
async function fetchMask({ id }) {
  const mine = canvas;
  try {
    const picture = await readMask(id);
    if (mine !== canvas || state.mask?.id !== id) return;
    pen().drawImage(picture, 0, 0, canvas.width, canvas.height);
    keepBefore();
  } catch {
    if (state.mask?.id === id) change({ mask: null });
  }
}

/** Lays the mask over the picture in a frame. */
export function drawMask(frame) {
  if (owner !== state.picture.id || !canvas) {
    if (!state.mask && !state.painting) return;
    blank();
    if (state.mask) fetchMask(state.mask);
  }
  canvas.classList.toggle("painting", state.painting);
  canvas.tabIndex = state.painting ? 0 : -1;
  canvas.setAttribute("role", state.painting ? "application" : "img");
  canvas.setAttribute("aria-label", state.painting
    ? "Mask: the arrow keys move the brush, Space paints, Shift with the arrows draws"
    : "Mask: the dream grows where the picture is bright");
  if (canvas.parentElement !== frame) frame.append(canvas);
}

function bar() {
  show(by("mask-tools"), state.painting);
  if (!state.painting) return;
  keepBefore();
  const button = (name, run, more = {}) => make("button", { type: "button", onclick: run, ...more }, name);
  const modes = make("button", {
    type: "button", "aria-pressed": String(erasing),
    onclick: (event) => { erasing = !erasing; event.target.setAttribute("aria-pressed", String(erasing)); },
  }, "Erase");
  by("mask-tools").replaceChildren(
    make("span", { class: "quiet wide" }, "Paint where the dream may grow."),
    make("label", {}, "Brush ", make("input", {
      type: "range", min: 2, max: 40, value: brush,
      oninput: (event) => { brush = event.target.valueAsNumber; if (place) mark(place); },
    })),
    modes,
    button("Invert", invert),
    button("Clear", () => fill("black")),
    button("Cancel", cancel),
    button("Use the mask", finish, { class: "strong" }),
  );
  canvas.focus({ preventScroll: true });
}

export function setUp() {
  watch(["painting"], bar);
}
