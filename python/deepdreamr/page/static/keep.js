// What is done with a dream: kept as a file or as code, gone on with, dreamed on from, its settings taken.

import { isBusy, shownDream, shownFilm, takeSettings, watch } from "./choices.js";
import { attempt, by, fill, make, say, show } from "./elements.js";
import { again, codeOf, codeOfFilm } from "./server.js";
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

async function showCode(made, what, read) {
  const code = await attempt(() => read(made.id));
  if (!code) return;
  by("code-title").textContent = `The same ${what} as code`;
  by("code-parts").replaceChildren(...LANGUAGES.filter(([key]) => code[key]).map(([key, name]) => part(name, code[key])));
  if (code.mask) {
    const mask = { class: "button", href: `api/masks/${made.call.mask}.png`, download: code.mask };
    by("code-parts").append(make("p", { class: "row code" }, make("a", mask, `Keep the mask as ${code.mask}`)));
  }
  by("code").showModal();
  by("code").scrollTop = 0;
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
    fill(bar, [film.id], () => filmButtons(film));
    return;
  }
  if (dream) fill(bar, [dream.id, dream.can_go_on && !isBusy()], () => buttons(dream));
}

const pressed = (name, run) => make("button", { type: "button", onclick: run }, name);

function takeThem(made) {
  takeSettings(made.call);
  say("Its settings are taken.");
}

function filmButtons(film) {
  return [
    make("a", { class: "button strong", href: `${film.url}?download`, download: true }, "Keep the clip"),
    pressed("Show the code", () => showCode(film, "clip", codeOfFilm)),
    pressed("Take its settings", () => takeThem(film)),
  ];
}

function buttons(dream) {
  return [
    file(dream, "PNG"),
    file(dream, "JPEG"),
    pressed("Show the code", () => showCode(dream, "dream", codeOf)),
    dream.can_go_on && !isBusy() ? pressed("Go on", () => goOn(dream.job)) : "",
    pressed("Dream again from this one", () => dreamAgain(dream)),
    pressed("Take its settings", () => takeThem(dream)),
  ];
}

export function setUp() {
  by("code-close").addEventListener("click", () => by("code").close());
  watch(["shown", "film", "history", "job"], render);
}
