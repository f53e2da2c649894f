/* Open pages stay as things are, and what is half written keeps itself. Every page works without this. */

const BASE = "/console";
const csrf = document.body.dataset.csrf;

// --- live: something changed at school, so this page is asked for again and its living parts are put in
let asking = false;
let again = false;

/** A part in which somebody types, opens or plays something is left alone. */
function busy(part) {
  const writes = [...part.querySelectorAll("input:not([type=hidden]), textarea, select")];
  return part.contains(document.activeElement) && document.activeElement !== part
    || writes.some((each) => each.type === "checkbox" || each.type === "radio" ? each.checked !== each.defaultChecked : each.tagName !== "SELECT" && each.value !== each.defaultValue)
    || [...part.querySelectorAll("audio, video")].some((each) => !each.paused);
}

async function refresh() {
  if (asking) { again = true; return; }
  asking = true;
  try {
    const url = new URL(location.href);
    for (const name of ["klaar", "terug", "merk"]) url.searchParams.delete(name);
    url.searchParams.set("zelf", "1"); // nobody asked for it: this does not keep her signed in
    const answer = await fetch(url, { headers: { accept: "text/html" } });
    if (answer.redirected && new URL(answer.url).pathname.startsWith(`${BASE}/in`)) { location.reload(); return; }
    if (answer.ok) put(new DOMParser().parseFromString(await answer.text(), "text/html"));
    offline(false);
  } catch { offline(true); }
  asking = false;
  if (again) { again = false; refresh(); }
}

function put(page) {
  for (const fresh of page.querySelectorAll("[data-live]")) {
    const part = document.getElementById(fresh.id);
    if (!part || busy(part) || same(part) === same(fresh)) continue;
    const open = [...part.querySelectorAll("details[open][id]")].map((each) => each.id);
    part.replaceWith(fresh);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    fresh.dispatchEvent(new CustomEvent("fresh", { bubbles: true }));
  }
}

/** What a part says, without the tokens that differ each time. */
function same(part) {
  const copy = part.cloneNode(true);
  for (const each of copy.querySelectorAll("input[name=_form]")) each.remove();
  return copy.outerHTML;
}

if (document.querySelector("[data-live]")) {
  // Only the page that is looked at listens: a browser has six lines to one school, for all its tabs together.
  let changes = null;
  const listen = () => {
    if (document.visibilityState !== "visible") { changes?.close(); changes = null; return; }
    if (changes) return;
    changes = new EventSource(`${BASE}/live`);
    changes.addEventListener("changed", refresh);
    changes.addEventListener("error", () => offline(!navigator.onLine));
  };
  listen();
  addEventListener("pagehide", () => { changes?.close(); changes = null; });
  addEventListener("pageshow", ({ persisted }) => { if (persisted) { listen(); refresh(); } });
  setInterval(() => document.visibilityState === "visible" && refresh(), 60_000);
  setInterval(() => document.visibilityState === "visible" && document.querySelector("[data-soon]") && refresh(), 2_000); // a translation comes within seconds
  document.addEventListener("visibilitychange", () => { listen(); if (document.visibilityState === "visible") refresh(); });
}

// --- what is half written keeps itself: at school while there is a line, in this page until then
const waits = new Map();

async function keep(field) {
  const body = new URLSearchParams({ _ons: csrf, plaats: field.dataset.draft, tekst: field.value });
  const note = document.getElementById(field.dataset.kept);
  try {
    const answer = await fetch(`${BASE}/concept`, { method: "POST", body, keepalive: true });
    if (!answer.ok || answer.redirected) throw new Error(); // sent on to sign in: nothing was kept
    if (note) note.textContent = note.dataset.kept;
    waits.delete(field);
    offline(false);
  } catch {
    if (note) note.textContent = note.dataset.lost;
    offline(true);
  }
}

document.addEventListener("input", ({ target }) => {
  if (!target.dataset?.draft) return;
  clearTimeout(waits.get(target));
  waits.set(target, setTimeout(keep, 800, target));
});
addEventListener("pagehide", () => { for (const field of waits.keys()) keep(field); });
addEventListener("online", () => { for (const field of waits.keys()) keep(field); offline(false); refresh(); });
addEventListener("offline", () => offline(true));

/** A form that cannot leave now stays, with what was typed in it. */
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (!navigator.onLine) { event.preventDefault(); offline(true); return; }
  for (const field of event.target.querySelectorAll("[data-draft]")) { clearTimeout(waits.get(field)); waits.delete(field); }
  const button = event.submitter;
  if (button) setTimeout(() => { button.disabled = true; });
});
addEventListener("pageshow", () => { for (const each of document.querySelectorAll("button:disabled:not([data-off])")) each.disabled = false; });

function offline(yes) {
  const line = document.getElementById("offline");
  if (line) line.hidden = !yes;
}

// --- small things
document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-print]")) print();
});

// --- so long a message can still be taken back
const shownAt = new WeakMap();
setInterval(() => {
  for (const each of document.querySelectorAll("[data-left]")) {
    if (!shownAt.has(each)) shownAt.set(each, performance.now());
    const left = Math.max(0, Math.round(each.dataset.left - (performance.now() - shownAt.get(each)) / 1000));
    each.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (!left && !each.dataset.over) { each.dataset.over = "1"; setTimeout(refresh, 1500); }
  }
}, 1000);
