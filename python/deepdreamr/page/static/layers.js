// The layers of the loss: chosen from pictures of what each dreams, with weights on sliders.

import { change, setWeight, state, watch, weights } from "./choices.js";
import { by, make, show } from "./elements.js";

const LEAST = -2;
const MOST = 6;

function card(layer) {
  const toggle = (event) => setWeight(layer.name, event.target.checked ? 1 : undefined);
  return make("label", { class: "card" },
    make("input", { type: "checkbox", value: layer.name, onchange: toggle }),
    make("img", { src: layer.picture, alt: "", loading: "lazy", width: 96, height: 72 }),
    make("span", {}, layer.name));
}

/** The row of a layer that is chosen. It stays where it is while its slider is pulled. */
function row(name) {
  const base = name.split(/[ :]/)[0];
  const known = state.start.layers.find((layer) => layer.name === base);
  const slider = make("input", {
    type: "range", min: LEAST, max: MOST, step: 0.1, "aria-label": `Weight of ${name}`,
    oninput: () => { number.value = slider.value; },
    onchange: () => setWeight(name, slider.valueAsNumber),
  });
  const number = make("input", {
    type: "number", step: "any", "aria-label": `Weight of ${name}, as a number`, required: true,
    onchange: () => (number.checkValidity() ? setWeight(name, number.valueAsNumber) : number.reportValidity()),
  });
  const without = make("button", {
    type: "button", class: "plain", "aria-label": `Without ${name}`, onclick: () => setWeight(name, undefined),
  }, "×");
  return make("li", { "data-layer": name },
    known ? make("img", { src: known.picture, alt: "", width: 40, height: 30 }) : make("span", { class: "blank" }),
    make("span", { class: "name", title: name }, name), slider, number, without);
}

function render() {
  const list = by("weights");
  const wanted = weights();
  const rows = new Map([...list.children].map((item) => [item.dataset.layer, item]));
  const names = Object.keys(wanted);
  if (names.join("\n") !== [...rows.keys()].join("\n")) {
    list.replaceChildren(...names.map((name) => rows.get(name) ?? row(name)));
  }
  for (const item of list.children) {
    const [slider, number] = item.querySelectorAll("input");
    if (document.activeElement !== number) number.value = wanted[item.dataset.layer];
    slider.value = wanted[item.dataset.layer];
  }
  for (const box of by("layers").querySelectorAll("input")) box.checked = box.value in wanted;
  show(by("layers-reset"), state.layers !== null);
}

function add() {
  const field = by("layer-name");
  const name = field.value.trim();
  if (!name) return;
  setWeight(name, 1);
  field.value = "";
}

export function setUp() {
  by("layers").replaceChildren(...state.start.layers.filter((layer) => layer.picture).map(card));
  by("layers-reset").addEventListener("click", () => change({ layers: null }));
  by("layer-add").addEventListener("click", add);
  by("layer-name").addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); add(); }
  });
  watch(["layers", "recipe"], render);
}
