// The recipes, each with its picture.

import { chooseRecipe, recipe, state, watch } from "./choices.js";
import { by, make } from "./elements.js";

function card(one) {
  return make("label", { class: "card", title: one.description ?? null },
    make("input", { type: "radio", name: "recipe", value: one.name, onchange: () => chooseRecipe(one.name) }),
    make("img", { src: one.picture, alt: "", loading: "lazy", width: 96, height: 72 }),
    make("span", {}, one.name));
}

function render() {
  for (const radio of by("recipes").querySelectorAll("input")) radio.checked = radio.value === state.recipe;
  by("recipe-words").textContent = recipe()?.description ?? "";
}

export function setUp() {
  by("recipes").replaceChildren(...state.start.recipes.map(card));
  watch(["recipe"], render);
}
