// Live phones: parts of the page arrive as server-sent events, forms are sent without leaving the page.
// Without this module everything works too: plain forms, and a page that loads itself again.

const parser = new DOMParser();
const OURS = ["open", "aria-busy", "aria-disabled"]; // what only this page knows of an element

/** Make `old` look like `fresh` and keep every element that can stay: focus, what is open and what is typed. */
function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeName !== fresh.nodeName) return old.replaceWith(fresh);
  if (old.nodeType === Node.TEXT_NODE) return void (old.data = fresh.data);
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !OURS.includes(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  morphInside(old, fresh);
}

function morphInside(old, fresh) {
  const keyed = new Map([...old.children].filter((each) => each.dataset.key).map((each) => [each.dataset.key, each]));
  const wantedKeys = new Set([...fresh.children].map((each) => each.dataset.key));
  for (const [key, each] of keyed) if (!wantedKeys.has(key)) each.remove();
  let place = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const known = wanted.dataset?.key ? keyed.get(wanted.dataset.key) : place?.dataset?.key ? null : place;
    if (!known) {
      old.insertBefore(wanted, place);
      continue;
    }
    while (place && place !== known && !place.dataset?.key) place = drop(place); // what is moved would lose its focus
    if (known === place) place = place.nextSibling;
    else old.insertBefore(known, place);
    morph(known, wanted);
  }
  while (place) place = drop(place);
}

function drop(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

function listen() {
  const stream = new EventSource("/demo/changes");
  stream.onopen = () => document.body.classList.remove("offline");
  stream.onerror = () => document.body.classList.add("offline");
  stream.onmessage = ({ data }) => {
    const { part, html } = JSON.parse(data);
    const place = document.getElementById(part);
    if (!place) return;
    morphInside(place, parser.parseFromString(html, "text/html").body);
    if (part === "clock") {
      const hour = place.querySelector(".hour").textContent;
      for (const each of document.querySelectorAll(".phone-time")) each.textContent = hour;
    }
    if (part === "names") markCurrent();
  };
  addEventListener("pagehide", () => stream.close(), { once: true });
  addEventListener("pageshow", (event) => event.persisted && listen(), { once: true });
}

/** Post a form; resolves to "" or to what went wrong, in words for the reader. */
async function post(action, fields) {
  try {
    const answer = await fetch(action, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
    return answer.type === "opaqueredirect" || answer.ok ? "" : await answer.text();
  } catch {
    return "De demo antwoordt niet. Wat u typte staat er nog.";
  }
}

/** Until its answer is there a form takes no other tap, and its buttons say so: a tap would be lost without a word. */
function setBusy(form, busy) {
  const taps = [...form.elements].filter((each) => each instanceof HTMLButtonElement);
  for (const [each, says] of [[form, "aria-busy"], ...taps.map((tap) => [tap, "aria-disabled"])]) {
    if (busy) each.setAttribute(says, "true");
    else each.removeAttribute(says);
  }
}

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const pressed = event.submitter;
  const typed = form.elements.namedItem("text");
  const isField = typed instanceof HTMLInputElement;
  const fields = [...new FormData(form, pressed)];
  if (form.getAttribute("aria-busy") || (isField && !typed.value.trim())) return;
  if (isField) typed.value = "";
  else setBusy(form, true);
  for (const open of form.querySelectorAll("details[open]")) open.open = false;
  pressed?.closest("details")?.removeAttribute("open");
  const trouble = await post(form.action, fields);
  setBusy(form, false);
  if (trouble && isField && !typed.value) typed.value = fields.find(([name]) => name === "text")[1];
  if (trouble) document.getElementById("lately").textContent = trouble;
});

/** A menu of attachments closes by Escape, and when one goes on elsewhere. */
function closeMenus(except) {
  for (const menu of document.querySelectorAll(".attach[open]")) if (!menu.contains(except)) menu.open = false;
}
document.addEventListener("pointerdown", ({ target }) => closeMenus(target));
document.addEventListener("focusin", ({ target }) => closeMenus(target));
document.addEventListener("keydown", ({ key }) => key === "Escape" && closeMenus(null));

/** Touching a phone is looking at it: what was new on it is seen. */
function look(event) {
  const phone = event.target.closest?.("[data-phone]");
  if (phone?.querySelector("[data-new]")) post(`/demo/phones/${phone.dataset.phone}/read`, []);
}
document.addEventListener("pointerdown", look);
document.addEventListener("focusin", look);

/** Where phones are swiped one at a time, the names say which one is here. */
let current = "";
function markCurrent() {
  for (const each of document.querySelectorAll(".names a")) {
    if (each.dataset.key === current) each.setAttribute("aria-current", "true");
    else each.removeAttribute("aria-current");
  }
}
const phones = document.getElementById("phones");
const inView = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) current = target.id;
    if (phones.scrollWidth <= phones.clientWidth) current = "";
    markCurrent();
    const name = current && document.querySelector(`.names a[data-key="${current}"]`);
    if (name) name.parentElement.scrollTo({ left: name.offsetLeft - 60 });
  },
  { root: phones, threshold: 0.6 },
);
for (const each of document.querySelectorAll(".stand")) inView.observe(each);

listen();
