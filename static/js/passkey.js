// Asks the browser for a passkey and sends its answer with the form. Passkeys exist in scripts only;
// without this module the forms stay hidden, and everything else works.

const fromText = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

const toText = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

function optionsOf(form) {
  const options = JSON.parse(form.dataset.options);
  options.challenge = fromText(options.challenge);
  if (options.user) options.user.id = fromText(options.user.id);
  for (const known of [...(options.allowCredentials ?? []), ...(options.excludeCredentials ?? [])]) {
    known.id = fromText(known.id);
  }
  return options;
}

function textOf(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: {},
  });
}

// A passkey is bound to the site's own name: opened under another, there can be none.
function isHere(options) {
  const name = options.rpId ?? options.rp.id;
  return location.hostname === name || location.hostname.endsWith(`.${name}`);
}

async function ask(form) {
  const failed = form.querySelector("[data-failed]");
  failed.hidden = true;
  try {
    const publicKey = optionsOf(form);
    const credential = await navigator.credentials[form.dataset.passkey]({ publicKey });
    form.elements.answer.value = textOf(credential);
    form.submit();
  } catch {
    failed.hidden = false;
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential || !isHere(JSON.parse(form.dataset.options))) continue;
  form.hidden = false;
  for (const instead of document.querySelectorAll(".no-passkey")) instead.hidden = true;
  form.addEventListener("submit", (event) => {
    // What is missing the server says, before a passkey is made in vain.
    if (!form.checkValidity()) return;
    event.preventDefault();
    ask(form);
  });
}
