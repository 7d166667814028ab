// The dream at work: begun, followed, stopped, gone on with.

import { call, change, isBusy, isReady, shownDream, state, watch } from "./choices.js";
import { attempt, by, quiet, say, seconds, show, tell } from "./elements.js";
import { finish } from "./mask.js";
import * as server from "./server.js";

let losses = [];
let step = null; // the last one that was told
let told = ""; // the job that failed and was told of

async function start(begin) {
  quiet();
  by("dream").disabled = true;
  const answer = await attempt(begin);
  by("dream").disabled = !isReady();
  if (!answer) return;
  losses = [];
  step = null;
  const job = { id: answer.job, state: "waiting", place: null, preview: null, losses: [] };
  if (state.job?.id === job.id) change({ awaited: job.id, shown: null, film: null });
  else change({ awaited: job.id, shown: null, film: null, preview: null, job });
  if (document.activeElement === document.body || document.activeElement === by("dream")) by("stop").focus();
  say("The dream begins.");
  if (matchMedia("(max-width: 56rem)").matches) by("stage").scrollIntoView();
}

/** Goes on with a job that was stopped, or failed with something kept. */
export const goOn = (job) => start(() => server.goOn(job));

async function stop() {
  const { job } = state;
  if (!job) return;
  by("stop").disabled = true;
  by("where").textContent = "Stopping …";
  await attempt(() => server.stopJob(job.id));
  by("stop").disabled = false;
}

function curve() {
  show(by("curve"), losses.length > 1);
  if (losses.length < 2) return;
  const least = Math.min(...losses);
  const most = Math.max(...losses);
  const points = losses.map((loss, i) => {
    const x = (300 * i) / (losses.length - 1);
    const y = most > least ? 45 - (42 * (loss - least)) / (most - least) : 24;
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  by("losses").setAttribute("points", points.join(" "));
  by("loss").textContent = Number(losses.at(-1).toPrecision(3));
}

function where() {
  const { job } = state;
  if (job.state === "waiting") {
    return job.place > 0 ? `Waiting: ${job.place} before it.` : "It begins …";
  }
  if (!step) return "It begins …";
  const left = typeof step.seconds_left === "number" ? `, about ${seconds(step.seconds_left)} left` : "";
  if (step.keys && !step.frame) return `Dream ${step.key} of ${step.keys}${left}`;
  if (step.frames) return `Frame ${step.frame} of ${step.frames}${left}`;
  const octave = `Octave ${step.octave} of ${step.octaves}, step ${step.iteration} of ${step.iterations}`;
  return `${octave}${left}`;
}

function render() {
  const busy = isBusy();
  show(by("work"), busy);
  show(by("stop"), busy);
  show(by("dream"), !busy);
  show(by("preview"), !busy && state.kind !== "picture" && isReady());
  document.body.classList.toggle("busy", busy);
  if (!busy) { document.title = "deepdreamr"; return; }
  const done = step?.done;
  const bar = by("progress");
  if (typeof done === "number") bar.value = done;
  else bar.removeAttribute("value");
  by("where").textContent = where();
  document.title = typeof done === "number" ? `${Math.round(100 * done)} % · deepdreamr` : "… · deepdreamr";
  curve();
}

/** What the server says of this tab's job and of the dreams there are. */
function heard({ job, history, films = [] }) {
  if (job?.id !== state.job?.id || !isBusy()) { losses = [...(job?.losses ?? [])]; step = null; }
  if (!step && (job?.progress?.octaves || "frames" in (job?.progress ?? {}))) step = job.progress;
  if (job && job.losses?.length > losses.length) losses = [...job.losses];
  const parts = { job, history, films };
  if (job && ["waiting", "working"].includes(job.state)) parts.awaited = job.id;
  const made = history.find((dream) => dream.job === state.awaited);
  if (made) {
    Object.assign(parts, { shown: made.id, awaited: null });
    say(made.stopped ? "Stopped. What is there is kept." : `The dream is done in ${seconds(made.seconds)}.`);
    if (job?.id === made.job && job.message) tell(job.message, { calm: true });
  }
  if (job?.state === "done" && job.call.film && state.awaited === job.id && films[0]) {
    Object.assign(parts, { film: films[0].id, shown: null, awaited: null });
    say("The clip is done.");
  }
  if (job?.state === "failed" && told !== job.id) {
    told = job.id;
    parts.awaited = null;
    const action = job.can_go_on ? { name: "Go on", run: () => goOn(job.id) } : null;
    tell(job.message || "The dream failed.", { action });
  }
  if (job?.state === "stopped" && state.awaited === job.id && !made) {
    parts.awaited = null;
    say(`Stopped: ${job.message || "what is done of it is kept"}`);
    const action = job.can_go_on ? { name: "Go on", run: () => goOn(job.id) } : null;
    tell(`Stopped: ${job.message || "what is done of it is kept"}`, { calm: true, action });
  }
  if (state.shown && !history.some((dream) => dream.id === state.shown) && !made) parts.shown = null;
  const focused = document.activeElement === by("stop");
  change(parts);
  if (focused && !isBusy()) by("dream").focus();
}

const on = {
  state: heard,
  step(news) {
    if (news.job !== state.job?.id) return;
    step = news;
    losses.push(...(news.losses ?? []));
    if (state.job.state !== "working") change({ job: { ...state.job, state: "working" } });
    else render();
  },
  preview(news) {
    if (news.job !== state.job?.id) return;
    change({
      preview: { width: news.width, height: news.height },
      job: { ...state.job, preview: news.url },
    });
  },
  line(open) {
    document.body.classList.toggle("alone", !open);
  },
};

export function setUp() {
  by("choices").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (state.painting) await finish();
    if (!by("dream").disabled && !isBusy()) start(() => server.startJob(call()));
  });
  by("preview").addEventListener("click", () => {
    const asked = call();
    start(() => server.startJob({ ...asked, options: { ...asked.options, preview: true } }));
  });
  by("stop").addEventListener("click", stop);
  watch(["job", "kind", "clip", "picture", "noise"], render);
  watch(["shown"], () => document.body.classList.toggle("done", Boolean(shownDream())));
  server.listen(on);
}
