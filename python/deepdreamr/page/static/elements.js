// Small things of the document: elements by id, new elements, the line that tells of errors.

export const by = (id) => document.getElementById(id);

/** A new element: attributes, `on...` listeners, and children (nodes or texts). */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Shows one of some elements, or none. */
export function show(element, shown) {
  element.hidden = !shown;
}

/** Fills a bar anew only where what it depends on has changed, so that a button keeps its focus. */
export function fill(bar, key, build) {
  const text = JSON.stringify(key);
  if (bar.dataset.key === text) return;
  bar.dataset.key = text;
  bar.replaceChildren(...build());
}

/** A line at the top of the page: of an error, or of something to undo. */
export function tell(text, { hint = "", action = null, calm = false } = {}) {
  const line = by("message");
  line.classList.toggle("calm", calm);
  const close = () => show(line, false);
  const act = action && (() => { close(); action.run(); });
  line.replaceChildren(
    make("span", { class: "grow" }, text, hint ? make("span", { class: "hint" }, ` ${hint}`) : null),
    act ? make("button", { type: "button", class: "plain", onclick: act }, action.name) : "",
    make("button", { type: "button", class: "plain", onclick: close }, "Close"),
  );
  show(line, true);
}

export function quiet() {
  show(by("message"), false);
}

/** Runs what a person asked for; what goes wrong is a line on the page. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    tell(error.message, { hint: error.hint });
    return null;
  }
}

/** What a screen reader says: what begins, ends or fails, not each step. */
export function say(text) {
  by("status").textContent = text;
}

export function bytes(count) {
  if (count === null || count === undefined) return "";
  const units = ["bytes", "kB", "MB", "GB"];
  let place = 0;
  while (count >= 1000 && place < 3) { count /= 1000; place += 1; }
  return `${count < 10 && place ? count.toFixed(1) : Math.round(count)} ${units[place]}`;
}

export function seconds(count) {
  if (count < 1) return "less than a second";
  if (count < 90) return `${Math.round(count)} s`;
  if (count < 5400) return `${Math.round(count / 60)} min`;
  return `${(count / 3600).toFixed(1)} h`;
}
