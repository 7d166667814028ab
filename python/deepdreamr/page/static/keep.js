// What is done with a dream: kept as a file or as code, gone on with, dreamed on from, its settings taken.

import { isBusy, shownDream, shownFilm, takeSettings, watch } from "./choices.js";
import { attempt, by, fill, make, say, show } from "./elements.js";
import { again, codeOf } from "./server.js";
import { begin } from "./source.js";
import { goOn } from "./work.js";

const LANGUAGES = [["python", "Python"], ["r", "R"], ["shell", "Shell"]];

async function copy(text, block) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // a page of another machine without TLS has no clipboard
    getSelection().selectAllChildren(block);
    document.execCommand("copy");
  }
}

function part(name, code) {
  const block = make("pre", { tabindex: 0, "aria-label": `${name} code` }, make("code", {}, code));
  const button = make("button", {
    type: "button",
    onclick: async () => {
      await copy(code, block);
      button.textContent = "Copied";
      say(`The ${name} code is copied.`);
      setTimeout(() => { button.textContent = `Copy for ${name}`; }, 2000);
    },
  }, `Copy for ${name}`);
  return make("section", { class: "code" }, make("h3", {}, name), block, button);
}

async function showCode(dream) {
  const code = await attempt(() => codeOf(dream.id));
  if (!code) return;
  by("code-parts").replaceChildren(...LANGUAGES.filter(([key]) => code[key]).map(([key, name]) => part(name, code[key])));
  if (dream.call?.mask) {
    const mask = { class: "button", href: `api/masks/${dream.call.mask}.png`, download: "mask.png" };
    by("code-parts").append(make("p", { class: "row code" }, make("a", mask, "Keep the mask as mask.png")));
  }
  by("code").showModal();
}

async function dreamAgain(dream) {
  const picture = await attempt(() => again(dream.id));
  if (picture) begin({ ...picture, call: null }); // the settings that are chosen stay
}

const file = (dream, kind) => {
  const address = `api/dreams/${dream.id}.${kind === "PNG" ? "png" : "jpg"}?download`;
  return make("a", { class: kind === "PNG" ? "button strong" : "button", href: address, download: true }, `Keep as ${kind}`);
};

function render() {
  const dream = shownDream();
  const bar = by("dream-tools");
  const film = shownFilm();
  show(bar, Boolean(dream || film));
  if (film) {
    const href = `${film.url}?download`;
    fill(bar, [film.id], () => [make("a", { class: "button strong", href, download: true }, "Keep the clip")]);
    return;
  }
  if (dream) fill(bar, [dream.id, dream.stopped && !isBusy()], () => buttons(dream));
}

function buttons(dream) {
  const button = (name, run) => make("button", { type: "button", onclick: () => run(dream) }, name);
  return [
    file(dream, "PNG"),
    file(dream, "JPEG"),
    button("Show the code", showCode),
    dream.stopped && !isBusy() ? button("Go on", () => goOn(dream.job)) : "",
    button("Dream again from this one", dreamAgain),
    dream.call ? button("Take its settings", () => { takeSettings(dream.call); say("Its settings are taken."); }) : "",
  ];
}

export function setUp() {
  by("code-close").addEventListener("click", () => by("code").close());
  watch(["shown", "film", "history", "job"], render);
}
