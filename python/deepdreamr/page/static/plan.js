// What the dream will take, told before it starts.

import { call, isBusy, isReady, setOption, state, watch } from "./choices.js";
import { by, bytes, make, seconds } from "./elements.js";
import * as server from "./server.js";

const PATIENCE = 300; // milliseconds after the last change
const LONG = 60; // seconds after which a smaller picture is offered
const SMALLER = 800; // pixels of its longer side
const LATER = 3000; // until the time is asked for again that could not be told
let timer = 0;
let asked = 0;
let asking = "";

function tellPlan(...lines) {
  by("plan").replaceChildren(...lines);
}

const line = (text, name = "") => make("p", { class: name }, text);

function summary(plan) {
  const parts = [];
  if (typeof plan.seconds === "number") parts.push(`about ${seconds(plan.seconds)}`);
  if (plan.memory) parts.push(`${bytes(plan.memory)} of memory`);
  return parts.length ? `Takes ${parts.join(" and ")}.` : "";
}

/** A smaller dream, where this one takes long for its size. */
function smaller(plan) {
  const size = state.kind === "video" || state.noise ? null : state.picture;
  const side = Math.min(Math.max(size?.width ?? 0, size?.height ?? 0), state.options.max_size ?? Infinity);
  if (!(plan.seconds > LONG && side > SMALLER)) return "";
  const shrink = () => { setOption("max_size", SMALLER); by("dream").focus(); };
  return make("button", { type: "button", class: "plain", onclick: shrink }, `Shrink it to ${SMALLER} pixels first`);
}

async function ask() {
  const number = (asked += 1);
  try {
    const plan = await server.plan(call());
    if (number !== asked) return;
    if (plan.can_run && !plan.measured) { // the network is not there yet, or works for others
      timer = setTimeout(() => !isBusy() && ask(), LATER);
    }
    const lines = plan.text ?? [];
    const open = Boolean(by("plan").querySelector("details")?.open);
    const more = make("details", { open }, make("summary", {}, "More about it"), ...lines.map((text) => line(text)));
    const short = state.kind === "picture" ? "" : " A preview is one second, and small.";
    if (plan.can_run) tellPlan(line(`${summary(plan)}${short}`), smaller(plan), more);
    else tellPlan(...lines.map((text) => line(text, "fault")));
    by("dream").disabled = !plan.can_run;
  } catch (error) {
    if (number !== asked) return;
    tellPlan(line(error.message, "fault"), error.hint ? line(error.hint) : "");
    by("dream").disabled = error.status === 400;
  }
}

function render() {
  clearTimeout(timer);
  if (!isReady()) {
    asked += 1;
    asking = "";
    tellPlan(line(state.kind === "video" ? "First a clip." : "First a picture, the sample or noise."));
    by("dream").disabled = true;
    return;
  }
  if (isBusy()) return;
  const wanted = JSON.stringify(call());
  if (wanted === asking) return;
  asking = wanted;
  asked += 1; // what is on its way is of other choices
  by("dream").disabled = false;
  tellPlan(line("Finding out what it takes …"));
  timer = setTimeout(ask, PATIENCE);
}

export function setUp() {
  watch(["kind", "clip", "picture", "noise", "recipe", "layers", "mask", "options", "job"], render);
  render();
}
