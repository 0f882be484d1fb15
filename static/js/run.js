// Keeps the numbers of an update's mails current while its page is looked at. When something else
// changes than numbers (it has begun, it rests, it is done), the page is loaded anew.

const EVERY = 3_000;

async function renew(block) {
  // Nobody's typing is thrown away.
  if (document.hidden || document.querySelector("input:focus, select:focus, textarea:focus")) return;
  try {
    const answer = await fetch(block.dataset.run, { cache: "no-store" });
    if (!answer.ok || answer.redirected) return;
    const told = await answer.json();
    if (told.key !== block.dataset.runKey) {
      location.reload();
      return;
    }
    for (const figure of block.querySelectorAll("[data-run-figure]")) {
      const words = told[figure.dataset.runFigure];
      if (figure.textContent !== words) figure.textContent = words;
    }
  } catch {
    // No network for now: the last numbers stay, and the next round tries again.
  }
}

for (const block of document.querySelectorAll("[data-run]")) setInterval(renew, EVERY, block);
