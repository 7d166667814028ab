// The rest of the settings, folded in groups, with the words of the command's help.

import { change, groups, recipe, setOption, state, watch } from "./choices.js";
import { by, make, show } from "./elements.js";

const fields = new Map(); // name → how it is shown
let parts = []; // the groups, and how each is shown

const words = (name) => name.replaceAll("_", " ");

/** What holds where nothing is set: the recipe's, or the call's own. */
function standard(setting) {
  const own = setting.moving ? {} : recipe().settings;
  return setting.name in own ? own[setting.name] : setting.default;
}

function written(value) {
  if (value === null || value === undefined) return "none";
  if (Array.isArray(value)) return value.join(", ");
  return String(value);
}

function choice(setting, attributes) {
  const select = make("select", {
    ...attributes,
    onchange: () => setOption(setting.name, select.value === "" ? undefined : select.value),
  }, make("option", { value: "" }), ...setting.choices.map((one) => make("option", { value: one }, one)));
  const render = () => {
    select.options[0].textContent = `${written(standard(setting))}, as it is`;
    select.value = state.options[setting.name] ?? "";
  };
  return [select, render];
}

function flag(setting, attributes) {
  const box = make("input", {
    ...attributes, type: "checkbox",
    onchange: () => setOption(setting.name, box.checked === Boolean(standard(setting)) ? undefined : box.checked),
  });
  return [box, () => { box.checked = Boolean(state.options[setting.name] ?? standard(setting)); }];
}

function typed(setting, attributes) {
  const numeric = ["number", "integer"].includes(setting.kind);
  const whole = setting.kind === "integer";
  const read = () => {
    const text = field.value.trim();
    field.setCustomValidity("");
    if (text === "") return setOption(setting.name, undefined);
    if (numeric && setting.optional && text === "none") return setOption(setting.name, null);
    if (!numeric) return setOption(setting.name, text);
    const number = Number(text);
    const fault = problem(number, setting, whole);
    if (fault) { field.setCustomValidity(fault); field.reportValidity(); return undefined; }
    return setOption(setting.name, number);
  };
  const field = make("input", {
    ...attributes, type: "text", inputmode: numeric ? (whole ? "numeric" : "decimal") : "text",
    autocomplete: "off", spellcheck: "false", onchange: read, oninput: () => field.setCustomValidity(""),
  });
  const render = () => {
    field.placeholder = written(standard(setting));
    if (document.activeElement === field) return;
    field.value = setting.name in state.options ? written(state.options[setting.name]) : "";
  };
  return [field, render];
}

function problem(number, setting, whole) {
  if (!Number.isFinite(number)) return `A number, please${setting.optional ? ", or none" : ""}.`;
  if (whole && !Number.isInteger(number)) return "A whole number, please.";
  if (typeof setting.above === "number" && number <= setting.above) return `More than ${setting.above}.`;
  if (typeof setting.min === "number" && number < setting.min) return `At least ${setting.min}.`;
  if (typeof setting.max === "number" && number > setting.max) return `At most ${setting.max}.`;
  return "";
}

function field(setting) {
  const id = `setting-${setting.name}`;
  const attributes = { id, "aria-describedby": `${id}-help` };
  const kinds = { choice, flag };
  const [control, render] = (kinds[setting.kind] ?? typed)(setting, attributes);
  const help = make("p", { class: "help", id: `${id}-help` }, setting.help);
  const label = make("label", { for: id }, words(setting.name));
  const item = make("div", { class: `setting ${setting.kind}` }, label, control, help);
  fields.set(setting.name, () => {
    render();
    item.classList.toggle("changed", setting.name in state.options);
  });
  return item;
}

function group(one) {
  const changed = make("span", { class: "count" });
  const open = one.settings.some((setting) => setting.moving);
  const part = make("details", { open }, make("summary", {}, one.title, changed), ...one.settings.map(field));
  const count = () => one.settings.filter((setting) => setting.name in state.options).length;
  return [part, () => { changed.textContent = count() ? ` ${count()} changed` : ""; }];
}

function build() {
  fields.clear();
  parts = groups().map(group);
  by("settings").replaceChildren(...parts.map(([part]) => part));
}

export function setUp() {
  by("settings-reset").addEventListener("click", () => change({ options: {} }));
  watch(["kind"], build);
  watch(["kind", "options", "recipe"], () => {
    for (const render of fields.values()) render();
    for (const [, render] of parts) render();
    show(by("settings-reset"), Object.keys(state.options).length > 0);
  });
}
