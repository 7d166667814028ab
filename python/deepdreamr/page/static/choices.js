// What is chosen, and what the server told: one state, kept over a reload, and who wants to know of changes.

const KEPT = ["picture", "noise", "recipe", "layers", "mask", "options", "awaited", "kind", "clip"];

export const state = {
  start: null, // what there is: recipes, layers, groups of settings
  picture: null, // as the server tells it
  noise: null, // {height, width}, in place of a picture
  recipe: null,
  layers: null, // {name: weight}, or the recipe's
  mask: null, // {id}
  options: {}, // settings that are not the recipe's
  job: null,
  history: [],
  kind: "picture", // what is made: a picture, a video or a zoom
  clip: null, // {id, name}, what a video is made of
  films: [],
  film: null, // the id of the clip on the stage
  shown: null, // the id of the dream on the stage
  painting: false,
  awaited: null, // the id of the job whose dream is to be shown when it is there
};

const watchers = [];

/** Calls a function now and whenever one of the named parts changes. */
export function watch(names, run) {
  watchers.push([names, run]);
}

export function change(parts) {
  Object.assign(state, parts);
  const names = Object.keys(parts);
  const kept = Object.fromEntries(KEPT.map((name) => [name, state[name]]));
  sessionStorage.setItem("choices", JSON.stringify(kept));
  for (const [wanted, run] of watchers) {
    if (wanted.some((name) => names.includes(name))) run();
  }
}

/** What was chosen before the page was loaded again. */
export function restore() {
  try {
    const kept = JSON.parse(sessionStorage.getItem("choices")) || {};
    return Object.fromEntries(KEPT.filter((name) => name in kept).map((name) => [name, kept[name]]));
  } catch {
    return {};
  }
}

export const recipe = () => state.start.recipes.find((one) => one.name === state.recipe);

/** The layers and weights that hold: those chosen, or the recipe's. */
export const weights = () => state.layers ?? recipe().layers;

export const isReady = () => Boolean(state.kind === "video" ? state.clip : state.picture || state.noise);

export const isBusy = () => ["waiting", "working"].includes(state.job?.state);

export const shownFilm = () => state.films.find((film) => film.id === state.film) ?? null;

/** The settings of what is made, in groups: those of a clip first, each once. */
export function groups() {
  const moving = (state.start[state.kind]?.groups ?? []).map((group) => ({
    ...group, settings: group.settings.map((setting) => ({ ...setting, moving: true })),
  }));
  const taken = new Set(moving.flatMap((group) => group.settings.map((setting) => setting.name)));
  const still = state.start.groups.map((group) => ({
    ...group, settings: group.settings.filter((setting) => !taken.has(setting.name)),
  }));
  return [...moving, ...still];
}

export const shownDream = () => state.history.find((dream) => dream.id === state.shown) ?? null;

/** The call of the choices, as the server takes it. */
export function call() {
  const { kind, picture, clip, layers, mask } = state;
  const noise = kind === "video" ? null : state.noise;
  const names = new Set(groups().flatMap((group) => group.settings.map((setting) => setting.name)));
  const options = Object.fromEntries(Object.entries(state.options).filter(([name]) => names.has(name)));
  return {
    picture: noise || kind === "video" ? null : picture?.id ?? null,
    size: noise ? [noise.height, noise.width] : null,
    recipe: state.recipe,
    layers,
    mask: noise || kind !== "picture" ? null : mask?.id ?? null,
    options,
    ...(kind === "picture" ? {} : { film: kind }),
    ...(kind === "video" ? { clip: clip?.id ?? null } : {}),
  };
}

/** A recipe is chosen with its own layers and settings; what is not a recipe's stays. */
export function chooseRecipe(name) {
  const settings = state.start.recipes.find((one) => one.name === name)?.settings ?? {};
  const rest = Object.entries(state.options).filter(([option]) => !(option in settings));
  change({ recipe: name, layers: null, options: Object.fromEntries(rest) });
}

/** Takes over recipe, layers and settings of a call, without its picture and mask. */
export function takeSettings(made) {
  const known = state.start.recipes.some((one) => one.name === made.recipe);
  change({
    recipe: known ? made.recipe : state.recipe,
    layers: made.layers ?? null,
    options: { ...(made.options ?? {}) },
  });
}

/** A setting is changed, or set back with `undefined`. */
export function setOption(name, value) {
  const options = { ...state.options };
  if (value === undefined) delete options[name];
  else options[name] = value;
  change({ options });
}

export function setWeight(name, weight) {
  const layers = { ...weights() };
  if (weight === undefined) delete layers[name];
  else layers[name] = weight;
  change({ layers });
}
