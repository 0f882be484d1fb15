// Keeps what an organiser typed in this tab until it has arrived, so that a lost connection, a
// closed page or an expired session costs nothing. The form's own token is kept with it: sent
// twice, it is stored once. Kept for the tab alone, for the organiser who typed it, half a day at
// most, and forgotten at sign-out: nothing stays on a phone that is taken away.

const PREFIX = "draft:";
const PATIENCE = 8_000;
const AGAIN = 5_000;
const KEPT = 12 * 60 * 60 * 1000;
// What became of a draft: typed, waiting (for a network), sent (and not known to have arrived).

const board = document.querySelector("[data-drafts]");
const forms = [...document.querySelectorAll("form[data-draft]")];
const keyOf = (form) => PREFIX + form.dataset.draft;
const isTicked = (field) => field.type === "checkbox" || field.type === "radio";

function say(what) {
  for (const words of board?.querySelectorAll("[data-draft-says]") ?? []) {
    words.hidden = words.dataset.draftSays !== what;
  }
}

function fields(form) {
  return [...form.elements].filter(
    (field) => field.name && field.name !== "csrf_token" && !["password", "submit", "file"].includes(field.type),
  );
}

function read(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key));
  } catch {
    return null;
  }
}

// What each name stands for: texts in their order, of boxes the ticked ones.
function valuesOf(form) {
  const values = {};
  for (const field of fields(form)) {
    values[field.name] ??= [];
    if (!isTicked(field) || field.checked) values[field.name].push(field.value);
  }
  return values;
}

function keep(form, state) {
  const draft = {
    values: valuesOf(form),
    state,
    owner: board?.dataset.owner,
    at: Date.now(),
    token: form.elements.token?.value,
    // The form may have come as an answer, from an address that nobody can open again.
    page: form.dataset.draftPage,
  };
  try {
    sessionStorage.setItem(keyOf(form), JSON.stringify(draft));
  } catch {
    // No room, or storage is off: the form works as it does without.
  }
}

// A form may have got or lost questions since: those it does not have are left out.
function bringBack(form, draft) {
  const passed = {};
  for (const field of fields(form)) {
    const kept = draft.values[field.name];
    if (!kept) continue;
    const position = passed[field.name] ?? 0;
    passed[field.name] = position + 1;
    const changed = isTicked(field) ? tick(field, kept) : write(field, kept[position]);
    // What is folded away and filled in must not be overlooked.
    const folded = field.closest("details");
    if (folded && changed && field.type !== "hidden") folded.open = true;
  }
}

function tick(field, kept) {
  field.checked = kept.includes(field.value);
  return field.checked !== field.defaultChecked;
}

function write(field, value) {
  const options = [...(field.options ?? [])];
  if (value === undefined || (field.options && !options.some((option) => option.value === value))) return false;
  field.value = value;
  const served = field.options ? (options.find((option) => option.defaultSelected) ?? options[0]).value : field.defaultValue;
  return value !== served;
}

function draftKeys() {
  return Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
}

// Only the server knows that a form has arrived; it names the last ones.
function forgetArrived() {
  const owner = board?.dataset.owner;
  const told = (board?.dataset.arrived ?? "").split(" ");
  for (const key of draftKeys()) {
    const draft = read(key);
    const arrived = draft?.token && told.includes(draft.token);
    const strange = owner && (draft?.owner !== owner || Date.now() - draft.at > KEPT);
    if (!draft || arrived || strange) sessionStorage.removeItem(key);
  }
}

function pointElsewhere() {
  const key = draftKeys().find((one) => ["sent", "waiting"].includes(read(one).state));
  const words = board?.querySelector("[data-draft-says=elsewhere]");
  if (!key || !words || forms.length) return;
  words.querySelector("a").href = read(key).page;
  words.querySelector("[data-draft-forget]").addEventListener("click", () => {
    sessionStorage.removeItem(key);
    say("");
  });
  say("elsewhere");
}

async function isReachable() {
  if (!navigator.onLine) return false;
  if (!board) return true;
  try {
    // Older browsers wait as long as they please.
    const signal = AbortSignal.timeout?.(PATIENCE);
    const answer = await fetch(board.dataset.probe, { cache: "no-store", credentials: "omit", signal });
    return answer.ok;
  } catch {
    return false;
  }
}

function tend(form) {
  let going = false;
  let passing = false;

  async function send(submitter) {
    if (going) return;
    going = true;
    say("sending");
    if (await isReachable()) {
      keep(form, "sent");
      passing = true;
      form.requestSubmit(submitter);
      passing = false;
    } else {
      keep(form, "waiting");
      say("waiting");
      setTimeout(retry, AGAIN);
    }
    going = false;
  }

  function retry() {
    // Changed since, it waits for its own button.
    if (read(keyOf(form))?.state === "waiting") send();
  }

  form.addEventListener("input", () => {
    keep(form, "typed");
    say("");
  });
  form.addEventListener("submit", (event) => {
    if (passing) return;
    event.preventDefault();
    send(event.submitter ?? undefined);
  });
  addEventListener("online", retry);
  // Back from the browser's own page about a lost connection, with everything as it was.
  addEventListener("pageshow", (event) => {
    if (event.persisted) say(read(keyOf(form))?.state === "sent" ? "unanswered" : "");
  });
  for (const leaving of form.querySelectorAll("[data-draft-forget]")) {
    leaving.addEventListener("click", () => sessionStorage.removeItem(keyOf(form)));
  }
  return retry;
}

// Asked to forget what it brought back, the form begins anew.
function offerToForget(form) {
  for (const button of board?.querySelectorAll("button[data-draft-forget]") ?? []) {
    button.addEventListener("click", () => {
      sessionStorage.removeItem(keyOf(form));
      location.assign(form.dataset.draftPage);
    });
  }
}

forgetArrived();
pointElsewhere();
for (const form of forms) {
  const retry = tend(form);
  const draft = read(keyOf(form));
  offerToForget(form);
  if ("draftFilled" in form.dataset) {
    // An answer to what was sent: the server has filled the form in already.
    keep(form, "typed");
  } else if (draft) {
    bringBack(form, draft);
    if (draft.state === "waiting") retry();
    else say(draft.state === "sent" ? "unanswered" : "back");
  }
}
for (const leaving of document.querySelectorAll("[data-forget-drafts]")) {
  leaving.addEventListener("submit", () => draftKeys().forEach((key) => sessionStorage.removeItem(key)));
}
