// The page: asks what there is, takes up what was chosen before, and connects its parts.

import { change, restore, state } from "./choices.js";
import { by, tell } from "./elements.js";
import * as films from "./films.js";
import * as history from "./history.js";
import * as keep from "./keep.js";
import * as layers from "./layers.js";
import * as mask from "./mask.js";
import * as plan from "./plan.js";
import * as recipes from "./recipes.js";
import { begin, isThere } from "./server.js";
import * as settings from "./settings.js";
import * as source from "./source.js";
import * as stage from "./stage.js";
import * as work from "./work.js";

const PARTS = [films, recipes, layers, settings, source, stage, mask, history, keep, plan, work];

/** What was chosen before, without what the server has forgotten since. */
async function remembered() {
  const kept = restore();
  if (kept.picture && !(await isThere(kept.picture.url))) Object.assign(kept, { picture: null, mask: null });
  return kept;
}

async function run() {
  try {
    state.start = await begin();
  } catch (error) {
    tell(error.message, { hint: error.hint });
    return;
  }
  const { recipes: known, recipe: usual, network, version } = state.start;
  by("network").textContent = [network, version].filter(Boolean).join(" · ");
  for (const part of PARTS) part.setUp();
  const kept = await remembered();
  const name = known.some((one) => one.name === kept.recipe) ? kept.recipe : usual ?? known[0].name;
  change({ ...state, ...kept, recipe: name, kind: state.start[kept.kind] ? kept.kind : "picture", painting: false });
  document.body.classList.add("ready");
}

run();
