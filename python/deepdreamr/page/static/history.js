// The strip of the last dreams.

import { change, state, watch } from "./choices.js";
import { by, make, show } from "./elements.js";

function item(dream) {
  const choose = () => {
    change({ shown: dream.id, film: null, painting: false });
    by("stage").scrollIntoView({ block: "nearest" });
  };
  const button = make("button", {
    type: "button", class: "thumb", onclick: choose, title: dream.words,
    "aria-label": `${dream.name}: ${dream.words}`,
  }, make("img", { src: dream.thumb, alt: "", loading: "lazy" }));
  return make("li", { "data-dream": dream.id }, button);
}

function render() {
  show(by("history"), state.history.length > 0);
  const list = by("strip");
  const old = new Map([...list.children].map((one) => [one.dataset.dream, one]));
  const names = state.history.map((dream) => dream.id);
  if (names.join() !== [...old.keys()].join()) {
    list.replaceChildren(...state.history.map((dream) => old.get(dream.id) ?? item(dream)));
  }
  for (const one of list.children) {
    one.firstChild.setAttribute("aria-pressed", String(one.dataset.dream === state.shown));
  }
}

export function setUp() {
  watch(["history", "shown"], render);
}
