// What is said to the server, and what it says. All addresses are relative: the page may live below a path.

/** An answer of the server that says no, in its words. */
export class Refusal extends Error {
  constructor(message, hint, status) {
    super(message);
    this.hint = hint;
    this.status = status;
  }
}

function tabName() {
  let name = sessionStorage.getItem("tab");
  if (!name) {
    const numbers = crypto.getRandomValues(new Uint8Array(12));
    name = Array.from(numbers, (n) => n.toString(16).padStart(2, "0")).join("");
    sessionStorage.setItem("tab", name);
  }
  return name;
}

export const tab = tabName();

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** Asks, and gives the answer as plain data. */
export async function ask(method, path, body = undefined, headers = {}) {
  const options = { method, headers: { "X-Tab": tab, ...headers }, cache: "no-store" };
  if (body instanceof Blob) {
    options.body = body;
  } else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Refusal("The server does not answer.", "Does the program still run?", 0);
  }
  const text = await answer.text();
  const data = parsed(text);
  if (answer.ok) return data;
  const words = data.error || text.slice(0, 300) || `The server answers ${answer.status}.`;
  throw new Refusal(words, data.hint || "", answer.status);
}

export const begin = () => ask("GET", "api/start");
export const putPicture = (file) =>
  ask("PUT", "api/pictures", file, { "X-Name": encodeURIComponent(file.name || "pasted.png") });
export const putClip = (file) =>
  ask("PUT", "api/clips", file, { "X-Name": encodeURIComponent(file.name || "clip.mp4") });
export const takeSample = () => ask("POST", "api/pictures/sample");
export const putMask = (blob) => ask("PUT", "api/masks", blob);
export const plan = (call) => ask("POST", "api/plan", call);
export const startJob = (call) => ask("POST", "api/jobs", call);
export const stopJob = (id) => ask("POST", `api/jobs/${id}/stop`);
export const goOn = (id) => ask("POST", `api/jobs/${id}/go-on`);
export const codeOf = (id) => ask("GET", `api/dreams/${id}/code`);
export const codeOfFilm = (id) => ask("GET", `api/films/${id}/code`);
export const again = (id) => ask("POST", `api/dreams/${id}/again`);

/** Whether something of ours is there still. */
export const isThere = async (path) => (await fetch(path, { method: "HEAD", cache: "no-store" })).ok;

/** The picture of a mask that was sent. */
export async function readMask(id) {
  const answer = await fetch(`api/masks/${id}.png`, { cache: "no-store" });
  if (!answer.ok) throw new Refusal("The mask is gone.", "", answer.status);
  return createImageBitmap(await answer.blob());
}

/** Listens to the server's events, and again after a lost line or a sleep. */
export function listen(on) {
  let source = null;
  let wait = 1000;

  function open() {
    source?.close();
    source = new EventSource(`api/events?tab=${tab}`);
    for (const name of ["state", "step", "preview"]) {
      source.addEventListener(name, (event) => {
        wait = 1000;
        on[name](JSON.parse(event.data));
      });
    }
    source.addEventListener("open", () => on.line(true));
    source.addEventListener("error", () => {
      on.line(false);
      if (source.readyState === EventSource.CLOSED) { // a refusal: the browser does not try again
        setTimeout(() => document.hidden || open(), wait);
        wait = Math.min(wait * 2, 15000);
      }
    });
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) source.close(); // a browser has few lines to a server, for all of its tabs
    else open();
  });
  addEventListener("online", () => document.hidden || open());
  addEventListener("pageshow", (event) => event.persisted && open());
  open();
}
