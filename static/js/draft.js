// Keeps what an organiser typed in this tab until it has arrived, so that a lost connection or a
// closed page costs nothing. The form's own token is kept with it: sent twice, it is stored once.
// Kept for the tab alone: nothing stays on a phone that is taken away.

const PREFIX = "draft:";

function fields(form) {
  return [...form.elements].filter(
    (field) => field.name && field.name !== "csrf_token" && field.type !== "password",
  );
}

function keep(form, sent) {
  const values = fields(form).map((field) =>
    field.type === "checkbox" || field.type === "radio" ? field.checked : field.value,
  );
  sessionStorage.setItem(PREFIX + form.dataset.draft, JSON.stringify({ values, sent }));
}

function bringBack(form) {
  const kept = JSON.parse(sessionStorage.getItem(PREFIX + form.dataset.draft));
  const targets = fields(form);
  if (!kept || kept.values.length !== targets.length) return;
  targets.forEach((field, position) => {
    const value = kept.values[position];
    if (typeof value === "boolean") field.checked = value;
    else field.value = value;
  });
}

// A page without the form, reached after sending it, means that it arrived.
function forgetSent(shown) {
  for (const key of Object.keys(sessionStorage)) {
    if (!key.startsWith(PREFIX) || shown.has(key)) continue;
    if (JSON.parse(sessionStorage.getItem(key)).sent) sessionStorage.removeItem(key);
  }
}

const forms = [...document.querySelectorAll("form[data-draft]")];
forgetSent(new Set(forms.map((form) => PREFIX + form.dataset.draft)));
for (const form of forms) {
  // After a refusal the server has filled the form in already.
  if (!form.querySelector("[aria-invalid]") && !document.querySelector(".error-summary")) bringBack(form);
  form.addEventListener("input", () => keep(form, false));
  form.addEventListener("submit", () => keep(form, true));
}
