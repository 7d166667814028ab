// What is made: a picture, a video or a zoom; and the clips that were made.

import { change, shownFilm, state, watch } from "./choices.js";
import { by, make, show } from "./elements.js";

function render() {
  for (const tab of by("kinds").children) {
    tab.setAttribute("aria-pressed", String(tab.dataset.kind === state.kind));
  }
}

function item(film) {
  const choose = () => {
    change({ film: film.id, shown: null, painting: false });
    by("stage").scrollIntoView({ block: "nearest" });
  };
  return make("li", {}, make("button", { type: "button", onclick: choose }, film.name), ` ${film.words}`);
}

/** Says which clip is on the stage. */
function mark() {
  const shown = shownFilm();
  [...by("reel").children].forEach(({ firstChild }, i) => {
    firstChild.setAttribute("aria-pressed", String(state.films[i] === shown));
  });
}

function list() {
  show(by("films"), state.films.length > 0);
  by("reel").replaceChildren(...state.films.map(item));
  mark();
}

export function setUp() {
  const kinds = ["video", "zoom"].filter((kind) => state.start[kind]);
  show(by("kinds"), kinds.length > 0);
  for (const tab of by("kinds").children) {
    show(tab, tab.dataset.kind === "picture" || kinds.includes(tab.dataset.kind));
    tab.addEventListener("click", () => {
      change({ kind: tab.dataset.kind, shown: null, film: null, painting: false });
    });
  }
  watch(["kind"], render);
  watch(["films"], list);
  watch(["film", "kind"], mark);
}
