// Adds the device's own share sheet and a copy button to the plain share links.

async function copy(button, status, address) {
  try {
    await navigator.clipboard.writeText(address);
    status.textContent = button.textContent = button.dataset.copied;
  } catch {
    // Refused or not a secure page: the address stands selected, ready to be copied by hand.
    button.previousElementSibling.select();
  }
}

for (const block of document.querySelectorAll("[data-share]")) {
  const { title, address } = block.dataset;
  const copyButton = block.querySelector("[data-copy]");
  const status = block.querySelector("[data-copy-status]");
  copyButton.hidden = false;
  copyButton.addEventListener("click", () => copy(copyButton, status, address));

  const shareButton = block.querySelector("[data-share-open]");
  if (shareButton && navigator.share) {
    shareButton.closest("[hidden]").hidden = false;
    shareButton.addEventListener("click", () => {
      // Rejected when the reader closes the sheet again: nothing to say about that.
      navigator.share({ title, url: address }).catch(() => {});
    });
  }
}
