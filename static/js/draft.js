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

function keep(form, state) {
  const values = fields(form).map((field) =>
    field.type === "checkbox" || field.type === "radio" ? field.checked : field.value,
  );
  const draft = {
    values,
    state,
    owner: board?.dataset.owner,
    at: Date.now(),
    token: form.elements.token?.value,
    page: location.pathname + location.search,
  };
  try {
    sessionStorage.setItem(keyOf(form), JSON.stringify(draft));
  } catch {
    // No room, or storage is off: the form works as it does without.
  }
}

function bringBack(form, draft) {
  const targets = fields(form);
  if (draft.values.length !== targets.length) return false;
  targets.forEach((field, position) => {
    const value = draft.values[position];
    if (typeof value === "boolean") field.checked = value;
    else field.value = value;
    // What is folded away and filled in must not be overlooked.
    const folded = field.closest("details");
    if (folded && value && value !== field.defaultValue && field.type !== "hidden") folded.open = true;
  });
  return true;
}

function draftKeys() {
  return Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
}

// The server names the form that arrived last. A form without a token has arrived when it led to a
// page without it, unless that is where somebody landed who had to sign in first.
function forgetArrived() {
  const owner = board?.dataset.owner;
  const shown = new Set(forms.map(keyOf));
  const signIn = board?.dataset.signIn;
  const signedInJustNow = signIn && document.referrer && new URL(document.referrer).pathname.startsWith(signIn);
  for (const key of draftKeys()) {
    const draft = read(key);
    const arrived = draft?.token
      ? draft.token === board?.dataset.arrived
      : draft?.state === "sent" && !shown.has(key) && !signedInJustNow;
    const strange = owner && (draft?.owner !== owner || Date.now() - draft.at > KEPT);
    if (!draft || arrived || strange) sessionStorage.removeItem(key);
  }
}

function pointElsewhere() {
  const key = draftKeys().find((one) => ["sent", "waiting"].includes(read(one).state));
  const words = board?.querySelector("[data-draft-says=elsewhere]");
  if (!key || !words || forms.length) return;
  words.querySelector("a").href = read(key).page;
  words.querySelector("button").addEventListener("click", () => {
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
  return retry;
}

forgetArrived();
pointElsewhere();
for (const form of forms) {
  const retry = tend(form);
  const draft = read(keyOf(form));
  if (document.querySelector(".error-summary")) {
    // After a refusal the server has filled the form in already.
    keep(form, "typed");
  } else if (draft && bringBack(form, draft)) {
    if (draft.state === "waiting") retry();
    else say(draft.state === "sent" ? "unanswered" : "back");
  }
}
for (const leaving of document.querySelectorAll("[data-forget-drafts]")) {
  leaving.addEventListener("submit", () => draftKeys().forEach((key) => sessionStorage.removeItem(key)));
}
